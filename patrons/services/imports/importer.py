"""Importing patrons, as commands and the wizard run it (library.services.importing.Importer)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from library.models import ImportRun
from library.services.importing import Clock, Preview
from library.services.imports import Issue, ended_by_errors
from library.services.reading.opening import open_table
from library.services.settings import current_settings
from patrons.services.imports.presets import FIELDS
from patrons.services.imports.running import run_rows
from patrons.services.imports.sources import PRESETS, read_patrons, recognise
from patrons.services.imports.undoing import undo_run

WHAT = "patrons"
PREVIEWED = 20
__all__ = ["FIELDS", "PRESETS", "WHAT", "preview_file", "run_import", "undo_import"]


def preview_file(*, path: Path, preset: str, mapping: Mapping[str, Any], now: datetime) -> Preview:
    """The first rows of a file as they would come in; nothing is written. Raises UnreadableFile."""
    table = open_table(path)
    known = preset or recognise(table.header)
    if not known and not mapping:
        return Preview(preset="", header=table.header)
    rows: list[Mapping[str, Any]] = []
    issues: list[Issue] = []
    child_until = current_settings().child_until
    for one in read_patrons(table, preset=known, mapping=mapping, child_until=child_until, now=now):
        if isinstance(one, Issue):
            issues.append(one)
        else:
            rows.append(one._asdict())
        if len({row["line"] for row in rows} | {issue.line for issue in issues if issue.rejected}) >= PREVIEWED:
            break
    return Preview(preset=known, header=table.header, rows=rows, issues=issues)


def run_import(*, run: ImportRun, path: Path, clock: Clock) -> ImportRun:
    """Read, compare and write a file of patrons. Raises Cancelled and UnreadableFile with the run ended."""
    with ended_by_errors(run, clock):
        table = open_table(path)
        if not run.mapping and not run.preset:
            run.preset = recognise(table.header)
            run.save(update_fields=["preset"])
        child_until = current_settings().child_until
        found = read_patrons(table, preset=run.preset, mapping=run.mapping, child_until=child_until, now=clock())
    return run_rows(run=run, found=found, clock=clock, place=table.bytes_read)


def undo_import(*, run: ImportRun, now: datetime) -> Mapping[str, int]:
    """Reverse a run: {'reversed', 'kept', 'gone'}. Raises UndoTooLate."""
    return undo_run(run=run, now=now)
