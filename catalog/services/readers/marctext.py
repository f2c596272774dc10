"""The letters of a MARC record: UTF-8, MARC-8, or what was really written where the leader says otherwise."""

from __future__ import annotations

import contextlib
import io
import re
import unicodedata
from collections.abc import Callable

from pymarc.marc8 import MARC8ToUnicode

from catalog.services.readers.marc import BrokenRecord

TWO_BYTES_AND_MORE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
MARK_BEFORE_NO_LETTER = re.compile(rb"[\xe0-\xfe](?![A-Za-z\xa0-\xfe])")
MARK = re.compile(rb"[\xe0-\xfe]")
WORDS_OF_NO_LATIN = re.compile(rb"[\x80-\xff]{5}")  # a Cyrillic or Greek code page; MARC-8 never does this
FOREIGN = "The letters of the record are neither UTF-8 nor MARC-8."
NUMBERED = re.compile(r"&#x([0-9A-Fa-f]{4,6});")


def decoder_for(raw: bytes, *, says_utf8: bool) -> Callable[[bytes], str]:
    """How to read the bytes of one record. The bytes weigh more than the leader's flag, which is often wrong.

    Raises BrokenRecord for a code page MARC does not know: a garbled title would be worse than none.
    """
    if raw.isascii() and b"\x1b" not in raw:
        return _utf8
    if b"\x1b" in raw and not says_utf8:
        return _marc8
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        if says_utf8 and TWO_BYTES_AND_MORE.search(raw):
            return _utf8
        if WORDS_OF_NO_LATIN.search(raw):
            raise BrokenRecord(FOREIGN) from None
        return _windows if _looks_like_windows(raw) else _marc8
    return _utf8


def _looks_like_windows(raw: bytes) -> bool:
    """MARC-8 puts an accent before its letter; where many stand before a blank or a sign, it is Windows-1252."""
    return 3 * len(MARK_BEFORE_NO_LETTER.findall(raw)) >= len(MARK.findall(raw)) > 0


def _utf8(raw: bytes) -> str:
    return _numbered(raw.decode("utf-8", "replace"))


def _windows(raw: bytes) -> str:
    return unicodedata.normalize("NFC", raw.decode("windows-1252", "replace"))


def _marc8(raw: bytes) -> str:
    try:
        # The converter writes about cut-off East Asian text to standard error even when asked to be quiet.
        with contextlib.redirect_stderr(io.StringIO()):
            return _numbered(str(MARC8ToUnicode(quiet=True).translate(raw)))  # type: ignore[no-untyped-call]  # pymarc leaves it untyped
    except (IndexError, TypeError, ValueError):
        return raw.decode("ascii", "replace")


def _numbered(text: str) -> str:
    """MARC-8 writes letters it does not have as `&#x0416;`."""
    return NUMBERED.sub(lambda match: chr(min(int(match[1], 16), 0x10FFFF)), text)
