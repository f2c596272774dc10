"""Many patrons at once: start it, watch it, undo it, fetch the table."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from library.services.staff import StaffRequest
from patrons.models import BulkAction
from relcrm.desk.forms.patrons import BulkForm, bulk_words, read_filters
from relcrm.desk.services.bulk import Chosen, NothingChosen, start_bulk, undo_bulk
from relcrm.desk.services.exporting import EXPORT, PERSONAL, file_of
from relcrm.desk.tasks import run_bulk_action
from relcrm.desk.views.patron_list import places_of, to_list
from relcrm.kit.web import for_roles

MOST_TICKED = 100  # a page has 25


@for_roles("librarian")
@require_POST
def bulk_new(request: StaffRequest) -> HttpResponse:
    """Start it: those ticked, or the whole list as its filters say."""
    branches = places_of(request.user)
    filters = read_filters(request.POST, branches)
    everybody = request.POST.get("who") == "all"
    ticked = [number.replace("\0", "")[:12] for number in request.POST.getlist("patrons")[:MOST_TICKED]]
    form = BulkForm(request.POST, branches=branches)
    if request.POST.get("do") == EXPORT:
        action, value = EXPORT, ",".join(name for name in PERSONAL if name in request.POST.getlist("columns"))
    elif form.is_valid() and form.cleaned_data["action"]:
        action, _colon, value = form.cleaned_data["action"].partition(":")
    else:
        messages.error(request, "Choose what to do with these readers.")
        return to_list(filters.query)
    try:
        chosen = Chosen(ticked, filters.query if everybody else None)
        bulk = start_bulk(action=action, value=value, chosen=chosen, by=request.user, now=timezone.now())
    except NothingChosen:
        messages.error(request, "Tick the readers you mean, or choose the whole list.")
        return to_list(filters.query)
    transaction.on_commit(lambda: run_bulk_action.delay(bulk.pk), robust=True)
    return redirect("bulk", bulk.pk)


@for_roles("librarian")
@require_safe
def bulk(request: StaffRequest, pk: int) -> HttpResponse:
    """How far it is, and what came of it."""
    return _show(request, pk, "desk/bulk.html")


@for_roles("librarian")
@require_safe
def bulk_progress(request: StaffRequest, pk: int) -> HttpResponse:
    """The part of the page that asks for itself again until it is done."""
    return _show(request, pk, "desk/bulk.html#progress")


@for_roles("librarian")
@require_POST
def bulk_undo(request: StaffRequest, pk: int) -> HttpResponse:
    """Every reader as before, unless changed since."""
    action = get_object_or_404(BulkAction, pk=pk, by=request.user)
    if undo_bulk(bulk=action, by=request.user, now=timezone.now()):
        transaction.on_commit(lambda: run_bulk_action.delay(action.pk), robust=True)
    else:
        messages.info(request, "There is nothing to undo.")
    return redirect("bulk", action.pk)


@for_roles("librarian")
@require_safe
def bulk_file(request: StaffRequest, pk: int) -> HttpResponse | FileResponse:
    """The table, for whoever asked for it."""
    action = get_object_or_404(BulkAction, pk=pk, by=request.user)
    path = file_of(action, now=timezone.now())
    if path is None:
        raise Http404
    return FileResponse(
        path.open("rb"), as_attachment=True, filename=f"patrons-{action.pk}.csv", content_type="text/csv"
    )


def _show(request: StaffRequest, pk: int, template: str) -> HttpResponse:
    action = get_object_or_404(BulkAction, pk=pk, by=request.user)
    page = {
        "section": "patrons",
        "bulk": action,
        "is_export": action.action == EXPORT,
        "words": bulk_words(action.action, action.value, branches=places_of(request.user)),
        "working": action.state in {BulkAction.State.QUEUED, BulkAction.State.RUNNING},
        "file": file_of(action, now=timezone.now()),
    }
    return render(request, template, page)
