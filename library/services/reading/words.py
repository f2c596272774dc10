"""Text of a file as it may be kept: composed, without control characters, cut to what fits."""

from __future__ import annotations

import re
import unicodedata

BREAKS = "\t\n\r\x0b\x0c\x85\u2028\u2029"
UNSEEN = "\ufeff\u200e\u200f"
LEFT_OUT = {"Cc", "Cs", "Co"}


def clean(text: str) -> str:
    """Text in composed form, with single blanks and without control characters."""
    if text.isprintable() and unicodedata.is_normalized("NFC", text):
        return " ".join(text.split())
    kept = (" " if c in BREAKS else c for c in text)
    printable = "".join(c for c in kept if unicodedata.category(c) not in LEFT_OUT and c not in UNSEEN)
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", printable)).strip()


def cut(text: str, length: int) -> str:
    """At most `length` characters, ending in an ellipsis where something is missing."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def column_key(name: str) -> str:
    """A column's name as it is compared: `First Name`, `first_name` and `FirstName` are one."""
    return "".join(c for c in name.casefold() if c.isalnum() or c in ".@")
