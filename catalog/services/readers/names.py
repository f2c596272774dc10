"""Names of authors as a reader would say them: given name first."""

from __future__ import annotations

import re
from typing import Literal

from catalog.services.readers.found import clean

Commas = Literal["separate", "invert", "either"]

SUFFIX = re.compile(r"(?:jr|sr|ii|iii|iv|v|m\.?d|ph\.?d|esq)\.?", re.IGNORECASE)
LIFE = re.compile(r"(?:,|(?<!\s))\s*(?:b\.\s*)?[0-9]{4}\s*-\s*(?:[0-9]{4})?\.?$")
INITIALS = re.compile(r"(?:^|[\s.-])\w\.$")
SHORT_ENDING = re.compile(r"\b(?:jr|sr|etc|inc|co|ltd|dept|bros|corp)\.$", re.IGNORECASE)


def in_order(name: str) -> str:
    """`Eliot, George` as `George Eliot`; names without a comma, or with only a suffix after it, stay."""
    parts = [part.strip() for part in LIFE.sub("", clean(name)).split(",") if part.strip()]
    match parts:
        case [family, given] if not SUFFIX.fullmatch(given):
            return f"{given} {family}"
        case [family, given, suffix] if SUFFIX.fullmatch(suffix):
            return f"{given} {family}, {suffix}"
        case [family, suffix, given] if SUFFIX.fullmatch(suffix):
            return f"{given} {family}, {suffix}"
    return ", ".join(parts)


def without_end(text: str, signs: str = " ,;:/=，；：／＝．。") -> str:
    """Without the punctuation cataloguing puts before the next part; a full stop stays after initials and `Jr.`."""
    text = clean(text).rstrip(signs)
    if text.endswith(".") and not text.endswith("..") and not INITIALS.search(text) and not SHORT_ENDING.search(text):
        text = text[:-1].rstrip(signs)
    return text


def split_authors(text: str, *, commas: Commas) -> tuple[str, ...]:
    """The authors of one CSV cell. Semicolons and bars always separate; `commas` says what a comma does."""
    parts = re.split(r"(?<!\s)\s*[;|]\s*", text)
    if len(parts) == 1 and commas != "invert":
        names = [name.strip() for name in text.split(",")]
        if commas == "separate" or not _inverted(names):
            return _unique(_with_suffixes(names))
    return _unique([in_order(part) for part in parts])


def _inverted(names: list[str]) -> bool:
    """One comma with a single word before it reads as `Jansson, Tove`."""
    match names:
        case [family, given]:
            return " " not in family and not SUFFIX.fullmatch(given)
    return False


def _with_suffixes(names: list[str]) -> list[str]:
    """`Martin Luther King, Jr.` is one name."""
    whole: list[str] = []
    for name in names:
        if whole and SUFFIX.fullmatch(name):
            whole[-1] += f", {name}"
        else:
            whole.append(name)
    return whole


def _unique(names: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in map(clean, names) if name))
