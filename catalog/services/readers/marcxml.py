"""MARCXML: a collection, one record, or records wrapped in OAI-PMH; with or without a namespace.

The file is cut at its innermost `record` elements and each is parsed by itself. So a record that is not well formed
costs only itself, memory is bounded by one record, and nothing a document type could declare (entities, files, other
hosts) ever reaches a parser; a file that declares entities is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TextIO
from xml.parsers import expat

from catalog.services.readers.found import UnreadableFile
from catalog.services.readers.marc import BrokenRecord, MarcField, MarcRecord

CHUNK, LONGEST = 65_536, 4_000_000
START = re.compile(r"<(?:[\w.-]+:)?record(?=[\s>])")
END = re.compile(r"</(?:[\w.-]+:)?record\s*>")
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
ENTITIES = "This XML file declares entities of its own. Such files are not read; save it without a document type."


def read_marcxml(stream: TextIO) -> Iterator[MarcRecord | BrokenRecord]:
    """The records in order; one that cannot be read comes as the error that says why."""
    for text in split_records(stream):
        try:
            record = parse_record(text)
        except BrokenRecord as broken:
            yield broken
            continue
        if record is not None:
            yield record


def split_records(stream: TextIO) -> Iterator[str]:
    """The text of each innermost `record` element; what lies between them is passed over."""
    rest, begun = "", False
    while block := stream.read(CHUNK):
        rest = COMMENT.sub("", rest + block)
        if not begun and "<!ENTITY" in rest:
            raise UnreadableFile(ENTITIES)
        ready, opened, held = rest.partition("<!--")  # what follows may be inside a comment that has not ended yet
        while end := END.search(ready):
            begun = True
            yield from _innermost(ready[: end.end()])
            ready = ready[end.end() :]
        rest = ready + opened + held
        if len(rest) > LONGEST:
            yield from _innermost(rest)
            rest = ""
    yield from _innermost(rest)


def _innermost(text: str) -> Iterator[str]:
    """From the last start of a record on; nothing when no record starts here."""
    starts = list(START.finditer(text))
    if starts:
        yield text[starts[-1].start() :]


class _Builder:
    """Collects what expat reports of one record."""

    def __init__(self) -> None:
        self.leader, self.text = "", ""
        self.control: dict[str, str] = {}
        self.fields: list[MarcField] = []
        self.open: tuple[str, str, str] = ("", " ", " ")
        self.subfields: list[tuple[str, str]] = []
        self.attributes: dict[str, str] = {}
        self.is_marc = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.text, self.attributes = "", attributes
        if name.rpartition(":")[2] == "datafield":
            self.open = (attributes.get("tag", ""), attributes.get("ind1", " "), attributes.get("ind2", " "))
            self.subfields = []

    def words(self, text: str) -> None:
        self.text += text

    def end(self, name: str) -> None:
        match name.rpartition(":")[2]:
            case "leader":
                self.leader, self.is_marc = self.text, True
            case "controlfield":
                self.control.setdefault(self.attributes.get("tag", "").strip(), self.text)
                self.is_marc = True
            case "subfield":
                self.subfields.append((self.attributes.get("code", "")[:1], self.text))
            case "datafield":
                self.fields.append(MarcField(*self.open, tuple(self.subfields)))
                self.is_marc = True
        self.text = ""


def parse_record(text: str) -> MarcRecord | None:
    """A record from its XML; None for a `record` of another vocabulary. Raises BrokenRecord."""
    builder = _Builder()
    parser = expat.ParserCreate()
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.words
    try:
        parser.Parse(text, True)
    except (expat.ExpatError, UnicodeEncodeError) as error:
        raise BrokenRecord(f"The XML of the record is not well formed: {error}.") from None
    if not builder.is_marc:
        return None
    replaced = "\ufffd" in text
    return MarcRecord(builder.leader, builder.control, tuple(builder.fields), replaced)
