"""Runs at work: one at a time for the whole house, so that mail and everything else due never waits for an import."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import connection, transaction

from library.models import ImportRun
from library.querysets import ImportRunQuerySet
from library.services.importing import Cancelled, Clock, UndoTooLate, UnreadableFile
from library.services.imports import INTERRUPTED, end_dead_runs, end_run
from relcrm.desk.services.ended_profiles import end_left_profiles
from relcrm.desk.services.importing.registry import importer_of
from relcrm.desk.services.importing.uploads import LOST, file_of, forget_file

# An advisory lock of our own. It belongs to the database session, so it goes with a worker that dies.
AT_WORK = 7_016_304
PATRONS = "patrons"  # such a file may turn somebody into a child, which ends consents
UNDO_LATE = "It is too late to undo this import: what it changed is no longer on record."
UNDO_BROKE = "Undoing stopped ({kind}) and changed nothing. Try again; if it stops again, tell whoever runs Relcrm."

log = logging.getLogger(__name__)
State = ImportRun.State


def run_next(*, clock: Clock) -> bool:
    """Take the run or the undoing that waits longest and do it; False: nothing waits, or another worker is at one."""
    with _alone() as alone:
        if not alone:
            return False
        _end_left_over(clock())
        run = _claim(clock())
        if run:
            _bring_in(run, clock)
            return True
        run = _to_undo().first()
        if run:
            _undo(run, clock)
        return run is not None


def run_all(*, now: datetime) -> int:
    """Everything that waits, one after the other, in this process. Returns how many."""
    done = 0
    while run_next(clock=lambda: now):
        done += 1
    return done


def something_waits() -> bool:
    """Whether a worker should be woken."""
    return ImportRun.objects.waiting().exists() or _to_undo().exists()


def end_left_runs(*, now: datetime) -> int:
    """End runs whose worker died: at once where nobody is at work, after a while those of commands."""
    if not ImportRun.objects.under_way().exists():  # most ticks
        return 0
    with _alone() as alone:
        ended = _end_left_over(now) if alone else 0
    return ended + end_dead_runs(now=now)


def _end_left_over(now: datetime) -> int:
    """While we alone are at work, a run with a file of ours that is still called running has lost its worker."""
    left = list(ImportRun.objects.under_way().exclude(stored_as=""))
    for run in left:
        end_run(run=run, state=State.FAILED, error=INTERRUPTED, now=now)
    return len(left)


@transaction.atomic
def _claim(now: datetime) -> ImportRun | None:
    run = ImportRun.objects.waiting().select_for_update(skip_locked=True).first()
    if run:
        run.state, run.beat_at = State.RUNNING, now
        run.save(update_fields=["state", "beat_at"])
    return run


def _bring_in(run: ImportRun, clock: Clock) -> None:
    path = file_of(run)
    if path is None:
        end_run(run=run, state=State.FAILED, error=LOST, now=clock())
        return
    try:
        importer_of(run.what).run_import(run=run, path=path, clock=clock)
    except (Cancelled, UnreadableFile) as stopped:
        log.info("import %s: %s", run.pk, type(stopped).__name__)
    except Exception as error:
        log.exception("import %s broke", run.pk)
        end_run(run=run, state=State.FAILED, error=f"The import stopped ({type(error).__name__}).", now=clock())
    run.refresh_from_db()
    if run.state == State.DONE and not run.dry_run:
        forget_file(run=run)
        if run.what == PATRONS:
            end_left_profiles(now=clock(), since=run.started_at)


def _to_undo() -> ImportRunQuerySet:
    return ImportRun.objects.filter(state=State.DONE, phase=ImportRun.Phase.UNDOING).order_by("started_at", "pk")


def _undo(run: ImportRun, clock: Clock) -> None:
    """Reverse it; whatever goes wrong, the run is done as it was, and says so."""
    try:
        importer_of(run.what).undo_import(run=run, now=clock())
        return
    except (UndoTooLate, UnreadableFile) as late:  # the second: another import of the kind is at work
        error = str(late) or UNDO_LATE
    except Exception as broke:
        log.exception("undoing import %s broke", run.pk)
        error = UNDO_BROKE.format(kind=type(broke).__name__)
    left = ImportRun.objects.filter(pk=run.pk, state=State.DONE)
    left.update(phase=ImportRun.Phase.WRITING, error=error)


@contextmanager
def _alone() -> Iterator[bool]:
    """Whether no other process is at an import; while this lasts, none begins one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [AT_WORK])
        row = cursor.fetchone()
    got = bool(row and row[0])
    try:
        yield got
    finally:
        if got and connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [AT_WORK])
