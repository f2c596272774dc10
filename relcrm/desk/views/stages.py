"""A reader's stage, set by somebody who knows them, and taken back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from engagement.services.overriding import NotMeasured, set_stage, take_back_stage
from library.services.staff import StaffRequest
from patrons.models import Patron
from relcrm.desk.forms.stage import StageForm
from relcrm.desk.views.patron import show_card
from relcrm.kit.web import for_roles


@for_roles("librarian")
@require_POST
def stage_set(request: StaffRequest, public_id: str) -> HttpResponse:
    """Set the stage for a time, with a reason."""
    now, found = timezone.now(), _patron(request, public_id)
    form = StageForm(request.POST, now=now, zone=found.branch.time_zone if found.branch else "")
    if not form.is_valid():
        return show_card(request, public_id, stage_form=form)
    said = form.cleaned_data
    try:
        set_stage(patron=found, stage=said["stage"], reason=said["reason"], until=form.end(), by=request.user, now=now)
        messages.success(request, f"Kept until {said['until']:%d %B %Y}. You can take it back on this page.")
    except NotMeasured:
        messages.info(request, f"{found} has not agreed to a profile, so there is no stage to set.")
    return redirect("patron", public_id)


@for_roles("librarian")
@require_POST
def stage_take_back(request: StaffRequest, public_id: str) -> HttpResponse:
    """Undo: what happened decides again."""
    if take_back_stage(patron=_patron(request, public_id), by=request.user, now=timezone.now()):
        messages.success(request, "Taken back. What happened decides again.")
    return redirect("patron", public_id)


def _patron(request: StaffRequest, public_id: str) -> Patron:
    visible = Patron.objects.visible_to(request.user).select_related("branch")
    return get_object_or_404(visible, public_id=public_id)
