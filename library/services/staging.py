"""Cleaned rows into a temporary table, piece by piece: memory does not grow with the file, and a run shows its beat."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.db import connection

from library.models import ImportRun
from library.services.importing import Clock
from library.services.imports import Issue, add_issues, beat
from relcrm.kit.copying import copy_rows

PIECE = 20_000


@dataclass
class Staged:
    """How many records were read, and how many of them rejected."""

    rows: int = 0
    rejected: int = 0


@dataclass(frozen=True)
class Staging:
    """A temporary table of our own: `columns` name and type, in the order of the rows."""

    table: str
    columns: Sequence[tuple[str, str]]

    @property
    def names(self) -> list[str]:
        return [name for name, _type in self.columns]

    @property
    def texts(self) -> list[str]:
        """Columns that hold an empty text, never NULL."""
        return [name for name, kind in self.columns if kind.startswith("text")]

    @contextmanager
    def made(self) -> Iterator[None]:
        """While this lasts the table is there, new and empty."""
        columns = ", ".join(f"{name} {kind}" for name, kind in self.columns)
        drop_tables(self.table)
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE TEMPORARY TABLE {self.table} ({columns})")
        try:
            yield
        finally:
            # A lost connection, or a transaction that is broken, takes the table with it.
            if not connection.needs_rollback and connection.is_usable():
                drop_tables(self.table)


def drop_tables(*tables: str) -> None:
    """Let go of temporary tables, whether or not they are there."""
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{table}")


def stage_rows[Row](
    *,
    run: ImportRun,
    staging: Staging,
    items: Iterable[Row | Issue],
    columns_of: Callable[[Row], Sequence[Any]],
    read: Callable[[], int] = lambda: 0,
    clock: Clock,
) -> Staged:
    """COPY what a reader hands on; its issues stay with the run. `read` says how many bytes it has taken so far.

    Raises whatever the reader raises, and Cancelled.
    """
    staged, stream = Staged(), iter(items)
    last_rejected = 0
    while True:
        piece = _Piece(stream, columns_of)
        with connection.cursor() as cursor:
            copy_rows(cursor, staging.table, staging.names, piece, texts=staging.texts)
        add_issues(run=run, issues=piece.issues)
        lines = {issue.line for issue in piece.issues if issue.rejected} - {last_rejected}
        staged.rows += piece.rows + len(lines)
        staged.rejected += len(lines)
        last_rejected = max(lines, default=last_rejected)
        if piece.error:
            raise piece.error
        beat(run=run, phase=ImportRun.Phase.READING, rows=staged.rows, bytes_read=read(), now=clock())
        if piece.ended:
            return staged


@dataclass
class _Piece[Row]:
    """The next rows of a stream; issues among them are put aside, and an error until the COPY is over."""

    stream: Iterator[Row | Issue]
    columns_of: Callable[[Row], Sequence[Any]]
    issues: list[Issue] = field(default_factory=list)
    rows: int = 0
    ended: bool = False
    error: Exception | None = None

    def __iter__(self) -> Iterator[Sequence[Any]]:
        taken = 0
        try:
            for item in islice(self.stream, PIECE):
                taken += 1
                if isinstance(item, Issue):
                    self.issues.append(item)
                else:
                    self.rows += 1
                    yield self.columns_of(item)
        except Exception as error:  # noqa: BLE001  (the driver would put its own in its place; it is raised later)
            self.error = error
        self.ended = taken < PIECE
