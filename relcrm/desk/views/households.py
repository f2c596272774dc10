"""Who lives with whom, on the card."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_POST

from library.services.staff import StaffRequest
from patrons.models import Patron
from patrons.querysets import PatronQuerySet
from patrons.services.finding import by_key, by_name
from patrons.services.households import SamePerson, put_together, take_out
from relcrm.desk.forms.patron import HouseholdForm
from relcrm.desk.views.patron import show_card
from relcrm.kit.web import for_roles

NOBODY = "Nobody fits. Try the number on the library card."
SEVERAL = "Several readers fit. Use the library card, or the number on the reader’s card, like P-7K2M9QXA."
SAME = "That is this reader. Say who else lives there."


@for_roles("librarian")
@require_POST
def household_add(request: StaffRequest, public_id: str) -> HttpResponse:
    """Somebody else lives there too."""
    visible = Patron.objects.visible_to(request.user)
    patron = get_object_or_404(visible, public_id=public_id)
    form = HouseholdForm(request.POST)
    if form.is_valid():
        found = _fitting(visible, form.cleaned_data["who"])
        if len(found) != 1:
            form.add_error("who", SEVERAL if found else NOBODY)
        else:
            try:
                put_together(patron=patron, other=found[0], by=request.user, now=timezone.now())
                messages.success(request, f"{patron} and {found[0]} are one household.")
                return redirect("patron", public_id)
            except SamePerson:
                form.add_error("who", SAME)
    return show_card(request, public_id, household_form=form)


@for_roles("librarian")
@require_POST
def household_remove(request: StaffRequest, public_id: str) -> HttpResponse:
    """`who` no longer lives there; it can be undone on the card."""
    visible = Patron.objects.visible_to(request.user)
    patron = get_object_or_404(visible, public_id=public_id)
    who = request.POST.get("who", "")[:12].replace("\0", "")
    leaving = get_object_or_404(visible, public_id=who, household=patron.household_id)
    if not take_out(patron=leaving, by=request.user, now=timezone.now()):
        return redirect("patron", public_id)
    messages.success(request, f"{leaving} no longer belongs to this household.")
    return redirect(f"{reverse('patron', args=[public_id])}?{urlencode({'took_out': leaving.public_id})}")


def _fitting(visible: PatronQuerySet, words: str) -> list[Patron]:
    """Those a librarian may mean, two at most: by number first, by name only where no number fits."""
    keyed = [pk for _name, pk in by_key(visible, words)]
    if keyed:
        return list(visible.filter(pk__in=keyed[:2]))
    return list(by_name(visible, words)[:2]) if words.strip() else []
