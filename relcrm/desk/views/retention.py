"""How long things are kept: the table of the library, what it would let go now, and when it last did. For admins."""

from __future__ import annotations

from django.contrib import messages
from django.forms.models import model_to_dict
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from library.models import LibrarySettings
from library.services.settings import change_settings, current_settings
from library.services.staff import StaffRequest
from relcrm.desk.forms.retention import RetentionForm
from relcrm.desk.services.retention import count_what_would_go, last_run
from relcrm.kit.web import for_roles

WORDS = {
    "unanswered": "requests nobody answered",
    "identities": "people without any contact",
    "profiles": "profiles whose consent has ended",
    "notes": "notes",
    "pulse_words": "answers about the library that lose their words",
    "mail_bodies": "mails that lose their words",
    "events": "reports of mail services",
    "undo_journals": "old values kept to undo something",
    "import_values": "values of rejected rows",
    "uploads": "files brought in for an import",
}


@for_roles("admin")
@require_http_methods(["GET", "HEAD", "POST"])
def retention(request: StaffRequest) -> HttpResponse:
    """Set the limits; or count, with the numbers as typed, what they would let go now. Counting changes nothing."""
    now = timezone.now()
    form = RetentionForm(request.POST or None, initial=model_to_dict(current_settings()))
    would_go = None
    if request.method == "POST" and form.is_valid():
        if request.POST.get("action") == "try":
            counts = count_what_would_go(now=now, settings=LibrarySettings(**form.cleaned_data))
            would_go = [(words, counts[name]) for name, words in WORDS.items()]
        else:
            change_settings(facts=form.cleaned_data, by=request.user, now=now)
            messages.success(request, "Kept. The next night goes by these numbers.")
            return redirect("retention")
    context = {"section": "settings", "part": "retention", "form": form, "would_go": would_go}
    return render(request, "desk/retention.html", context | {"last_run": last_run(now)})
