"""CSV files as library systems and spreadsheets write them: any usual delimiter, and rows that are damaged.

A quotation mark that never closes would swallow the rest of the file. Here its row is reported, and the lines it had
swallowed are read again by themselves. No row holds more than LONGEST characters, whatever the file does.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterator, Sequence
from functools import partial
from operator import itemgetter
from typing import Any, TextIO

from library.services.importing import UnreadableFile
from library.services.reading.table import Problem, Row, Source
from library.services.reading.words import clean

DELIMITERS = ",;\t|"
LONGEST = 1_000_000
REPLAYED = 8_000_000  # so many characters are read again; after that the lines of a damaged row are passed over
QUOTED = re.compile(r'"[^"]*"')
NAMED_DELIMITER = re.compile(r"sep=(.)\r?\n?", re.IGNORECASE)
NOT_CLOSED = "A quotation mark opens here and does not close."
TOO_LONG = f"The row is longer than {LONGEST:,} characters."
HEADER_AGAIN = "The header line stands here again."


class CsvTable:
    """A CSV file; its first row names the columns. Raises UnreadableFile without a header."""

    format = "csv"

    def __init__(self, source: Source) -> None:
        self._source = source
        self.bytes_read = source.bytes_read
        with source.open() as stream:
            first = next(parse_rows(stream), None)
        if first is None or isinstance(first[1], str) or not any(map(clean, first[1])):
            raise UnreadableFile("The first line of this file names no columns. Add a line with their names.")
        self.header: Sequence[str] = tuple(map(clean, first[1]))
        self._raw_header = first[1]

    def rows(self, columns: Sequence[str]) -> Iterator[Row | Problem]:
        places = [self.header.index(name) for name in columns]
        width, last, pick = len(self.header), max(places, default=0), _picker(places)
        with self._source.open() as stream:
            parsed = parse_rows(stream)
            next(parsed)
            for line, row in parsed:
                if type(row) is str:
                    yield Problem(line, row)
                elif len(row) == width and row != self._raw_header:
                    if any(row):
                        yield line, pick(row)
                elif row == self._raw_header:
                    yield Problem(line, HEADER_AGAIN)
                elif any(map(str.strip, row)):
                    fits = last < len(row) and not any(map(str.strip, row[width:]))
                    yield (line, pick(row)) if fits else Problem(line, _width(row, width))


def _picker(places: Sequence[int]) -> Any:
    match places:
        case []:
            return lambda row: ()
        case [place]:
            return lambda row: (row[place],)
    return itemgetter(*places)


def _width(row: Sequence[str], width: int) -> str:
    return f"The row has {len(row)} columns, the header {width}."


class _Begun:
    """The lines of the row that is being read."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.ended = False  # the file ended inside the row


class _TooLong(Exception):
    pass


def parse_rows(stream: TextIO) -> Iterator[tuple[int, list[str] | str]]:
    """The line each row begins on (the first is 1), and the row, or why it cannot be read. Empty lines are []."""
    held: deque[str] = deque()
    delimiter, base = _delimiter(stream, held)
    width, replayed = 0, 0
    while True:
        begun = _Begun()
        parser = csv.reader(_feed(stream, held, begun), delimiter=delimiter)
        while True:
            begun.lines.clear()
            line = base + parser.line_num + 1
            try:
                row = next(parser)
            except StopIteration:
                return
            except _TooLong:
                reason = TOO_LONG
                break
            except csv.Error:
                reason = NOT_CLOSED
                break
            if len(begun.lines) > 1 and not _is_sound(begun, width, delimiter):
                reason = NOT_CLOSED
                break
            width = width or len(row)
            yield line, row
        yield line, reason
        replayed += sum(map(len, begun.lines))
        again = begun.lines[1:] if replayed < REPLAYED else []
        base = line + len(begun.lines) - len(again) - 1
        held.extendleft(reversed(again))


def _is_sound(begun: _Begun, width: int, delimiter: str) -> bool:
    """Whether a row over several lines is one: its quotation marks close, at the end of a cell, and its width is right.

    Where a mark is left open, the next one, lines further on, closes it in the middle of some other cell.
    """
    try:
        row = next(csv.reader(begun.lines, delimiter=delimiter, strict=True))
    except csv.Error:
        return False
    return not begun.ended and len(row) == (width or len(row))


def _feed(stream: TextIO, held: deque[str], begun: _Begun) -> Iterator[str]:
    """Lines to parse: first those held back, then the stream's; each is noted with the row that it belongs to."""
    lines, length = begun.lines, 0
    while held:
        lines.append(held.popleft())
        yield lines[-1]
    for line in iter(partial(stream.readline, LONGEST), ""):
        length = length + len(line) if lines else len(line)
        lines.append(line)
        if length >= LONGEST:
            _pass_over(stream, line)
            raise _TooLong
        yield line
    begun.ended = True


def _pass_over(stream: TextIO, line: str) -> None:
    while line and not line.endswith(("\n", "\r")):
        line = stream.readline(LONGEST)


def _delimiter(stream: TextIO, held: deque[str]) -> tuple[str, int]:
    """The delimiter, and how many lines stand before the header: a spreadsheet may name it in a line `sep=;`."""
    first = stream.readline(LONGEST)
    named = NAMED_DELIMITER.fullmatch(first)
    if named:
        return named[1], 1
    held.append(first)
    bare = QUOTED.sub("", first)
    return max(DELIMITERS, key=bare.count), 0
