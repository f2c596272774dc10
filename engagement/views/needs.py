"""Needs the library could not meet: written down in two clicks, listed for whoever decides on services."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from engagement.forms.needs import NeedForm
from engagement.models import NeedAsk
from engagement.services.needs import UNDO_FOR, TooLate, log_need, take_back_ask
from engagement.services.reports.needs import read_needs
from engagement.services.reports.note_looks import read_note_looks
from library.services.staff import StaffRequest
from patrons.models import Patron
from relcrm.kit.web import for_roles


@for_roles("librarian", "manager", "viewer")
@require_safe
def needs(request: StaffRequest) -> HttpResponse:
    """What was asked, how often, by how many, since when, and which service meets it. Managers see no small numbers."""
    now = timezone.now()
    mine = NeedAsk.objects.filter(by=request.user, at__gt=now - UNDO_FOR).select_related("need").order_by("-at")
    context = {
        "section": "needs",
        "needs": read_needs(suppressed=request.user.role != "librarian", now=now),
        "just_now": mine if request.user.role == "librarian" else [],
    }
    return render(request, "engagement/needs.html", context)


@for_roles("librarian")
@require_POST
def need_log(request: StaffRequest, public_id: str) -> HttpResponse:
    """Write down that this reader asked for something; `request` names the page to go back to."""
    visible = Patron.objects.visible_to(request.user).select_related("branch")
    patron = get_object_or_404(visible, public_id=public_id)
    form = NeedForm(request.POST)
    if form.is_valid():
        log_need(patron=patron, branch=patron.branch, by=request.user, now=timezone.now(), **form.cleaned_data)
        messages.success(request, "Written down. For a minute you can take it back under Needs.")
    else:
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors) + ".")
    back = request.POST.get("request", "")
    if back.isdecimal() and len(back) < 19:  # noqa: PLR2004  (fits a bigint)
        return redirect("request", pk=int(back))
    return redirect("patron", public_id)


@for_roles("librarian")
@require_POST
def need_take_back(request: StaffRequest, pk: int) -> HttpResponse:
    """Undo, for a minute, by whoever wrote it down."""
    ask = get_object_or_404(NeedAsk.objects.select_related("need"), pk=pk, by=request.user)
    try:
        take_back_ask(ask=ask, by=request.user, now=timezone.now())
        messages.success(request, "Taken back, as if it had not been asked.")
    except TooLate:
        messages.info(request, "The minute is over; it stays in the count.")
    return redirect("needs")


@for_roles("manager")
@require_safe
def note_looks(request: StaffRequest) -> HttpResponse:
    """Who opened how many notes, by month."""
    months = read_note_looks(now=timezone.now())
    return render(request, "engagement/needs_note_looks.html", {"section": "reports", "months": months})
