"""One reader's card, everything that counts, and what staff put right on the record."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from engagement.services.reasons import page_of_reasons
from library.services.staff import StaffRequest
from patrons.models import Consent, Patron
from patrons.services.details import NotForStaff, edit_patron
from relcrm.desk.forms.notes import NoteForm
from relcrm.desk.forms.patron import HouseholdForm, RecordForm
from relcrm.desk.forms.stage import StageForm
from relcrm.desk.services.patron_card import desk_rows, read_card
from relcrm.kit.web import for_roles


@for_roles("librarian")
@require_safe
def patron(request: StaffRequest, public_id: str) -> HttpResponse:
    """Everything about one reader: stage and scores with reasons, taste with evidence, the story, the family.

    The number of a record that was made part of another leads there.
    """
    visible = Patron.objects.visible_to(request.user)
    try:
        return show_card(request, public_id)
    except Http404:
        return redirect("patron", get_object_or_404(visible, former_numbers__public_id=public_id).public_id)


def show_card(request: StaffRequest, public_id: str, **forms: Any) -> HttpResponse:
    """The card; `note_form`, `household_form` or `stage_form` is one that was sent and has something to say."""
    now = timezone.now()
    found = get_object_or_404(desk_rows(Patron.objects.visible_to(request.user), request.user), public_id=public_id)
    before = request.GET.get("before", "")[:80]
    context = {
        "section": "patrons",
        "card": read_card(patron=found, user=request.user, before=before, now=now),
        "patron": found,
        "earlier": bool(before),
        "note_form": NoteForm(now=now),
        "household_form": HouseholdForm(),
        "stage_form": StageForm(now=now),
        "took_out": _left_just_now(request),
    }
    return render(request, "desk/patron.html", context | forms)


def _left_just_now(request: StaffRequest) -> Patron | None:
    """The reader just taken out of this household, so that it can be undone."""
    public_id = request.GET.get("took_out", "")[:12].replace("\0", "")
    if not public_id:
        return None
    return Patron.objects.visible_to(request.user).filter(public_id=public_id, household=None).first()


@for_roles("librarian")
@require_safe
def patron_reasons(request: StaffRequest, public_id: str) -> HttpResponse:
    """Every interaction that counts, a page at a time."""
    found = get_object_or_404(Patron.objects.visible_to(request.user).select_related("score"), public_id=public_id)
    page = None
    if Consent.objects.holds(found, Consent.Purpose.PROFILE):
        page = page_of_reasons(patron=found, after=request.GET.get("after", ""), now=timezone.now())
    return render(request, "desk/patron_reasons.html", {"section": "patrons", "patron": found, "page": page})


@for_roles("librarian")
@require_http_methods(["GET", "HEAD", "POST"])
def patron_edit(request: StaffRequest, public_id: str) -> HttpResponse:
    """Put name, telephone, address, branch, language or channel right."""
    visible = Patron.objects.visible_to(request.user)
    found = get_object_or_404(visible.select_related("branch"), public_id=public_id)
    form = RecordForm(request.POST or None, patron=found)
    if request.method == "POST" and form.is_valid():
        try:
            changed = edit_patron(patron=found, changes=form.changes(), by=request.user, now=timezone.now())
        except NotForStaff:
            changed = []
        messages.success(request, "Kept. An import leaves these fields alone." if changed else "Nothing was changed.")
        if visible.filter(pk=found.pk).exists():
            return redirect("patron", public_id)
        return redirect("patrons")
    return render(request, "desk/patron_edit.html", {"section": "patrons", "patron": found, "form": form})
