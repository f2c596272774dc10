"""From a path to the records in it. What a file is, is told by its content, never by its name."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

from catalog.services.readers import marcbook
from catalog.services.readers.found import Found, UnreadableFile, left_out
from catalog.services.readers.marc import BrokenRecord, MarcRecord
from catalog.services.readers.marc21 import A_LEADER, FILLER, read_marc21
from catalog.services.readers.marcxml import read_marcxml
from catalog.services.readers.table import read_table
from library.services.reading import encodings

KINDS = "MARC 21, MARCXML and CSV are read."


def open_titles(path: Path, *, source: str = "") -> Iterator[Found]:
    """The records of a file, one at a time; the first is read at once.

    `source` names the catalogue; empty: MARC names it in 003, CSV by a `source` column or by its columns. Raises
    UnreadableFile, with a sentence for the person who chose the file, before anything is handed on.
    """
    records = _read(path, source)
    first = next(records, None)
    return records if first is None else chain([first], records)


def _read(path: Path, source: str) -> Iterator[Found]:
    head = encodings.head_of(path, kinds=KINDS)
    kind = kind_of(head)
    if kind == "marc21":
        with path.open("rb") as stream:
            yield from _books(read_marc21(stream), source)
        return
    encoding = encodings.xml_encoding(head) if kind == "xml" else encodings.encoding_of(path)
    with path.open(encoding=encoding, errors="replace", newline="") as text:
        yield from _books(read_marcxml(text), source) if kind == "xml" else read_table(text, source=source)


def _books(records: Iterable[MarcRecord | BrokenRecord], source: str) -> Iterator[Found]:
    place = 0
    for place, record in enumerate(records, 1):
        if isinstance(record, BrokenRecord):
            yield left_out(place, str(record))
        else:
            yield marcbook.book_from(record, place=place, source=source)
    if not place:
        raise UnreadableFile(f"No MARC record was found in this file. {KINDS}")


def kind_of(head: bytes) -> str:
    """marc21, xml or csv. Raises UnreadableFile for anything else."""
    if A_LEADER.match(head.removeprefix(codecs.BOM_UTF8).lstrip(FILLER)) or (
        A_LEADER.search(head) and b"\x1e" in head and b"\x1f" in head
    ):
        return "marc21"
    kind = encodings.kind_of(head, kinds=KINDS)
    if kind == "json":
        raise UnreadableFile(f"This looks like JSON. {KINDS}")
    return kind
