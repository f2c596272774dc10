"""JSON files: one object, a list, one object per line, several after each other, or wrapped as {"users": [...]}.

Read in pieces: memory holds one record. A damaged record costs only itself, and nothing in a record is ever a number
here, so that an identifier keeps every digit.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, TextIO

from library.services.importing import UnreadableFile
from library.services.reading.paths import getter_for, names_in
from library.services.reading.table import CHUNK, Problem, Row, Source

LONGEST = 1_000_000
DECODER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)
BLANK = " \t\r\n,\ufeff\x1e"
WRAPPERS = {"users", "user", "patrons", "borrowers", "members", "entries", "loans", "item_loan", "checkouts"}
WRAPPERS |= {"circulations", "requests", "holds", "items", "records", "rows", "results", "data", "value"}
BESIDE = {"total", "start", "count", "totalrecords", "total_record_count", "resultinfo", "offset", "limit", "page"}
TOKEN = re.compile(r'"(?:[^"\\\n]|\\.)*+"|[{}\[\]]')
NEXT_RECORD = re.compile(r"\}\s*+,?\s*+(?=\{)")
NO_RECORD = "This file looks like JSON, but there is no record in it."
DAMAGED = "The JSON of this record is damaged: {what}."
TOO_DEEP = "The JSON of this record is nested too deeply."
NOT_A_RECORD = "This is a single value, not a record with named fields."


class JsonTable:
    """A JSON file. Raises UnreadableFile where no record can be read."""

    format = "json"

    def __init__(self, source: Source) -> None:
        self._source = source
        self.bytes_read = source.bytes_read
        with source.open() as stream:
            self.header: Sequence[str] = names_in(r for r in split_records(stream) if isinstance(r, dict))
        if not self.header:
            raise UnreadableFile(NO_RECORD)

    def rows(self, columns: Sequence[str]) -> Iterator[Row | Problem]:
        getters = [getter_for(column) for column in columns]
        with self._source.open() as stream:
            for place, record in enumerate(split_records(stream), 1):
                if isinstance(record, str):
                    yield Problem(place, record)
                else:
                    yield place, tuple([get(record) for get in getters])


def split_records(stream: TextIO) -> Iterator[dict[str, Any] | str]:
    """The records in order, or why one cannot be read."""
    text = _Text(stream)
    while first := text.peek():
        if first == "[":
            text.at += 1
            yield from _listed(text)
        elif first == "{" and _enter_wrapper(text):
            yield from _listed(text)
            _leave_wrapper(text)
        else:
            yield _record(text, "\n")


def _listed(text: _Text) -> Iterator[dict[str, Any] | str]:
    indent = text.indent()
    while first := text.peek():
        if first == "]":
            text.at += 1
            return
        yield _record(text, indent)


def _record(text: _Text, indent: str) -> dict[str, Any] | str:
    try:
        value = text.decode()
    except json.JSONDecodeError as error:
        text.pass_damage(indent)
        return DAMAGED.format(what=error.msg[:1].lower() + error.msg[1:])
    except RecursionError:
        text.pass_damage(indent)
        return TOO_DEEP
    return value if isinstance(value, dict) else NOT_A_RECORD


def _enter_wrapper(text: _Text) -> bool:
    """Whether this object only wraps a list of records; then the list is entered, else nothing has moved."""
    start = text.at
    text.at += 1
    try:
        while text.peek() == '"':
            key = str(text.decode()).lower()
            if text.peek() != ":":
                break
            text.at += 1
            if text.peek() == "[" and key in WRAPPERS:
                text.at += 1
                return True
            if key not in BESIDE:
                break
            text.decode()
    except (json.JSONDecodeError, RecursionError):
        pass
    text.at = start
    return False


def _leave_wrapper(text: _Text) -> None:
    try:
        while (first := text.peek()) and first != "}":
            if first == ":":
                text.at += 1
            else:
                text.decode()
    except (json.JSONDecodeError, RecursionError):
        text.pass_damage("\n")
    else:
        text.at += 1


class _Text:
    """The part of a file in memory, and where in it we are."""

    def __init__(self, stream: TextIO) -> None:
        self.stream, self.text, self.at, self.ended = stream, "", 0, False

    def fill(self) -> None:
        block = self.stream.read(CHUNK)
        self.ended = not block
        self.text, self.at = self.text[self.at :] + block, 0

    def peek(self) -> str:
        """The next character that is no blank and no comma, or '' at the end."""
        while True:
            while self.at < len(self.text):
                if self.text[self.at] not in BLANK:
                    return self.text[self.at]
                self.at += 1
            if self.ended:
                return ""
            self.fill()

    def indent(self) -> str:
        """The line break and blanks before the next value, '' where it stands in the same line."""
        begin = self.at
        self.peek()
        return self.text[begin : self.at] if "\n" in self.text[begin : self.at] else ""

    def decode(self) -> Any:
        """The next value. Raises JSONDecodeError and RecursionError."""
        self.peek()
        while True:
            try:
                value, end = DECODER.raw_decode(self.text, self.at)
            except json.JSONDecodeError as error:
                if self.ended or not self._may_go_on(error):
                    raise
            else:
                if end < len(self.text) or self.ended or self.text[end - 1] in '}]"':
                    self.at = end
                    return value
            self.fill()

    def _may_go_on(self, error: json.JSONDecodeError) -> bool:
        """Whether it only seems damaged because the rest is not read yet."""
        cut_off = error.pos > len(self.text) - 12 or error.msg.startswith("Unterminated")
        return cut_off and len(self.text) - self.at < LONGEST

    def pass_damage(self, indent: str) -> None:
        """On to the next record: where the brackets close, else where a line begins as records do here."""
        while not self.ended and len(self.text) - self.at < LONGEST:
            self.fill()
        begin = self.at
        if indent == "\n":
            self.at = self._next_line(begin)
        elif not (closed := self._closing(begin)):
            self.at = self._alike(begin, indent)
        else:
            self.at = closed
        self.at = max(self.at, begin + 1)

    def _closing(self, begin: int) -> int:
        depth = 0
        for token in TOKEN.finditer(self.text, begin):
            if token[0] in "{[":
                depth += 1
            elif token[0] in "}]":
                depth -= 1
            if depth <= 0 and token[0] in "}]":
                return token.end() if depth == 0 and self.text[token.end() :].lstrip()[:1] in {",", "]", ""} else 0
        return 0

    def _alike(self, begin: int, indent: str) -> int:
        if indent:
            found = self.text.find(indent + "{", begin + 1)
            return found if found >= 0 else len(self.text)
        between = NEXT_RECORD.search(self.text, begin)
        return between.end() if between else len(self.text)

    def _next_line(self, begin: int) -> int:
        found = self.text.find("\n{", begin + 1)
        return found if found >= 0 else len(self.text)
