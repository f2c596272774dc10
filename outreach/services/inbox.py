"""What a librarian does with a thread that waits, besides answering: take it, hand it on, put it off, set it aside."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from library.models import User
from outreach.models import Thread, ThreadTurn
from outreach.services.answering import settle_turn
from outreach.services.librarians import colleagues_for
from outreach.services.waiting import lock_thread

FURTHEST = timedelta(days=366)


class NotAColleague(Exception):
    """Whoever was chosen does not work with readers of this branch."""


class NothingWaits(Exception):
    """Nobody waits in this thread (any more)."""


class NotAhead(Exception):
    """The day chosen is not ahead, or more than a year ahead."""


@transaction.atomic
def assign_thread(*, thread: Thread, to: User | None) -> Thread:
    """From now on this is somebody's to answer; None: anybody's again. Raises NotAColleague."""
    locked = lock_thread(thread)
    if to is not None and not colleagues_for(locked).filter(pk=to.pk).exists():
        raise NotAColleague
    locked.assigned_to = to
    locked.save(update_fields=["assigned_to"])
    return locked


@transaction.atomic
def put_off_thread(*, thread: Thread, until: datetime, now: datetime) -> Thread:
    """It leaves the list and comes back by itself, or when the reader writes again. Raises NothingWaits, NotAhead."""
    if not now < until < now + FURTHEST:
        raise NotAhead
    locked = lock_thread(thread)
    if locked.waiting_since is None:
        raise NothingWaits
    locked.snoozed_until = until
    locked.save(update_fields=["snoozed_until"])
    return locked


@transaction.atomic
def bring_back_thread(*, thread: Thread) -> Thread:
    """Undo of putting off."""
    locked = lock_thread(thread)
    locked.snoozed_until = None
    locked.save(update_fields=["snoozed_until"])
    return locked


@transaction.atomic
def finish_thread(*, thread: Thread, by: User, now: datetime) -> ThreadTurn:
    """These words need no answer. The promise is withdrawn; `take_back_turn` is the undo. Raises NothingWaits."""
    locked = lock_thread(thread)
    if locked.waiting_since is None:
        raise NothingWaits
    return settle_turn(thread=locked, way=ThreadTurn.Way.DONE, by=by, now=now)


@transaction.atomic
def reopen_thread(*, thread: Thread, by: User, now: datetime) -> Thread:
    """Back into the inbox, as the librarian's own: something is left to say. Nothing was promised for it."""
    locked = lock_thread(thread)
    if locked.waiting_since is None:
        locked.waiting_since, locked.snoozed_until, locked.assigned_to = now, None, by
        locked.save(update_fields=["waiting_since", "snoozed_until", "assigned_to"])
    return locked
