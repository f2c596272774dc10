"""What can be done with a thread besides answering: take it, hand it on, put it off, set it aside, open it again."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from library.models import User
from library.services.staff import StaffRequest
from outreach.forms.inbox import read_until
from outreach.models import Thread
from outreach.services.inbox import (
    NotAColleague,
    NotAhead,
    NothingWaits,
    assign_thread,
    bring_back_thread,
    finish_thread,
    put_off_thread,
    reopen_thread,
)
from outreach.services.reports.promise_clock import zone_of
from outreach.views.inbox import list_of, view_of
from relcrm.kit.numbers import row_number
from relcrm.kit.web import for_roles

NOTHING = "Nobody waits here any more: a colleague was faster."


@for_roles("librarian")
@require_POST
def inbox_assign(request: StaffRequest, pk: int) -> HttpResponse:
    """Mine, a colleague's, or anybody's again (`to`: me, a number, or empty)."""
    thread = _thread(request, pk)
    chosen = request.POST.get("to", "")
    to = request.user if chosen == "me" else User.objects.filter(pk=row_number(chosen)).first()
    if to is None and chosen:
        messages.error(request, "Nobody here has this name any more. Choose a colleague from the list.")
        return _back(request, thread)
    try:
        assign_thread(thread=thread, to=to)
    except NotAColleague:
        messages.error(request, "They do not work with readers of this branch. Choose somebody else.")
        return _back(request, thread)
    words = (
        "It is yours to answer." if to == request.user else f"It is {to}’s to answer." if to else "Nobody has it now."
    )
    messages.success(request, words)
    return _back(request, thread)


@for_roles("librarian")
@require_POST
def inbox_later(request: StaffRequest, pk: int) -> HttpResponse:
    """Put off until a morning; `action` = back brings it back at once."""
    thread, now = _thread(request, pk), timezone.now()
    if request.POST.get("action") == "back":
        bring_back_thread(thread=thread)
        messages.success(request, "It is back in the inbox.")
        return redirect("inbox_thread", pk=pk)
    until = read_until(request.POST, zone=zone_of(thread), now=now)
    if until is None:
        messages.error(request, "Say on which day it comes back.")
        return redirect("inbox_thread", pk=pk)
    try:
        put_off_thread(thread=thread, until=until, now=now)
    except NotAhead:
        messages.error(request, "Choose a day from tomorrow on, within a year.")
        return redirect("inbox_thread", pk=pk)
    except NothingWaits:
        messages.info(request, NOTHING)
        return redirect("inbox_thread", pk=pk)
    return redirect(list_of(view_of(request.POST.get("view", "")), done=f"off-{pk}"))


@for_roles("librarian")
@require_POST
def inbox_done(request: StaffRequest, pk: int) -> HttpResponse:
    """These words need no answer."""
    try:
        turn = finish_thread(thread=_thread(request, pk), by=request.user, now=timezone.now())
    except NothingWaits:
        messages.info(request, NOTHING)
        return redirect("inbox_thread", pk=pk)
    return redirect(list_of(view_of(request.POST.get("view", "")), done=f"turn-{turn.pk}"))


@for_roles("librarian")
@require_POST
def inbox_reopen(request: StaffRequest, pk: int) -> HttpResponse:
    """Something is left to say."""
    reopen_thread(thread=_thread(request, pk), by=request.user, now=timezone.now())
    messages.success(request, "It is in the inbox again, as yours.")
    return redirect("inbox_thread", pk=pk)


def _thread(request: StaffRequest, pk: int) -> Thread:
    return get_object_or_404(Thread.objects.visible_to(request.user).select_related("branch"), pk=pk)


def _back(request: StaffRequest, thread: Thread) -> HttpResponse:
    """To the thread, or, where the button stood there, to the list."""
    if request.POST.get("back") == "list":
        return redirect(list_of(view_of(request.POST.get("view", ""))))
    return redirect("inbox_thread", pk=thread.pk)
