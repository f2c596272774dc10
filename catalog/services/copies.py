"""Copies from a file of the library system, as commands and the wizard run them (library.services.importing).

A copy is as the newest file says: one that is older than what is known here changes nothing, and one that says the
same only makes the knowledge newer. What a file does not say is as old as the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from catalog.services import copy_steps as steps
from catalog.services.readers.copies import FIELDS, PRESETS, CleanCopy, read_copies, recognise
from library.models import ImportRun
from library.services.audit import write_line
from library.services.importing import Clock, Preview, UndoTooLate, UnreadableFile
from library.services.imports import Issue, beat, ended_by_errors, finish_run, hold_run, one_at_a_time, start_run
from library.services.places import branches_named
from library.services.staging import drop_tables, stage_rows
from library.services.table_imports import check_undo, finish_undo, open_rows, preview_table

WHAT = "copies"
Phase = ImportRun.Phase
NOTHING_READ = "No copy could be read from this file, so none was marked as gone. Check the preset or the columns."
__all__ = ["FIELDS", "PRESETS", "WHAT", "preview_file", "recognise", "run_import", "undo_import"]


def preview_file(*, path: Path, preset: str, mapping: Mapping[str, Any], now: datetime) -> Preview:
    """The first rows of a file as they would come in; nothing is written. Raises UnreadableFile."""
    return preview_table(path=path, preset=preset, mapping=mapping, recognise=recognise, read=read_copies, now=now)


def run_import(*, run: ImportRun, path: Path, clock: Clock) -> ImportRun:
    """Read, compare and write a file of copies. Raises Cancelled and UnreadableFile with the run ended."""

    def made() -> datetime:
        return min(clock(), datetime.fromtimestamp(path.stat().st_mtime, UTC))

    table, items = open_rows(run=run, path=path, recognise=recognise, read=read_copies, clock=made)
    return bring_in(run=run, items=items, clock=clock, read=table.bytes_read)


def bring_in(*, run: ImportRun, items: Iterable[CleanCopy | Issue], clock: Clock, read: Any = int) -> ImportRun:
    """Stage what a reader hands on, then compare and write it in one transaction; a dry run only compares."""
    with ended_by_errors(run, clock), one_at_a_time(WHAT), steps.READ.made():
        start_run(run=run, phase=Phase.READING, now=clock())
        staged = stage_rows(run=run, staging=steps.READ, items=items, columns_of=tuple, read=read, clock=clock)
        beat(run=run, phase=Phase.WRITING, now=clock())
        with transaction.atomic():
            hold_run(run=run)
            full = bool(run.options.get("full"))
            counts = _plan(run, full=full)
            counts["rejected"] += staged.rejected
            if not run.dry_run:
                _write({"run": run.pk}, full=full)
                write_line(what="import.run", thing="import", reference=str(run.pk), by=run.by, now=clock())
            drop_tables(*steps.MADE)
            finish_run(run=run, counts=counts, now=clock())
    return run


@transaction.atomic
def undo_import(*, run: ImportRun, now: datetime) -> Mapping[str, int]:
    """Reverse a run of copies; what a later import changed stays. Raises UndoTooLate."""
    check_undo(run=run, what=WHAT, now=now)
    facts = {"run": run.pk}
    drop_tables("copies_undone")
    with connection.cursor() as cursor:
        cursor.execute(steps.UNDONE, facts)
        cursor.execute(steps.UNDO_COUNTS)
        changes, reversed_, kept, gone = cursor.fetchone()
        if not changes and any(run.counts.get(name) for name in ("created", "updated", "gone")):
            raise UndoTooLate("What this import changed is no longer known.")
        for statement in steps.UNDO:
            cursor.execute(statement, facts)
    drop_tables("copies_undone")
    counts = {"reversed": reversed_, "kept": kept, "gone": gone}
    finish_undo(run=run, counts=counts, now=now)
    return counts


def _plan(run: ImportRun, *, full: bool) -> dict[str, int]:
    """What would become of each row, in the table copies_planned. Raises UnreadableFile."""
    facts = {"run": run.pk}
    drop_tables(*steps.MADE)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '128MB'")
        cursor.execute(f"SELECT DISTINCT branch FROM {steps.READ.table} WHERE branch <> ''")  # noqa: S608  (our own name)
        found = branches_named(said for (said,) in cursor.fetchall())
        cursor.execute(steps.BRANCHES, [list(found), list(found.values())])
        cursor.execute(steps.TITLES)
        cursor.execute(steps.PLANNED)
        for statement in (steps.TELL_CLASHES, steps.TELL_TITLES, steps.TELL_BRANCHES):
            cursor.execute(statement, facts)
        cursor.execute(steps.COUNTS)
        counts = dict(zip(steps.NAMES, cursor.fetchone(), strict=True))
        gone = 0
        if full:
            if not counts["created"] + counts["updated"] + counts["unchanged"]:
                raise UnreadableFile(NOTHING_READ)
            cursor.execute(steps.COUNT_GONE)
            (gone,) = cursor.fetchone()
    return counts | {"gone": gone, "repaired": 0}


def _write(facts: dict[str, int], *, full: bool) -> None:
    statements = [steps.JOURNAL, steps.CREATED, steps.JOURNAL_NEW, steps.UPDATED, steps.SEEN_AGAIN]
    with connection.cursor() as cursor:
        for statement in (*statements, *((steps.JOURNAL_GONE, steps.GONE) if full else ())):
            cursor.execute(statement, facts)
