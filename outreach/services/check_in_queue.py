"""Queueing check-ins: on the morning when a hundred thousand are due, all are in the outbox within seconds.

Many thousand steps are taken in one transaction: locked, looked at, and their mails, lines of the ledger and next
steps written, in one statement each. Any number of workers may do it at once: each skips what another has locked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.db.models import Max

from engagement.models import Experiment
from engagement.services.drawing_lots import draw_lots
from engagement.services.recording_many import record_many
from library.services.settings import current_settings
from library.services.staging import drop_tables
from outreach.mail.checkin import PURPOSE, REMINDED, TEMPLATE
from outreach.mail.filling import skeleton_of
from outreach.models import CheckIn, MailTemplate, Message
from outreach.services import check_in_statements as statements
from outreach.services.outbox import LIFETIMES
from relcrm.kit.insql import digest_blocks

BATCH = 10_000
WAIT = timedelta(days=1)


def queue_due(*, now: datetime) -> int:
    """Take every step that is due; returns how many mails were queued.

    A step that breaks holds up no other: it stays due, and an ExceptionGroup is raised when all have been tried.
    Where more are due than one batch takes, a second connection takes its share of the rest at the same time.
    """
    if not CheckIn.objects.filter(next_at__lte=now).exists():  # most ticks
        return 0
    run, others = _Run(now), list[Future[_Run]]()
    with ThreadPoolExecutor(1) as beside:

        def share() -> None:
            if not others:
                others.append(beside.submit(_beside, now))

        run.take_all(when_many=share)
    for other in others:
        run.add(other.result())
    if run.broken:
        raise ExceptionGroup("some check-ins could not be asked", list(run.broken.values()))
    return run.queued


@dataclass
class _Run:
    """One connection's share: what it queued, and the steps that broke."""

    now: datetime
    queued: int = 0
    broken: dict[int, Exception] = field(default_factory=dict)

    def take_all(self, *, when_many: Callable[[], None] = lambda: None) -> None:
        """Batch after batch, until nothing is due that nobody holds. `when_many` is called while a full one is held."""
        while self._take_batch(when_many):
            pass

    def _take_batch(self, when_many: Callable[[], None]) -> int:
        """One transaction; returns how many steps it looked at."""
        ids: list[int] = []
        try:
            with transaction.atomic():
                ids += _lock(self.now, broken=list(self.broken))
                if len(ids) >= BATCH:
                    when_many()
                self.queued += _take_steps(ids, self.now)
        except OperationalError:
            raise
        except Exception as error:  # noqa: BLE001  (raised by queue_due, after the others had their turn)
            self.queued += _take_apart(ids, error, self.broken, self.now)
        return len(ids)

    def add(self, other: _Run) -> None:
        """What another connection did. A step both found broken is one."""
        self.queued += other.queued
        self.broken |= other.broken


def _beside(now: datetime) -> _Run:
    """A share of its own, in a thread with a connection of its own."""
    run = _Run(now)
    try:
        run.take_all()
    finally:
        connection.close()
    return run


def _take_apart(ids: Sequence[int], error: Exception, broken: dict[int, Exception], now: datetime) -> int:
    """Both halves of a batch that broke, on their own, down to the rows that break it."""
    if len(ids) == 0:
        raise error
    if len(ids) == 1:
        broken[ids[0]] = error
        return 0
    queued = 0
    for half in (ids[: len(ids) // 2], ids[len(ids) // 2 :]):
        try:
            with transaction.atomic():
                queued += _take_steps(_lock(now, some=list(half)), now)
        except OperationalError:
            raise
        except Exception as again:  # noqa: BLE001  (kept with the row it belongs to)
            queued += _take_apart(half, again, broken, now)
    return queued


def _lock(now: datetime, *, broken: Sequence[int] = (), some: list[int] | None = None) -> list[int]:
    """The next check-ins that are due and nobody holds; the oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(statements.LOCK, {"now": now, "broken": list(broken), "some": some, "most": BATCH})
        return [pk for (pk,) in cursor.fetchall()]


def _take_steps(ids: Sequence[int], now: datetime) -> int:
    """One step of each of these check-ins, which the caller has locked; how many mails that made."""
    if not ids:
        return 0
    drop_tables(statements.TABLE)
    with connection.cursor() as cursor:
        cursor.execute(statements.ROOM)
        cursor.execute(statements.LOOK, {"ids": list(ids)})
        cursor.execute(statements.COUNT)
        draw_lots(subject=Experiment.Subject.REMINDER, table=statements.TABLE, kind=REMINDED, now=now)
        cursor.execute(statements.SHAPES)
        shapes = cursor.fetchall()
        queued = _queue(shapes, now) if shapes else 0
        for step in sorted({step for step, *_shape in shapes}):
            record_many(kind=PURPOSE[step], table=statements.TABLE, at=now, started_by="library", now=now)
        remind_at = now + timedelta(days=current_settings().reminder_days)
        cursor.execute(statements.GO_ON, {"now": now, "later": now + WAIT, "remind_at": remind_at})
    drop_tables(statements.TABLE)
    return queued


def _queue(shapes: Sequence[Sequence[Any]], now: datetime) -> int:
    rest = _as_a_new_message()
    statement = statements.QUEUE.format(columns=", ".join(rest), values=", ".join(f"%({column})s" for column in rest))
    facts = {
        **rest,
        **_words_for(shapes),
        **digest_blocks("thread", "relcrm.reply"),
        **digest_blocks("message", "relcrm.message"),
        "replies": settings.REPLY_DOMAIN,
        "domain": parseaddr(settings.MAIL_FROM)[1].rpartition("@")[2] or "localhost",
        "now": now,
        "not_after": now + LIFETIMES[Message.Kind.ASKED_FOR],
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, facts)
        return int(cursor.rowcount)


def _words_for(shapes: Sequence[Sequence[Any]]) -> dict[str, list[Any]]:
    """The words of each shape of mail: template, the version in force and the subject with places for the facts."""
    found = MailTemplate.objects.filter(name__in=TEMPLATE.values()).values_list("name", "language")
    in_force = {(name, language): version for name, language, version in found.annotate(Max("version"))}
    rows = []
    for step, language, *there, books in shapes:
        version = in_force.get((TEMPLATE[step], language), 0)
        skeleton = skeleton_of(TEMPLATE[step], language, version, (tuple(there), books))
        rows.append((step, language, *there, books, TEMPLATE[step], version, skeleton.subject_for_format))
    names = "steps", "languages", "readers", "librarians", "branches", "books", "templates", "versions", "subjects"
    return {name: list(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)}


def _as_a_new_message() -> dict[str, Any]:
    """Columns and values of a new message that check-ins say nothing about."""
    said = set(statements.SAID.split(", "))
    fields = {str(field.column): field for field in Message._meta.concrete_fields if not field.primary_key}
    others = {column: field for column, field in fields.items() if column not in said}
    return {column: field.get_db_prep_save(field.get_default(), connection) for column, field in others.items()}
