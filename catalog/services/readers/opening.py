"""From a path to the records in it. What a file is, is told by its content, never by its name."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

from catalog.services.readers import marcbook
from catalog.services.readers.found import Found, UnreadableFile, left_out
from catalog.services.readers.marc import BrokenRecord, MarcRecord
from catalog.services.readers.marc21 import A_LEADER, FILLER, read_marc21
from catalog.services.readers.marcxml import read_marcxml
from catalog.services.readers.table import encoding_of, read_table

HEAD = 4096
KINDS = "MARC 21, MARCXML and CSV are read."
SIGNATURES = {
    b"PK\x03\x04": f"This is a spreadsheet workbook or an archive. Save it as CSV; {KINDS}",
    b"\xd0\xcf\x11\xe0": f"This is an old spreadsheet or document. Save it as CSV; {KINDS}",
    b"%PDF": f"This is a PDF. {KINDS}",
    b"\x1f\x8b": f"This file is compressed. Unpack it first; {KINDS}",
}
CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f]")
XML_ENCODING = re.compile(rb"""<\?xml[^>]*encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")


def open_titles(path: Path, *, source: str = "") -> Iterator[Found]:
    """The records of a file, one at a time; the first is read at once.

    `source` names the catalogue; empty: MARC names it in 003, CSV by a `source` column or by its columns. Raises
    UnreadableFile, with a sentence for the person who chose the file, before anything is handed on.
    """
    records = _read(path, source)
    first = next(records, None)
    return records if first is None else chain([first], records)


def _read(path: Path, source: str) -> Iterator[Found]:
    head = _head(path)
    kind = kind_of(head)
    if kind == "marc21":
        with path.open("rb") as stream:
            yield from _books(read_marc21(stream), source)
        return
    encoding = _xml_encoding(head) if kind == "xml" else encoding_of(path)
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


def _head(path: Path) -> bytes:
    """The first bytes of a file that can be read."""
    if path.is_dir():
        raise UnreadableFile(f"{path} is a directory. Name one file.")
    if not path.is_file():
        raise UnreadableFile(f"{path} does not exist or is no ordinary file.")
    try:
        with path.open("rb") as stream:
            head = stream.read(HEAD)
    except OSError as error:
        raise UnreadableFile(f"{path} cannot be opened: {error.strerror}.") from None
    if not head.strip(FILLER + codecs.BOM_UTF8):
        raise UnreadableFile(f"{path} is empty." if len(head) < HEAD else f"{path} holds no text. {KINDS}")
    return head


def kind_of(head: bytes) -> str:
    """marc21, xml or csv. Raises UnreadableFile for anything else."""
    text = _readable(head).lstrip()
    start = text[:200].lower()
    if A_LEADER.match(head.removeprefix(codecs.BOM_UTF8).lstrip(FILLER)) or (
        A_LEADER.search(head) and b"\x1e" in head and b"\x1f" in head
    ):
        return "marc21"
    for signature, message in SIGNATURES.items():
        if head.startswith(signature):
            raise UnreadableFile(message)
    if not head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and CONTROL.search(head):
        raise UnreadableFile(f"This is not a text file. {KINDS}")
    if start.startswith(("<!doctype html", "<html", "<head", "<body")):
        raise UnreadableFile(f"This is a web page. {KINDS}")
    if start.startswith(("{", "[")):
        raise UnreadableFile(f"This looks like JSON. {KINDS}")
    return "xml" if start.startswith("<") else "csv"


def _readable(head: bytes) -> str:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return head[: len(head) // 2 * 2].decode("utf-16", "replace")
    return head.removeprefix(codecs.BOM_UTF8).decode("latin-1")


def _xml_encoding(head: bytes) -> str:
    """What the XML declares, UTF-8 where it declares nothing or something unknown."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    declared = XML_ENCODING.search(head)
    name = declared[1].decode("ascii") if declared else "utf-8"
    try:
        known = codecs.lookup(name).name
        io.TextIOWrapper(io.BytesIO(), encoding=known).close()
    except (LookupError, ValueError):
        return "utf-8-sig"
    return "utf-8-sig" if known in {"utf-8", "ascii"} else known
