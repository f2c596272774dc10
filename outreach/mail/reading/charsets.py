"""Bytes of a stranger's mail as text the database can hold: no NUL, no halves of characters, whatever they say."""

from __future__ import annotations

import codecs
import re
import unicodedata
from email.errors import HeaderParseError
from email.header import decode_header

# Python reads these too, but no mail is written in them; some take quadratic time.
NOT_FOR_MAIL = {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"}
# What is said, and what is meant: the larger set of the same letters.
MEANT = {"iso8859-1": "cp1252", "ascii": "utf-8", "gb2312": "gb18030", "gbk": "gb18030", "ks_c_5601-1987": "cp949"}
# Control codes, halves of characters, and marks that turn the direction of what follows.
TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
LEFT_OUT = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 127, *range(0xD800, 0xE000), 0xFFFE, 0xFFFF])


def to_text(body: bytes, charset: str = "") -> str:
    """The text in the charset that is said, else in UTF-8, else in that of western Windows."""
    said = _known(charset)
    for name in dict.fromkeys([said, "utf-8"]):
        try:
            return clean(body.decode(name))
        except (UnicodeError, LookupError, ValueError):
            continue
    fallback = said if said not in {"utf-8", "utf-16", "utf-32", "utf-7"} else "cp1252"
    try:
        return clean(body.decode(fallback, "replace"))
    except (UnicodeError, LookupError, ValueError):
        return clean(body.decode("latin-1"))


def clean(text: str) -> str:
    """Without NUL, control codes and halves of characters; lines end as usual here."""
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(LEFT_OUT)


def header_text(value: object, most: int = 2_000) -> str:
    """A header as one line of text, encoded words decoded as far as they can be."""
    words = str(value or "")[: most * 4]
    if "=?" in words:
        words = _decoded_words(words)
    line = " ".join(TURNING.sub("", clean(words)).split())
    return unicodedata.normalize("NFC", line)[:most].strip()


def _decoded_words(words: str) -> str:
    try:
        pieces = decode_header(words)
    except (HeaderParseError, ValueError, AssertionError):
        return words
    return "".join(_piece(piece, charset) for piece, charset in pieces)


def _piece(piece: str | bytes, charset: str | None) -> str:
    if isinstance(piece, str):
        return piece
    # What stood between encoded words comes back in an encoding of Python's own.
    return to_text(piece, charset) if charset else piece.decode("raw_unicode_escape", "replace")


def _known(charset: str) -> str:
    """The codec's own name; UTF-8 where there is none, or none for text."""
    said = charset.strip().strip("\"'").split("*")[0].lower()[:40]
    if said in MEANT:
        return MEANT[said]
    try:
        name = codecs.lookup(said).name if said else "utf-8"
    except (LookupError, ValueError, UnicodeError):
        return "utf-8"
    return "utf-8" if name in NOT_FOR_MAIL else MEANT.get(name, name)
