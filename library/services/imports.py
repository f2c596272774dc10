"""Runs of an import: opened before the first record is read, kept alive by beats, ended with what came of them."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import StringIO
from itertools import batched
from typing import Any

from django.db import connection, transaction
from django.db.models.functions import Coalesce

from library.models import ImportIssue, ImportRun, User
from library.services.importing import Cancelled, Clock, UndoTooLate, UnreadableFile
from relcrm.kit.csvio import safe_cell

DEAD_AFTER = timedelta(minutes=10)
WRITES = 7_016_302  # advisory locks of our own, with the run's number: held while a run writes
READS = 7_016_303  # with a number for the kind: one import of a kind at a time
INTERRUPTED = "The import was interrupted; nothing was written. Start it again."
BUSY = "Another import of {what} is running. Start this one when it is done."
BROKEN = "The import stopped ({kind}); nothing was written."
KINDS = ("patrons", "loans", "titles", "copies", "interactions", "marketing")


ENDED = [
    ImportRun.State.DONE,
    ImportRun.State.FAILED,
    ImportRun.State.CANCELLED,
    ImportRun.State.UNDONE,
]


class AnotherRunning(UnreadableFile):
    """An import of the same kind is at work; two at once would not see each other's records."""


@dataclass(frozen=True, slots=True)
class Issue:
    """One record, or one value of it, that was not taken over as it stood.

    `line` counts from 1: the line of a CSV file, or the place of the record in a MARC file. `rejected` is true when
    the whole record was left out, false when only the value was.
    """

    line: int
    field: str
    value: str
    reason: str
    rejected: bool = True


@transaction.atomic
def open_run(
    *,
    what: str,
    file_name: str,
    now: datetime,
    preset: str = "",
    mapping: Mapping[str, Any] | None = None,
    options: Mapping[str, Any] | None = None,
    dry_run: bool = False,
    by: User | None = None,
    size: int = 0,
    stored_as: str = "",
) -> ImportRun:
    """A running import of `what` (patrons, loans, titles ...) from a file of this name."""
    return ImportRun.objects.create(
        what=what,
        file_name=file_name[:255],
        stored_as=stored_as,
        preset=preset,
        mapping=dict(mapping or {}),
        options=dict(options or {}),
        dry_run=dry_run,
        by=by,
        size=size,
        started_at=now,
        beat_at=now,
    )


def start_run(*, run: ImportRun, phase: str, now: datetime) -> None:
    """The work begins; a run whose file was left with us waited, and starts only now. Raises Cancelled."""
    beat(run=run, phase=phase, now=now)
    if run.stored_as:
        run.started_at = now
        ImportRun.objects.filter(pk=run.pk).update(started_at=now)


def beat(*, run: ImportRun, phase: str, now: datetime, rows: int | None = None, bytes_read: int | None = None) -> None:
    """Show that the run is alive and how far it is; outside a transaction others see it at once.

    Raises Cancelled when somebody asked the run to stop, or when it was ended as dead meanwhile.
    """
    run.phase, run.beat_at = phase, now
    run.rows_read = run.rows_read if rows is None else rows
    run.bytes_read = run.bytes_read if bytes_read is None else bytes_read
    alive = ImportRun.objects.filter(pk=run.pk, cancel_asked=False).exclude(state__in=ENDED)
    values = {"phase": phase, "beat_at": now, "rows_read": run.rows_read, "bytes_read": run.bytes_read}
    if not alive.update(state=ImportRun.State.RUNNING, **values):
        raise Cancelled
    run.state = ImportRun.State.RUNNING


def stop_if_asked(*, run: ImportRun) -> None:
    """The beat of a transaction that writes: raises Cancelled when somebody asked, and holds no row back."""
    if not ImportRun.objects.filter(pk=run.pk, cancel_asked=False).exclude(state__in=ENDED).exists():
        raise Cancelled


@transaction.atomic
def ask_to_cancel(*, run: ImportRun) -> bool:
    """Ask a run to stop; it does so at its next beat, or at once while it waits. False when it has ended."""
    waiting = ImportRun.objects.filter(pk=run.pk).exclude(state__in=ENDED)
    return waiting.update(cancel_asked=True) > 0


@contextmanager
def one_at_a_time(what: str) -> Iterator[None]:
    """While this lasts, no other process imports the same kind. Raises AnotherRunning."""
    key = [READS, KINDS.index(what)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", key)
        got = cursor.fetchone()
    if not got or not got[0]:
        raise AnotherRunning(BUSY.format(what=what))
    try:
        yield
    finally:
        _unlock(key)


def _unlock(key: list[int]) -> None:
    """Let go, unless the connection is lost or its transaction broken: then the lock goes with it."""
    if connection.is_usable():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", key)


@contextmanager
def ended_by_errors(run: ImportRun, clock: Clock) -> Iterator[None]:
    """What stops the work ends the run accordingly (cancelled, or failed with the reason) and passes through.

    Around the transaction, not within it. An unexpected error is named by its kind alone: its text may hold a
    reader's data.
    """
    try:
        yield
    except Cancelled:
        end_run(run=run, state=ImportRun.State.CANCELLED, now=clock())
        raise
    except UnreadableFile as error:
        end_run(run=run, state=ImportRun.State.FAILED, error=str(error), now=clock())
        raise
    except KeyboardInterrupt:
        end_run(run=run, state=ImportRun.State.FAILED, error=INTERRUPTED, now=clock())
        raise
    except Exception as error:
        reason = BROKEN.format(kind=type(error).__name__)
        end_run(run=run, state=ImportRun.State.FAILED, error=reason, now=clock())
        raise


def hold_run(*, run: ImportRun) -> None:
    """First thing in the transaction that writes: as long as it lasts, the run is not taken for dead."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [WRITES, run.pk])


@transaction.atomic
def add_issues(*, run: ImportRun, issues: Iterable[Issue]) -> int:
    """Keep issues with their run; texts are cut to what fits. Returns how many were kept."""
    kept = 0
    for batch in batched(issues, 1000):
        rows = [
            ImportIssue(
                run=run,
                line=issue.line,
                field=issue.field[:60],
                value=issue.value.replace("\0", "")[:200],
                reason=issue.reason[:300],
                rejected=issue.rejected,
            )
            for issue in batch
        ]
        kept += len(ImportIssue.objects.bulk_create(rows))
    return kept


def finish_run(*, run: ImportRun, counts: Mapping[str, Any], now: datetime, error: str = "") -> ImportRun:
    """End a run: done with its counts, or failed with the error that stopped it."""
    state = ImportRun.State.FAILED if error else ImportRun.State.DONE
    return end_run(run=run, state=state, counts=counts, error=error, now=now)


@transaction.atomic
def end_run(
    *, run: ImportRun, state: str, now: datetime, error: str = "", counts: Mapping[str, Any] | None = None
) -> ImportRun:
    """End a run that has not ended yet. Raises Cancelled when a run that is done was to stop, or was ended as dead."""
    run.state, run.error, run.finished_at, run.counts = state, error, now, dict(counts or {})
    open_still = ImportRun.objects.filter(pk=run.pk).exclude(state__in=ENDED)
    if state == ImportRun.State.DONE:
        open_still = open_still.filter(cancel_asked=False)
    ended = open_still.update(state=state, error=error, finished_at=now, counts=run.counts)
    if state == ImportRun.State.DONE and not ended:
        raise Cancelled
    return run


@transaction.atomic
def close_undone(*, run: ImportRun, counts: Mapping[str, int], now: datetime) -> None:
    """Write down that a run was undone, in the transaction that undoes it. Raises UndoTooLate when it was already."""
    state = ImportRun.State
    open_still = ImportRun.objects.filter(pk=run.pk, state=state.DONE, undone_at=None, dry_run=False)
    if not open_still.update(state=state.UNDONE, undone_at=now, undone_counts=dict(counts)):
        raise UndoTooLate("This import was undone already, or it wrote nothing.")
    run.state, run.undone_at, run.undone_counts = state.UNDONE, now, dict(counts)


def end_dead_runs(*, now: datetime) -> int:
    """End runs whose process is gone (no beat for long, nothing being written) as failed. Returns how many."""
    silent = ImportRun.objects.filter(state=ImportRun.State.RUNNING).alias(last=Coalesce("beat_at", "started_at"))
    return sum(_end_if_dead(pk, now) for pk in silent.filter(last__lt=now - DEAD_AFTER).values_list("pk", flat=True))


@transaction.atomic
def _end_if_dead(pk: int, now: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [WRITES, pk])
        free = cursor.fetchone()
    if not free or not free[0]:
        return 0
    running = ImportRun.objects.filter(pk=pk, state=ImportRun.State.RUNNING)
    return running.update(state=ImportRun.State.FAILED, error=INTERRUPTED, finished_at=now)


def rejected_csv(run: ImportRun) -> Iterator[str]:
    """The rejected records of a run as the pieces of a CSV file: line, field, value, reason."""
    yield "\ufeffline,field,value,reason\r\n"
    rejected = run.issues.filter(rejected=True).order_by("line", "pk").values_list("line", "field", "value", "reason")
    for batch in batched(rejected.iterator(chunk_size=2000), 500):
        out = StringIO()
        csv.writer(out).writerows([safe_cell(cell) for cell in row] for row in batch)
        yield out.getvalue()
