"""What importers of tables (loans, interactions, copies) do alike around their own work."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from library.models import ImportRun
from library.services.audit import write_line
from library.services.importing import Clock, Preview, UndoTooLate
from library.services.imports import Issue, close_undone, ended_by_errors, hold_run
from library.services.reading.opening import open_table
from library.services.reading.table import Table
from library.services.settings import current_settings

PREVIEWED = 20


class Reader[Row](Protocol):
    """What turns a table into clean rows and issues, e.g. read_loans."""

    def __call__(
        self, source: Table | Path, *, preset: str, mapping: Mapping[str, Any] | None, now: datetime
    ) -> Iterator[Row | Issue]: ...


def preview_table[Row: NamedTuple](
    *,
    path: Path,
    preset: str,
    mapping: Mapping[str, Any],
    recognise: Callable[[Any], str],
    read: Reader[Row],
    now: datetime,
) -> Preview:
    """The first rows of a file as they would come in; nothing is written. Raises UnreadableFile."""
    table = open_table(path)
    known = preset or recognise(table.header)
    if not known and not mapping:
        return Preview(preset="", header=table.header)
    rows: list[Mapping[str, Any]] = []
    issues: list[Issue] = []
    for one in read(table, preset=known, mapping=mapping, now=now):
        if isinstance(one, Issue):
            issues.append(one)
        else:
            rows.append(one._asdict())
        if len({row["line"] for row in rows} | {issue.line for issue in issues if issue.rejected}) >= PREVIEWED:
            break
    return Preview(preset=known, header=table.header, rows=rows, issues=issues)


def open_rows[Row](
    *, run: ImportRun, path: Path, recognise: Callable[[Any], str], read: Reader[Row], clock: Clock
) -> tuple[Table, Iterator[Row | Issue]]:
    """The table of a run and its clean rows; the run keeps the preset that was recognised. An error ends the run."""
    with ended_by_errors(run, clock):
        table = open_table(path)
        if not run.mapping and not run.preset:
            run.preset = recognise(table.header)
            run.save(update_fields=["preset"])
        return table, read(table, preset=run.preset, mapping=run.mapping, now=clock())


def check_undo(*, run: ImportRun, what: str, now: datetime) -> None:
    """First thing in the transaction that undoes a run. Raises UndoTooLate."""
    hold_run(run=run)
    run.refresh_from_db()
    if run.what != what or run.dry_run or run.state != ImportRun.State.DONE:
        raise UndoTooLate(f"Only an import of {what} that was written and not undone yet can be undone.")
    days = current_settings().keep_undo_days
    if (run.finished_at or run.started_at) + timedelta(days=days) < now:
        raise UndoTooLate(f"An import can be undone for {days} days; what was here before is no longer kept.")


def finish_undo(*, run: ImportRun, counts: Mapping[str, int], now: datetime) -> None:
    """Last thing in that transaction."""
    close_undone(run=run, counts=counts, now=now)
    write_line(what="import.undone", thing="import", reference=str(run.pk), by=run.by, now=now)
