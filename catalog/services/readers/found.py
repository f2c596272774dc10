"""What every reader hands on: one record of a file, cleaned, or the reason why it is left out."""

from __future__ import annotations

import hashlib
import json
from dataclasses import astuple, dataclass
from typing import Any

from catalog.services.isbn import IsbnCase
from library.services.importing import UnreadableFile
from library.services.imports import Issue
from library.services.reading.words import clean, cut

__all__ = [
    "CleanTitle",
    "Found",
    "UnreadableFile",
    "as_line",
    "clean",
    "cut",
    "from_line",
    "key_of",
    "left_out",
    "not_a_book",
]
LONGEST_KEY = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanTitle:
    """A title ready to be stored. Empty and None mean that the file does not say."""

    source: str
    source_key: str
    name: str
    authors: tuple[str, ...] = ()
    original_name: str = ""
    year: int | None = None
    language: str = ""
    audience: str = ""
    isbns: tuple[str, ...] = ()
    fiction: bool | None = None
    pages: int | None = None
    formats: tuple[str, ...] = ()
    violence: bool | None = None
    sex: bool | None = None
    swearing: bool | None = None
    sadness: bool | None = None
    terms: tuple[tuple[str, str], ...] = ()  # (kind, name)
    also: str = ""  # further words it is found by, e.g. the author in another script


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One record: its `place` in the file from 1, the title, or an empty title with the reason among the issues."""

    place: int
    title: CleanTitle | None = None
    isbn: IsbnCase = IsbnCase.BLANK
    issues: tuple[Issue, ...] = ()
    is_book: bool = True


def as_line(found: Found) -> str:
    """One record as a line of JSON, for a file of our own."""
    return json.dumps(astuple(found)) + "\n"


def from_line(line: str | bytes) -> Found:
    """The record that `as_line` wrote."""
    place, title, isbn, issues, is_book = json.loads(line)
    return Found(
        place=place,
        title=CleanTitle(**dict(zip(CleanTitle.__slots__, map(_fixed, title), strict=True))) if title else None,
        isbn=IsbnCase(isbn),
        issues=tuple(Issue(*issue) for issue in issues),
        is_book=is_book,
    )


def _fixed(value: object) -> Any:
    """Lists as the tuples they were."""
    return tuple(_fixed(one) for one in value) if isinstance(value, list) else value


def left_out(place: int, reason: str, *, field: str = "", value: str = "") -> Found:
    """A record that cannot be taken."""
    return Found(place=place, issues=(Issue(place, field, value, reason),))


def not_a_book(place: int) -> Found:
    """A record of something else: a journal, a map, a recording."""
    return Found(place=place, is_book=False)


def key_of(text: str, *facts: str) -> str:
    """The text as a key where it fits, else a digest of it and of the facts."""
    if text and len(text) <= LONGEST_KEY:
        return text
    return f"digest:{hashlib.sha256(chr(10).join([text, *facts]).lower().encode()).hexdigest()[:32]}"
