"""A file as a table, whatever it is: named columns, and records one at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import BufferedReader, FileIO, TextIOWrapper
from pathlib import Path
from typing import NamedTuple, Protocol

CHUNK = 65_536


class Problem(NamedTuple):
    """A record that cannot be read, and why; the file goes on after it."""

    line: int
    reason: str


# One record: its line (CSV) or place (any other file), and the texts asked for. Plain, since there are millions.
type Row = tuple[int, Sequence[str]]


class Table(Protocol):
    """One file. `header` are the columns of a CSV file, or the dotted names met in the first records of any other."""

    format: str
    header: Sequence[str]

    def rows(self, columns: Sequence[str]) -> Iterator[Row | Problem]:
        """The records from the start, each with the text of these columns; every call reads the file anew.

        In JSON and XML a column is a path (paths.py), and one that a record lacks is empty there.
        """

    def bytes_read(self) -> int:
        """How far the latest reading is in the file."""


class Source:
    """A text file on disk that can be read from its start, and how far the latest reading is."""

    def __init__(self, path: Path, encoding: str) -> None:
        self.path, self.encoding = path, encoding
        self._raw: FileIO | None = None

    def open(self) -> TextIOWrapper:
        """The text from the first character on; letters that cannot be read become marks."""
        self._raw = FileIO(self.path)
        return TextIOWrapper(BufferedReader(self._raw, CHUNK), self.encoding, "replace", newline="")

    def bytes_read(self) -> int:
        """Of the latest reading; the size of the file once it is closed."""
        if self._raw is None:
            return 0
        return self.path.stat().st_size if self._raw.closed else self._raw.tell()
