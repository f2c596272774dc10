"""What left the house, what is in doubt, and any message as its reader got it."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages as said
from django.http import HttpResponse, QueryDict
from django.middleware.csp import get_nonce
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from library.models import User
from library.services.staff import StaffRequest
from outreach.mail.filling import words_of
from outreach.mail.screen import html_on_screen, text_on_screen
from outreach.models import Message, ThreadTurn
from outreach.services.answering import AlreadyLeft, NotTheLatest, take_back_turn
from outreach.services.doubt import NotInDoubt, send_again, treat_as_sent
from outreach.services.outbox import cancel_message
from outreach.services.postbox import pause_mail, resume_mail
from outreach.services.reports.messages import PURPOSES, Filters, message_list, purpose_in_words
from outreach.services.reports.progress import mail_progress
from patrons.models import Patron
from relcrm.kit.web import for_roles

LONGEST_SEARCH = 200


@for_roles("librarian", "admin")
@require_safe
def messages(request: StaffRequest) -> HttpResponse:
    """Counts by state, what is in doubt, then everything newest first. Admins see deliveries, never content."""
    reads = request.user.role == User.Role.LIBRARIAN
    filters = _filters(request.GET, reads)
    place = request.GET.get("place", "")
    context = {
        "section": "messages",
        "list": message_list(user=request.user, filters=filters, place=place),
        "filters": filters,
        "place": place,
        "reads": reads,
        "states": Message.State.choices,
        "purposes": PURPOSES.items(),
        "query": _query(filters),
        "progress": mail_progress(user=request.user, now=timezone.now()),
    }
    return render(request, "outreach/messages.html", context)


@for_roles("librarian", "admin")
@require_safe
def messages_progress(request: StaffRequest) -> HttpResponse:
    """The counts alone, renewed while mail is leaving."""
    progress = mail_progress(user=request.user, now=timezone.now())
    return render(request, "outreach/messages_progress.html", {"progress": progress})


@for_roles("librarian", "admin")
@require_POST
def messages_pause(request: StaffRequest) -> HttpResponse:
    """The switch that holds all mail; whoever sees that something is wrong may pull it."""
    because = " ".join(request.POST.get("because", "").replace("\0", "").split())[:LONGEST_SEARCH]
    pause_mail(by=request.user, because=because, now=timezone.now())
    said.success(request, "All mail is paused. Nothing leaves until somebody lets it leave again.")
    return redirect("messages")


@for_roles("librarian", "admin")
@require_POST
def messages_resume(request: StaffRequest) -> HttpResponse:
    """Let mail leave again."""
    resume_mail(by=request.user, now=timezone.now())
    said.success(request, "Mail leaves again. What waited goes out within a minute.")
    return redirect("messages")


@for_roles("librarian")
@require_safe
def message(request: StaffRequest, pk: int) -> HttpResponse:
    """One message as it went out; the reader's own links are not shown."""
    found = get_object_or_404(Message.objects.visible_to(request.user).select_related("patron", "settled_by"), pk=pk)
    words = words_of(found)
    context = {
        "section": "messages",
        "message": found,
        "purpose": purpose_in_words(found.purpose),
        "text": text_on_screen(words.text),
        "html": html_on_screen(words.html, nonce=str(get_nonce(request))),
        "may_cancel": found.state == Message.State.QUEUED,
        "may_repeat": found.state in {Message.State.UNKNOWN, Message.State.FAILED},
        "by_word": found.state == Message.State.SENT and found.settled_by is not None,
        "patron_visible": Patron.objects.visible_to(request.user).filter(pk=found.patron_id).exists(),
    }
    return render(request, "outreach/message.html", context)


@for_roles("librarian", "admin")
@require_POST
def message_settle(request: StaffRequest, pk: int) -> HttpResponse:
    """Send again, treat as sent, or cancel: what a person decides."""
    found = get_object_or_404(Message.objects.visible_to(request.user), pk=pk)
    words = _settle(found, request.POST.get("action", ""), request.user)
    if words:
        said.success(request, words)
    else:
        said.error(
            request, "This message has moved on meanwhile, so nothing was changed. The list shows how it is now."
        )
    return redirect("messages")


def _settle(found: Message, action: str, user: User) -> str:
    """Do it and say so; empty when the message is in another state by now."""
    now = timezone.now()
    try:
        if action == "again":
            send_again(message=found, staff=user, now=now)
            return f"The message to {found.to_address} leaves again within a minute."
        if action == "treat":
            treat_as_sent(message=found, staff=user, now=now)
            return f"The message to {found.to_address} counts as sent, by your word."
    except NotInDoubt:
        return ""
    if action == "cancel" and (turn := ThreadTurn.objects.filter(message=found).select_related("thread").first()):
        return _take_back(turn, found, user, now)
    if action == "cancel" and cancel_message(message=found, reason=f"Cancelled by {user}."):
        return f"The message to {found.to_address} is not sent."
    return ""


def _take_back(turn: ThreadTurn, found: Message, user: User, now: datetime) -> str:
    """An answer that is stopped still owes its reader words: it is a draft again, and the thread waits as before."""
    try:
        take_back_turn(turn=turn, now=now)
    except NotTheLatest:
        stopped = cancel_message(message=found, reason=f"Cancelled by {user}.")
        return f"The answer to {found.to_address} is not sent." if stopped else ""
    except AlreadyLeft:
        return ""
    return f"The answer to {found.to_address} is not sent. It waits in the inbox as a draft."


def _filters(data: QueryDict, reads: bool) -> Filters:
    """Only values there are; the search is for those who know the readers."""
    state, purpose = data.get("state", ""), data.get("purpose", "")
    words = data.get("q", "").replace("\0", "").strip()[:LONGEST_SEARCH]
    return Filters(
        state=state if state in Message.State.values else "",
        purpose=purpose if purpose in PURPOSES else "",
        words=words if reads else "",
    )


def _query(filters: Filters) -> str:
    """The filters as they stand in an address."""
    query = QueryDict(mutable=True)
    for name, value in (("state", filters.state), ("purpose", filters.purpose), ("q", filters.words)):
        if value:
            query[name] = value
    return query.urlencode()
