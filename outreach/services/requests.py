"""Reading requests: taken from the form, and released from review."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import IntegrityError, transaction

from engagement.services.ledger import record_interaction
from engagement.services.promises import letter_due, make_promise
from outreach.models import Request, RequestTitle, Thread
from outreach.services.acknowledgements import acknowledge
from outreach.services.taste import learn_from_request
from outreach.services.wishes import NamedBook, Wishes
from outreach.services.withdrawals import (
    AlreadyWithdrawn,
    NotWithdrawn,
    locked_request,
    restore_request,
    withdraw_request,
)
from patrons.models import Consent, Patron
from patrons.services.consents import give_consent
from patrons.services.patrons import create_provisional

__all__ = [
    "AlreadyWithdrawn",
    "NotHeld",
    "NotWithdrawn",
    "promised_by",
    "release_request",
    "restore_request",
    "submit_request",
    "withdraw_request",
]


class NotHeld(Exception):
    """The request is not held for review (any more)."""


def submit_request(*, wishes: Wishes, now: datetime) -> Request:
    """Take one filled-in form, in one transaction; the same rendering (nonce) again returns the same request.

    Makes a provisional patron, never touching a record that fits what was typed. Unless `held_because` is set it
    also makes the promise, the ledger line and the acknowledgement.
    """
    try:
        return _earlier(wishes) or _take(wishes, now)
    except IntegrityError:
        # The same form arrived twice at once, or the random reference is taken: look, and try once more.
        return _earlier(wishes) or _take(wishes, now)


def release_request(*, request: Request, now: datetime) -> Request:
    """A held request is a reader's: it joins the queue, is promised a letter and acknowledged. Raises NotHeld."""
    with transaction.atomic():
        request = locked_request(request)
        if request.state != Request.State.HELD:
            raise NotHeld
        request.state = Request.State.WAITING
        request.save(update_fields=["state"])
        _welcome(request, now)
    return request


def promised_by(request: Request) -> datetime:
    """When the reader may expect the letter: the promise, or for a held request what a promise would say."""
    if request.promise is not None:
        return request.promise.due_at
    return letter_due(branch=request.branch, now=request.asked_at)


def _earlier(wishes: Wishes) -> Request | None:
    return Request.objects.filter(nonce=wishes.nonce).first()


@transaction.atomic
def _take(wishes: Wishes, now: datetime) -> Request:
    patron = create_provisional(
        name=wishes.name,
        email=wishes.email,
        language=wishes.language,
        audience=wishes.audience,
        branch=wishes.branch,
        now=now,
    )
    if not patron.is_child:
        for purpose in wishes.consents:
            give_consent(patron=patron, purpose=purpose, language=wishes.language, how="form", now=now)
    request = _write(wishes, patron, now)
    if request.state == Request.State.WAITING:
        _welcome(request, now)
    return request


def _write(wishes: Wishes, patron: Patron, now: datetime) -> Request:
    thread = Thread.objects.create(patron=patron, subject="Reading suggestions", started_at=now, branch=wishes.branch)
    request = Request.objects.create(
        nonce=wishes.nonce,
        thread=thread,
        patron=patron,
        branch=wishes.branch,
        language=wishes.language,
        audience=wishes.audience,
        reads=wishes.reads,
        card_number=wishes.card_number,
        wished_librarian=wishes.librarian,
        mood=list(wishes.mood),
        limits=list(wishes.limits),
        length=wishes.length,
        formats=list(wishes.formats),
        about=wishes.about,
        state=Request.State.HELD if wishes.held_because else Request.State.WAITING,
        held_because=wishes.held_because[:200],
        asked_at=now,
    )
    rows = [*_rows(request, "like", wishes.likes), *_rows(request, "dislike", wishes.dislikes)]
    RequestTitle.objects.bulk_create(rows)
    return request


def _rows(request: Request, kind: str, books: Iterable[NamedBook]) -> list[RequestTitle]:
    return [
        RequestTitle(request=request, kind=kind, position=position, title=book.named.title, why=book.named.why)
        for position, book in enumerate(books)
    ]


def _welcome(request: Request, now: datetime) -> None:
    """What a request sets going once it counts: promise, ledger, taste, acknowledgement."""
    due_at = letter_due(branch=request.branch, now=request.asked_at)
    if due_at <= now:
        # It was held past the day the confirmation page named; the acknowledgement names a day that can be kept.
        due_at = letter_due(branch=request.branch, now=now)
    request.promise = make_promise(kind="letter", patron=request.patron, branch=request.branch, due_at=due_at, now=now)
    request.save(update_fields=["promise"])
    record_interaction(
        kind="request",
        source=f"request:{request.pk}",
        at=request.asked_at,
        patron=request.patron,
        started_by="patron",
        branch=request.branch,
        audience=request.audience,
        language=request.language,
        thread=request.thread_id,
        now=now,
    )
    if Consent.objects.holds(request.patron, Consent.Purpose.PROFILE):
        learn_from_request(request=request, now=now)
    acknowledge(request=request, due_at=due_at, now=now)
