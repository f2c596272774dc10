"""Rows into a table by COPY: streamed, so that memory does not grow with the file."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from itertools import batched
from typing import Any

BATCH = 2000
NOTHING = "\\N"


class RowStream:
    """A file made of rows, as the database driver reads it: CSV lines, None as an unquoted \\N."""

    def __init__(self, rows: Iterable[Sequence[Any]], *, plain: bool = False) -> None:
        self._blocks = _plain_blocks(rows) if plain else _blocks(rows)
        self._rest = ""

    def read(self, size: int = -1) -> str:
        """At least one block; whatever `size` says, a block comes whole or in pieces of that size."""
        if not self._rest:
            self._rest = next(self._blocks, "")
        if size < 0 or len(self._rest) <= size:
            block, self._rest = self._rest, ""
            return block
        block, self._rest = self._rest[:size], self._rest[size:]
        return block


def copy_rows(
    cursor: Any, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], *, texts: Sequence[str] = ()
) -> None:
    """COPY rows into a table. Values are what `str()` makes of them; None becomes NULL, and text '\\N' does too.

    With `texts`, the columns that are never NULL, rows go through as they are, which is quicker: nothing and None are
    empty text in those columns, NULL in all others, and '\\N' is text like any other.

    `table` and `columns` are names from our own code, never from a file.
    """
    if texts:
        statement = (
            f"COPY {table} ({', '.join(columns)}) FROM STDIN WITH (FORMAT csv, FORCE_NOT_NULL ({', '.join(texts)}))"
        )
        cursor.copy_expert(statement, RowStream(rows, plain=True))
        return
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN WITH (FORMAT csv, NULL '{NOTHING}')"
    # Django's wrapper hands the call on to the driver's own cursor.
    cursor.copy_expert(statement, RowStream(rows))


def _plain_blocks(rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    for batch in batched(rows, BATCH):
        out = StringIO()
        csv.writer(out, lineterminator="\n").writerows(batch)
        yield out.getvalue()


def _blocks(rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    for batch in batched(rows, BATCH):
        out = StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerows([NOTHING if value is None else value for value in row] for row in batch)
        yield out.getvalue()
