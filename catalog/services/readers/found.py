"""What every reader hands on: one record of a file, cleaned, or the reason why it is left out."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass

from catalog.services.isbn import IsbnCase
from library.services.imports import Issue

LONGEST_KEY = 120


class UnreadableFile(Exception):
    """The whole file is not something this program reads; the message says what it is and what would do."""


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


def clean(text: str) -> str:
    """Text in composed form, with single blanks and without control characters."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    kept = (" " if c in "\t\n\r\x0b\x0c\x85\u2028\u2029" else c for c in text)
    printable = "".join(
        c for c in kept if unicodedata.category(c) not in {"Cc", "Cs", "Co"} and c not in "\ufeff\u200e\u200f"
    )
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", printable)).strip()


def cut(text: str, length: int) -> str:
    """At most `length` characters, ending in an ellipsis where something is missing."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"
