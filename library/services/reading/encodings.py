"""What a file is, told by its bytes: its first ones, and how its letters are written."""

from __future__ import annotations

import codecs
import io
import re
from pathlib import Path

from library.services.importing import UnreadableFile

HEAD = 4096
CHUNK = 65_536
FILLER = b" \r\n\t\0\x1a"
WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
SIGNATURES = {
    b"PK\x03\x04": "This is a spreadsheet workbook or an archive. Save it as CSV;",
    b"\xd0\xcf\x11\xe0": "This is an old spreadsheet or document. Save it as CSV;",
    b"%PDF": "This is a PDF.",
    b"\x1f\x8b": "This file is compressed. Unpack it first;",
}
CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f]")
XML_ENCODING = re.compile(rb"""<\?xml[^<>]*encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
WEB_PAGE = ("<!doctype html", "<html", "<head", "<body")


def head_of(path: Path, *, kinds: str) -> bytes:
    """The first bytes of a file that can be read; `kinds` says in a sentence what would be. Raises UnreadableFile."""
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
        raise UnreadableFile(f"{path} is empty." if len(head) < HEAD else f"{path} holds no text. {kinds}")
    return head


def kind_of(head: bytes, *, kinds: str) -> str:
    """json, xml or csv. Raises UnreadableFile for anything else."""
    for signature, message in SIGNATURES.items():
        if head.startswith(signature):
            raise UnreadableFile(f"{message} {kinds}")
    if not head.startswith(WIDE) and CONTROL.search(head):
        raise UnreadableFile(f"This is not a text file. {kinds}")
    start = _readable(head).lstrip("\ufeff \r\n\t")[:200].lower()
    if start.startswith(WEB_PAGE):
        raise UnreadableFile(f"This is a web page. {kinds}")
    if start.startswith(("{", "[")):
        return "json"
    return "xml" if start.startswith("<") else "csv"


def _readable(head: bytes) -> str:
    if head.startswith(WIDE):
        return head[: len(head) // 2 * 2].decode("utf-16", "replace")
    return head.removeprefix(codecs.BOM_UTF8).decode("latin-1")


def encoding_of(path: Path) -> str:
    """The encoding of a text file, found by reading it through once: what is not UTF-8 is taken as Windows-1252."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as stream:
        if stream.read(2) in WIDE:
            return "utf-16"
        stream.seek(0)
        try:
            while block := stream.read(CHUNK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "windows-1252"
    return "utf-8-sig"


def xml_encoding(head: bytes) -> str:
    """What the XML declares, UTF-8 where it declares nothing or something unknown."""
    if head.startswith(WIDE):
        return "utf-16"
    declared = XML_ENCODING.search(head)
    name = declared[1].decode("ascii") if declared else "utf-8"
    try:
        known = codecs.lookup(name).name
        io.TextIOWrapper(io.BytesIO(), encoding=known).close()
    except (LookupError, ValueError):
        return "utf-8-sig"
    return "utf-8-sig" if known in {"utf-8", "ascii"} else known
