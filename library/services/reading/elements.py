"""XML files: any element that comes again and again is a record; namespaces do not matter.

The file is cut at its innermost record elements and each is parsed by itself. So a record that is not well formed
costs only itself, memory is bounded by one record, and nothing a document type could declare (entities, files, other
hosts) ever reaches a parser; a file that declares entities is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, TextIO
from xml.parsers import expat

from library.services.importing import UnreadableFile
from library.services.reading.paths import getter_for, names_in
from library.services.reading.table import CHUNK, Problem, Row, Source

LONGEST = 4_000_000
DEEPEST = 40
TAG = re.compile(r"<(/?)(?:[\w.-]+:)?([\w.-]+)")
RECORDS = {"user", "patron", "borrower", "member", "record", "row", "item", "loan", "item_loan", "checkout"}
RECORDS |= {"circulation", "entry", "hold", "visit", "interaction"}
ENTITIES = "This XML file declares entities of its own. Such files are not read; save it without a document type."
NO_RECORD = "This file looks like XML, but there is no record in it."
NOT_WELL_FORMED = "The XML of the record is not well formed: {error}."
TOO_DEEP = "The XML of the record is nested too deeply."


class XmlTable:
    """An XML file. Raises UnreadableFile where no record can be read."""

    format = "xml"

    def __init__(self, source: Source) -> None:
        self._source = source
        self.bytes_read = source.bytes_read
        with source.open() as stream:
            self._name = record_name(without_comments(stream.read(CHUNK)))
        with source.open() as stream:
            self.header: Sequence[str] = names_in(r for r in self._records(stream) if isinstance(r, dict))
        if not self.header:
            raise UnreadableFile(NO_RECORD)

    def rows(self, columns: Sequence[str]) -> Iterator[Row | Problem]:
        getters = [getter_for(column) for column in columns]
        with self._source.open() as stream:
            for place, record in enumerate(self._records(stream), 1):
                if isinstance(record, str):
                    yield Problem(place, record)
                else:
                    yield place, tuple([get(record) for get in getters])

    def _records(self, stream: TextIO) -> Iterator[dict[str, Any] | str]:
        for text in split_elements(stream, self._name):
            try:
                record = parse_element(text)
            except expat.ExpatError as error:
                yield NOT_WELL_FORMED.format(error=error)
            except (UnicodeEncodeError, RecursionError):
                yield TOO_DEEP
            else:
                yield record if isinstance(record, dict) else {"": record}


def record_name(text: str) -> str:
    """The element that is a record: the first of a known name, else the second of the file, or the root itself."""
    if "<!ENTITY" in text:
        raise UnreadableFile(ENTITIES)
    tags = TAG.findall(text)
    opened = [str(name) for slash, name in tags if not slash]
    if known := [name for name in opened if name.lower() in RECORDS]:
        return known[0]
    if opened:
        has_inner = len(opened) > 2 and not tags[2][0]  # noqa: PLR2004 (root, child, and a child of that)
        return opened[1] if has_inner else opened[0]
    raise UnreadableFile(NO_RECORD)


def split_elements(stream: TextIO, name: str) -> Iterator[str]:
    """The text of each innermost element of this name; what lies between them is passed over."""
    start = re.compile(rf"<(?:[\w.-]+:)?{re.escape(name)}(?=[\s>])")
    end = re.compile(rf"</(?:[\w.-]+:)?{re.escape(name)}\s*>")
    rest, begun = "", False
    while block := stream.read(CHUNK):
        rest = without_comments(rest + block)
        if not begun and "<!ENTITY" in rest:
            raise UnreadableFile(ENTITIES)
        ready, opened, held = rest.partition("<!--")  # what follows may be inside a comment that has not ended yet
        while found := end.search(ready):
            begun = True
            yield from _innermost(ready[: found.end()], start)
            ready = ready[found.end() :]
        rest = ready + opened + held
        if len(rest) > LONGEST:
            yield from _innermost(rest, start)
            rest = ""
    yield from _innermost(rest, start)


def without_comments(text: str) -> str:
    """Without the comments that end in it."""
    parts, at = [], 0
    while (begin := text.find("<!--", at)) >= 0 and (end := text.find("-->", begin + 4)) >= 0:
        parts.append(text[at:begin])
        at = end + 3
    return "".join([*parts, text[at:]])


def _innermost(text: str, start: re.Pattern[str]) -> Iterator[str]:
    """From the last start of a record on; nothing when no record starts here."""
    starts = list(start.finditer(text))
    if starts:
        yield text[starts[-1].start() :]


class _Builder:
    """Makes nested dicts of what expat reports: elements that come again become lists, attributes `@name`."""

    def __init__(self) -> None:
        self.top: dict[str, Any] = {}
        self.open: list[dict[str, Any]] = [self.top]
        self.text: list[str] = []

    def start(self, _name: str, attributes: dict[str, str]) -> None:
        if len(self.open) > DEEPEST:
            raise RecursionError
        self.open.append({"@" + key.rpartition(":")[2]: value for key, value in attributes.items() if key != "xmlns"})
        self.text = []

    def text_part(self, text: str) -> None:
        self.text.append(text)

    def end(self, name: str) -> None:
        inner = self.open.pop()
        words = "".join(self.text).strip()
        self.text = []
        if words and not any(not key.startswith("@") for key in inner):
            inner[""] = words
        value: Any = inner if set(inner) - {""} else words
        self.add(name.rpartition(":")[2], value)

    def add(self, name: str, value: Any) -> None:
        around = self.open[-1]
        if name not in around:
            around[name] = value
        elif isinstance(around[name], list):
            around[name].append(value)
        else:
            around[name] = [around[name], value]


def parse_element(text: str) -> Any:
    """One element as nested dicts. Raises ExpatError, UnicodeEncodeError and RecursionError."""
    builder = _Builder()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.text_part
    parser.Parse(text, True)
    return next(iter(builder.top.values()))
