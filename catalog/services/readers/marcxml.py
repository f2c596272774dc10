"""MARCXML: a collection, one record, or records wrapped in OAI-PMH; with or without a namespace.

The file is cut at its innermost `record` elements and each is parsed by itself. So a record that is not well formed
costs only itself, memory is bounded by one record, and nothing a document type could declare (entities, files, other
hosts) ever reaches a parser; a file that declares entities is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TextIO
from xml.parsers import expat

from catalog.services.readers.marc import BrokenRecord, MarcField, MarcRecord
from library.services.reading.elements import split_elements


def read_marcxml(stream: TextIO) -> Iterator[MarcRecord | BrokenRecord]:
    """The records in order; one that cannot be read comes as the error that says why."""
    for text in split_elements(stream, "record"):
        try:
            record = parse_record(text)
        except BrokenRecord as broken:
            yield broken
            continue
        if record is not None:
            yield record


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
