"""CSV files: any usual delimiter, UTF-8 with or without a byte order mark, UTF-16, or Windows-1252."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import TextIO

from catalog.services.readers.found import Found, UnreadableFile, clean, left_out
from catalog.services.readers.layout import Layout, book_from, column_name, layout_of

DELIMITERS = ",;\t|"
CHUNK = 65_536
NO_TITLE = "No column holds titles. The first line must name the columns, one of them 'title'. Found: {found}."


def read_table(stream: TextIO, *, source: str) -> Iterator[Found]:
    """The titles of a CSV file in order, and why other rows hold none. Raises UnreadableFile without a title column."""
    first = stream.readline(CHUNK)
    delimiter = max(DELIMITERS, key=first.count)
    stream.seek(0)
    rows = _rows(stream, delimiter)
    _line, header = next(rows, (1, []))
    layout = layout_of(header or [], source=source)
    if layout is None:
        names = ", ".join(clean(name)[:30] for name in (header or [])[:12])
        raise UnreadableFile(NO_TITLE.format(found=names or "nothing"))
    for line, row in rows:
        if row is None:
            yield left_out(line, "A quotation mark opens here and does not close.")
        elif not _blank(row):
            yield _book(row, layout, line)


def _book(row: list[str], layout: Layout, line: int) -> Found:
    if column_name(row[0]) == layout.names[0] and [column_name(cell) for cell in row] == layout.names:
        return left_out(line, "The header line stands here again.")
    return book_from(row, layout, place=line)


def _rows(stream: TextIO, delimiter: str) -> Iterator[tuple[int, list[str] | None]]:
    """The line each row begins on, and the row; None for one the parser gave up, after which it goes on."""
    reader = csv.reader(stream, delimiter=delimiter)
    while True:
        line = reader.line_num + 1
        try:
            yield line, next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield line, None


def _blank(row: list[str]) -> bool:
    return not any(cell.strip() for cell in row)
