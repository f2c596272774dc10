"""Titles from a file, as the wizard and the command run them (library.services.importing): all of them or none.

What is read is put aside in a file without a name until all of it is there; then it is stored in one transaction.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import batched, islice
from pathlib import Path
from typing import IO, Any

from django.db import transaction

from catalog.models import CatalogChange
from catalog.services.imports import BATCH, TitleCounts, import_batch, numbers_met
from catalog.services.readers.found import Found, as_line, from_line
from catalog.services.readers.opening import open_titles
from catalog.services.title_journal import reverse_titles
from library.models import ImportRun
from library.services.audit import write_line
from library.services.importing import Clock, Field, Preview, UndoTooLate
from library.services.imports import (
    Issue,
    add_issues,
    beat,
    ended_by_errors,
    finish_run,
    hold_run,
    one_at_a_time,
    start_run,
    stop_if_asked,
)
from library.services.table_imports import PREVIEWED, check_undo, finish_undo

WHAT = "titles"
# The columns of a CSV file and the fields of MARC are known by name: there is nothing to map.
FIELDS: Sequence[Field] = ()
PRESETS: Mapping[str, str] = {"titles": "MARC 21, MARCXML or CSV (told by its content)"}
Phase = ImportRun.Phase
Show = Callable[[Sequence[Issue]], None]


def preview_file(*, path: Path, preset: str, mapping: Mapping[str, Any], now: datetime) -> Preview:
    """The first titles of a file as they would come in; nothing is written. Raises UnreadableFile."""
    found = list(islice(open_titles(path, source=_source(mapping)), PREVIEWED))
    rows = [
        {"line": one.place}
        | {name: getattr(one.title, name) for name in ("source_key", "name", "authors", "year", "isbns", "audience")}
        for one in found
        if one.title
    ]
    issues = [issue for one in found for issue in one.issues]
    return Preview(preset="titles", header=list(rows[0]) if rows else [], rows=rows, issues=issues)


def run_import(*, run: ImportRun, path: Path, clock: Clock, show: Show = lambda issues: None) -> ImportRun:
    """Read and store a file of titles. Raises Cancelled and UnreadableFile with the run ended."""
    with ended_by_errors(run, clock):
        records = open_titles(path, source=_source(run.options))
    return bring_in(run=run, records=records, clock=clock, show=show)


def bring_in(*, run: ImportRun, records: Iterable[Found], clock: Clock, show: Show = lambda issues: None) -> ImportRun:
    """Put records aside, then store them in one transaction; a dry run stores nothing but counts and issues."""
    counts = TitleCounts()
    with ended_by_errors(run, clock), one_at_a_time(WHAT), tempfile.TemporaryFile() as aside:
        start_run(run=run, phase=Phase.READING, now=clock())
        _put_aside(run, records, aside, clock)
        beat(run=run, phase=Phase.WRITING, now=clock())
        with transaction.atomic(), numbers_met():
            hold_run(run=run)
            for batch in _batches(aside):
                stop_if_asked(run=run)
                issues = import_batch(batch, counts, run=run, dry_run=run.dry_run)
                add_issues(run=run, issues=issues)
                show(issues)
            if not run.dry_run:
                write_line(what="import.run", thing="import", reference=str(run.pk), by=run.by, now=clock())
            finish_run(run=run, counts=counts.as_dict(), now=clock())
    return run


@transaction.atomic
def undo_import(*, run: ImportRun, now: datetime) -> Mapping[str, int]:
    """Reverse a run of titles; what was changed or used since stays. Raises UndoTooLate."""
    check_undo(run=run, what=WHAT, now=now)
    if not CatalogChange.objects.filter(run=run).exists() and (run.counts.get("created") or run.counts.get("updated")):
        raise UndoTooLate("What this import changed is no longer known.")
    counts = reverse_titles(run=run)
    finish_undo(run=run, counts=counts, now=now)
    return counts


def _source(facts: Mapping[str, Any]) -> str:
    return str(facts.get("source") or "")[:40]


def _put_aside(run: ImportRun, records: Iterable[Found], aside: IO[bytes], clock: Clock) -> None:
    rows = 0
    for batch in batched(records, BATCH):
        rows += len(batch)
        aside.writelines(as_line(found).encode() for found in batch)
        beat(run=run, phase=Phase.READING, rows=rows, now=clock())
    aside.seek(0)


def _batches(aside: IO[bytes]) -> Iterator[Sequence[Found]]:
    return batched(map(from_line, aside), BATCH)
