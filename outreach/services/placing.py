"""The tray: what came in and belongs to no thread yet. A person places it or puts it away; both can be undone."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from engagement.services.ledger import retract_interaction
from library.models import Branch, User
from outreach.models import Reply, Thread
from outreach.services.checkins import answered_by_mail
from outreach.services.waiting import lock_thread, stop_waiting
from outreach.services.written_back import hear_words
from patrons.models import Patron
from patrons.services.patrons import create_provisional

NO_SUBJECT = "A mail"


class PlacedAlready(Exception):
    """It is not in the tray any more."""


class NobodyWrote(Exception):
    """It is no person's mail, or names no address that an answer could go to."""


class CannotTakeOut(Exception):
    """It was not placed by a person, or has been answered since."""


@transaction.atomic
def place_reply(*, reply: Reply, thread: Thread, now: datetime) -> Reply:
    """It belongs to this thread. A person's words begin to wait there; a report is only shown. Raises PlacedAlready."""
    locked_thread = lock_thread(thread)
    locked = _lock(reply)
    if locked.thread_id is not None or locked.handled_at is not None:
        raise PlacedAlready
    locked.thread, locked.patron, locked.matched_by = locked_thread, locked_thread.patron, Reply.Match.PERSON
    locked.save(update_fields=["thread", "patron", "matched_by"])
    if locked.kind == Reply.Kind.REPLY:
        answered_by_mail(thread=locked_thread, now=now)
        hear_words(reply=locked, thread=locked_thread, now=now)
    return locked


@transaction.atomic
def start_thread(*, reply: Reply, patron: Patron, now: datetime) -> Reply:
    """It begins something new with this reader, whom somebody has recognised. Raises PlacedAlready."""
    thread = Thread.objects.create(
        patron=patron, subject=reply.subject[:200] or NO_SUBJECT, started_at=reply.received_at, branch=patron.branch
    )
    return place_reply(reply=reply, thread=thread, now=now)


def may_meet(reply: Reply) -> bool:
    """Whether a person wrote it, from an address that an answer can go to."""
    try:
        validate_email(reply.from_address)
    except ValidationError:
        return False
    return reply.kind == Reply.Kind.REPLY


@transaction.atomic
def meet_reader(*, reply: Reply, name: str, language: str, branch: Branch | None, now: datetime) -> Reply:
    """Somebody who is not on file wrote: a provisional patron, as after a form, and a thread of their own.

    They become a patron of their own when they answer ours; who never does is forgotten like others who proved nothing.
    Raises NobodyWrote, PlacedAlready.
    """
    if not may_meet(reply):
        raise NobodyWrote
    patron = create_provisional(
        name=name,
        email=reply.from_address,
        language=language,
        audience="adult",
        branch=branch,
        now=now,
    )
    return start_thread(reply=reply, patron=patron, now=now)


@transaction.atomic
def take_out_reply(*, reply: Reply, now: datetime) -> Reply:
    """Undo of `place_reply`: back into the tray; the thread waits only for what else is in it. Raises CannotTakeOut.

    A thread that was started with it, and in which nothing else was written, goes too.
    """
    if reply.thread is None:
        raise CannotTakeOut
    thread = lock_thread(reply.thread)
    locked = _lock(reply)
    if locked.thread_id != thread.pk or locked.matched_by != Reply.Match.PERSON or locked.handled_at is not None:
        raise CannotTakeOut
    locked.thread, locked.matched_by = None, Reply.Match.NONE
    locked.patron = locked.about.patron if locked.about else None
    locked.save(update_fields=["thread", "patron", "matched_by"])
    if locked.kind == Reply.Kind.REPLY:
        retract_interaction(source=f"reply:{locked.pk}", now=now)
        stop_waiting(thread=thread, now=now)
    of_mail = Thread.objects.filter(pk=thread.pk, channel=Thread.Channel.MAIL, draft="")
    of_mail.filter(request=None, messages=None, replies=None, turns=None).delete()
    return locked


@transaction.atomic
def put_away_reply(*, reply: Reply, by: User, now: datetime) -> Reply:
    """Nobody needs it; it leaves the tray. Raises PlacedAlready."""
    locked = _lock(reply)
    if locked.thread_id is not None or locked.handled_at is not None:
        raise PlacedAlready
    locked.handled_at, locked.handled_by = now, by
    locked.save(update_fields=["handled_at", "handled_by"])
    return locked


@transaction.atomic
def bring_back_reply(*, reply: Reply) -> Reply:
    """Undo of `put_away_reply`. What was placed meanwhile stays there. Raises PlacedAlready."""
    locked = _lock(reply)
    if locked.thread_id is not None:
        raise PlacedAlready
    locked.handled_at = locked.handled_by = None
    locked.save(update_fields=["handled_at", "handled_by"])
    return locked


def _lock(reply: Reply) -> Reply:
    rows = Reply.objects.select_related("about__patron").select_for_update(of=("self",))
    return rows.get(pk=reply.pk)
