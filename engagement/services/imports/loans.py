"""Loans from a file of the library system, as commands and the wizard run them (library.services.importing)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from engagement.services.imports.applying import apply_loans
from engagement.services.imports.planning import READ, forget_plan, plan_loans
from engagement.services.imports.rows import CleanLoan
from engagement.services.imports.sources import FIELDS, PRESETS, read_loans, recognise
from engagement.services.imports.undoing import undo_loans
from engagement.services.lines import digest_source, source_keys
from library.models import ImportRun
from library.services.audit import write_line
from library.services.importing import Clock, Preview
from library.services.imports import Issue, beat, ended_by_errors, finish_run, hold_run, one_at_a_time, start_run
from library.services.staging import stage_rows
from library.services.table_imports import check_undo, finish_undo, open_rows, preview_table

WHAT = "loans"
Phase = ImportRun.Phase
__all__ = ["FIELDS", "PRESETS", "WHAT", "bring_in", "preview_file", "recognise", "run_import", "undo_import"]


def preview_file(*, path: Path, preset: str, mapping: Mapping[str, Any], now: datetime) -> Preview:
    """The first rows of a file as they would come in; nothing is written. Raises UnreadableFile."""
    return preview_table(path=path, preset=preset, mapping=mapping, recognise=recognise, read=read_loans, now=now)


def run_import(*, run: ImportRun, path: Path, clock: Clock) -> ImportRun:
    """Read, compare and write a file of loans. Raises Cancelled and UnreadableFile with the run ended."""
    table, items = open_rows(run=run, path=path, recognise=recognise, read=read_loans, clock=clock)
    return bring_in(run=run, items=items, clock=clock, read=table.bytes_read)


def bring_in(
    *, run: ImportRun, items: Iterable[CleanLoan | Issue], clock: Clock, read: Callable[[], int] = lambda: 0
) -> ImportRun:
    """Stage what a reader of loans hands on, then compare and write it in one transaction; a dry run only compares."""
    with ended_by_errors(run, clock), one_at_a_time(WHAT), READ.made(), _plan_forgotten():
        start_run(run=run, phase=Phase.READING, now=clock())
        staged = stage_rows(run=run, staging=READ, items=items, columns_of=_columns(), read=read, clock=clock)
        beat(run=run, phase=Phase.WRITING, now=clock())
        with transaction.atomic():
            hold_run(run=run)
            now = clock()
            counts = plan_loans(run=run, now=now)
            counts["rejected"] += staged.rejected
            if not run.dry_run:
                apply_loans(run=run, counts=counts, now=now)
                write_line(what="import.run", thing="import", reference=str(run.pk), by=run.by, now=now)
            finish_run(run=run, counts=counts, now=clock())
    return run


@transaction.atomic
def undo_import(*, run: ImportRun, now: datetime) -> Mapping[str, int]:
    """Reverse a run of loans. Raises UndoTooLate."""
    check_undo(run=run, what=WHAT, now=now)
    counts = undo_loans(run=run, now=now)
    finish_undo(run=run, counts=counts, now=now)
    return counts


def _columns() -> Callable[[CleanLoan], Sequence[Any]]:
    """A row as the staging table takes it: its number becomes the keyed digest the ledger knows it by."""
    digest, fallbacks = digest_source(), bool(settings.SECRET_KEY_FALLBACKS)

    def columns_of(row: CleanLoan) -> Sequence[Any]:
        source = f"loan:{row.loan_id}"
        older = " ".join(source_keys(source)[1:]) if fallbacks else ""
        return (row.line, digest(source), older, *row[2:])

    return columns_of


@contextmanager
def _plan_forgotten() -> Iterator[None]:
    forget_plan()
    try:
        yield
    finally:
        if not connection.needs_rollback and connection.is_usable():
            forget_plan()
