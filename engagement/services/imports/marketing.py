"""Likes, shares and sign-ups from a file, as commands and the wizard run them. In aggregate only: never about a person.

A number that is here already is replaced by a newer file's; undoing that import puts the one before it back.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from engagement.models import MarketingNumber
from engagement.services.changed_months import imported_on, note_changed_months, taken_back_on
from engagement.services.imports.marketing_rows import FIELDS, KIND, read_numbers, recognise
from engagement.services.imports.resolving import drop_resolved, resolve_branches
from library.models import ImportRun
from library.services.audit import write_line
from library.services.importing import Clock, Preview
from library.services.imports import beat, ended_by_errors, finish_run, hold_run, one_at_a_time, start_run
from library.services.staging import Staging, drop_tables, stage_rows
from library.services.table_imports import check_undo, finish_undo, open_rows, preview_table

WHAT = "marketing"
PRESETS: Mapping[str, str] = {name: preset.label for name, preset in KIND.presets.items()}
Phase = ImportRun.Phase
__all__ = ["FIELDS", "PRESETS", "WHAT", "preview_file", "recognise", "run_import", "undo_import"]

READ = Staging(
    "marketing_read",
    (
        ("line", "integer"),
        ("channel", "text"),
        ("campaign", "text"),
        ("day", "date"),
        ("measure", "text"),
        ("branch", "text"),
        ("value", "integer"),
    ),
)
MADE = "marketing_planned"
# The last row of a file wins where it says a number twice.
PLANNED = """
CREATE TEMPORARY TABLE marketing_planned AS
SELECT DISTINCT ON (channel, campaign, measure, day, place.branch_id) row.channel, row.campaign, row.measure, row.day,
    place.branch_id, row.value, known.id AS known, known.value AS before
FROM marketing_read AS row
LEFT JOIN said_branches AS place ON place.said = row.branch
LEFT JOIN engagement_marketingnumber AS known ON (known.channel, known.campaign, known.measure, known.day)
    = (row.channel, row.campaign, row.measure, row.day) AND known.branch_id IS NOT DISTINCT FROM place.branch_id
ORDER BY channel, campaign, measure, day, place.branch_id, line DESC
"""
COUNTS = """
SELECT count(*) FILTER (WHERE known IS NULL), count(*) FILTER (WHERE before <> value),
    count(*) FILTER (WHERE before = value) FROM marketing_planned
"""
CREATE = """
INSERT INTO engagement_marketingnumber (channel, campaign, measure, day, branch_id, value, import_run)
SELECT channel, campaign, measure, day, branch_id, value, %(run)s FROM marketing_planned WHERE known IS NULL
"""
REPLACE = """
UPDATE engagement_marketingnumber AS number
SET value = planned.value, replaced = number.value, import_run = %(run)s
FROM marketing_planned AS planned WHERE planned.known = number.id AND planned.before <> planned.value
"""
PUT_BACK = """
UPDATE engagement_marketingnumber SET value = replaced, replaced = NULL, import_run = NULL
WHERE import_run = %(run)s AND replaced IS NOT NULL
"""


def preview_file(*, path: Path, preset: str, mapping: Mapping[str, Any], now: datetime) -> Preview:
    """The first rows of a file as they would come in; nothing is written. Raises UnreadableFile."""
    return preview_table(path=path, preset=preset, mapping=mapping, recognise=recognise, read=read_numbers, now=now)


def run_import(*, run: ImportRun, path: Path, clock: Clock) -> ImportRun:
    """Read and write a file of numbers. Raises Cancelled and UnreadableFile with the run ended."""
    table, items = open_rows(run=run, path=path, recognise=recognise, read=read_numbers, clock=clock)
    with ended_by_errors(run, clock), one_at_a_time(WHAT), READ.made():
        start_run(run=run, phase=Phase.READING, now=clock())
        staged = stage_rows(run=run, staging=READ, items=items, columns_of=tuple, read=table.bytes_read, clock=clock)
        beat(run=run, phase=Phase.WRITING, now=clock())
        with transaction.atomic():
            hold_run(run=run)
            counts = _write(run) | {"rejected": staged.rejected}
            if not run.dry_run:
                _note_months(run, imported_on(clock()), clock())
                write_line(what="import.run", thing="import", reference=str(run.pk), by=run.by, now=clock())
            finish_run(run=run, counts=counts, now=clock())
    return run


@transaction.atomic
def undo_import(*, run: ImportRun, now: datetime) -> Mapping[str, int]:
    """Take the numbers of a run out again; those it replaced are as they were before. Raises UndoTooLate."""
    check_undo(run=run, what=WHAT, now=now)
    _note_months(run, taken_back_on(now), now)
    with connection.cursor() as cursor:
        cursor.execute(PUT_BACK, {"run": run.pk})
        reversed_ = cursor.rowcount
    reversed_ += MarketingNumber.objects.filter(import_run=run.pk).delete()[0]
    expected = int(run.counts.get("created", 0)) + int(run.counts.get("updated", 0))
    counts = {"reversed": reversed_, "kept": expected - reversed_, "gone": 0}
    finish_undo(run=run, counts=counts, now=now)
    return counts


def _note_months(run: ImportRun, because: str, now: datetime) -> None:
    days = MarketingNumber.objects.filter(import_run=run.pk).values_list("day", flat=True).distinct()
    note_changed_months(days=days, because=because, now=now)


def _write(run: ImportRun) -> dict[str, int]:
    """What becomes of each number; written unless it is a dry run."""
    drop_tables(MADE)
    drop_resolved()
    resolve_branches(run=run, table=READ.table)
    with connection.cursor() as cursor:
        cursor.execute(PLANNED)
        cursor.execute(COUNTS)
        created, updated, unchanged = cursor.fetchone()
        for statement in () if run.dry_run else (CREATE, REPLACE):
            cursor.execute(statement, {"run": run.pk})
    drop_tables(MADE)
    drop_resolved()
    return {"created": created, "updated": updated, "unchanged": unchanged, "gone": 0, "repaired": 0, "ambiguous": 0}
