"""Taking a request back, and taking that back."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from engagement.services.promises import reopen_promise, withdraw_promise
from outreach.models import CheckIn, Letter, Message, Request
from outreach.services.checkins import cancel_check_in, schedule_check_in
from outreach.services.letters import AlreadyLeft, undo_send
from outreach.services.outbox import cancel_queued

WITHDRAWN = "the request was withdrawn"


class AlreadyWithdrawn(Exception):
    """The request is withdrawn already."""


class NotWithdrawn(Exception):
    """The request is not withdrawn, so there is nothing to restore."""


def withdraw_request(*, request: Request, now: datetime) -> Request:
    """Nothing more happens with this request: its open promise, waiting mails and check-in end.

    A letter whose mail still waits is a draft again, so that nothing counts as sent or kept that never left.
    Raises AlreadyWithdrawn.
    """
    with transaction.atomic():
        request = locked_request(request)
        if request.state == Request.State.WITHDRAWN:
            raise AlreadyWithdrawn
        letter = _letter_that_left(request, now)
        request = locked_request(request)
        request.state, request.withdrawn_at = Request.State.WITHDRAWN, now
        request.save(update_fields=["state", "withdrawn_at"])
        promise = request.promise
        if promise is not None and promise.kept_at is None and promise.withdrawn_at is None:
            withdraw_promise(promise=promise, now=now)
        for message in Message.objects.filter(thread=request.thread_id).stoppable():
            cancel_queued(purpose=message.purpose, object_key=message.object_key, reason=WITHDRAWN)
        if letter is not None:
            cancel_check_in(letter=letter, because=WITHDRAWN)
    return request


def restore_request(*, request: Request, now: datetime) -> Request:
    """Take a withdrawal back: the request returns to where it was, its promise and its check-in with it.

    Mails that were cancelled stay cancelled. Raises NotWithdrawn.
    """
    with transaction.atomic():
        request = locked_request(request)
        if request.state != Request.State.WITHDRAWN:
            raise NotWithdrawn
        letter = Letter.objects.sent().filter(request=request).first()
        request.state, request.withdrawn_at = _state_before(request, letter), None
        request.save(update_fields=["state", "withdrawn_at"])
        if request.promise is not None and request.promise.withdrawn_at is not None:
            reopen_promise(promise=request.promise, now=now)
        if letter is not None:
            _ask_again(letter, now)
    return request


def locked_request(request: Request) -> Request:
    """The request as it is now, held until the transaction ends."""
    rows = Request.objects.select_for_update(of=("self",)).select_related("patron", "promise", "branch", "thread")
    return rows.get(pk=request.pk)


def _letter_that_left(request: Request, now: datetime) -> Letter | None:
    """The letter sent for this request; None where there is none, or where it could be taken back just now."""
    letter = Letter.objects.sent().filter(request=request).select_related("request").first()
    if letter is None:
        return None
    try:
        undo_send(letter=letter, now=now)
    except AlreadyLeft:
        return letter
    return None


def _state_before(request: Request, letter: Letter | None) -> Request.State:
    if letter is not None:
        return Request.State.ANSWERED
    return Request.State.HELD if request.promise is None else Request.State.WAITING


def _ask_again(letter: Letter, now: datetime) -> None:
    """Bring back a check-in that ended only because of the withdrawal, due when it was due before."""
    ended = CheckIn.objects.filter(letter=letter, ended_because=WITHDRAWN, asked_at=None, answered_at=None)
    if ended.delete()[0]:
        schedule_check_in(letter=letter, now=letter.sent_at or now)
