"""The line above a quoted mail: "On 3 March, Iris wrote:", in the languages and shapes mail programs use."""

from __future__ import annotations

import re
from collections.abc import Sequence

from outreach.mail.own_words.quote_words import FORWARD_WORDS, STARTS, WROTE, WROTE_ENDS

# An introduction is wrapped over at most this many lines, and is never longer than this.
SPAN = 4
LONGEST = 400

_DATE = re.compile(
    r"\d{1,2}[:.h時时点]\s?\d{2}(?!\d)|\d{4}\s?[-/.年년]\s?\d{1,2}|\d{1,2}[-/.]\s?\d{1,2}[-/.]\s?\d{2,4}"
    r"|(?<!\d)(?:19|20)\d{2}(?!\d)"
)
_CLOCK = re.compile(r"\d{1,2}[:.h時时]\s?\d{2}(?!\d)|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}")
_ADDRESS = re.compile(r"[^\s<>@\[\](),;:\"]@\s?[^\s<>@\[\](),;:\"]")
_START = re.compile(rf"(?:{STARTS})(?![^\W\d_])", re.IGNORECASE)
_DATE_FIRST = re.compile(r"\W{0,3}(?:\d{1,4}\s?[-/.年년]\s?\d{1,2}|\d{1,2}\.?\s[^\W\d]{3,12}\.?,?\s\d{4})")
_DAY_FIRST = re.compile(r"[^\W\d_]{2,14}\.?,?\s(?:[^\W\d_]{1,3}\s)?\d{1,2}[\s./,]")
# The letters these words begin with: asked first, since most places of a line begin none of them.
_WROTE_FIRST = re.escape("".join(sorted({word.lstrip("[")[0] for word in WROTE.split("|")})))
_WROTE = re.compile(rf"(?<![^\W\d_])(?=[{_WROTE_FIRST}])(?:{WROTE})(?![^\W\d_])", re.IGNORECASE)
_WROTE_WHEN = re.compile(r"(?:wrote on|schrieb am|skrev den|kirjoitti) ", re.IGNORECASE)
_ADDRESS_LAST = re.compile(r"<\s?(?:mailto:)?[^\s<>@]{1,64}@\s?[^\s<>@]{1,120}\s?>{1,2}\s?[:：]?$")
_ISO_GMT = re.compile(r"20\d\d-\d\d-\d\d \d?\d:\d\d (?:GMT|UTC)\s?[+-]\d\d:?\d\d\s\S.{0,80}$")
_VIA = re.compile(r"\S.{0,80} via .{1,80}$")
_POSTED = re.compile(r"Posted by .{1,80} on \d\d/\d\d/\d{4}$", re.IGNORECASE)
_FORWARD = re.compile(rf"(?:{FORWARD_WORDS})\s?[:：]?$", re.IGNORECASE)
_RULED = re.compile(
    r"(?:[\s*>]|_(?![-–—‐‑=_~]))*+[-–—‐‑=_~]{2,}+\s*+([^-–—‐‑=_~\s].{0,78}?)\s*+[-–—‐‑=_~]{2,}+[\s*]*+$"
)
_EDGES = " \t*_-–—‐‑~|"
_MAY_END = re.compile(r"[:：]$|@[^@]*>$|20\d\d-\d\d-\d\d \d?\d:\d\d (?:GMT|UTC)")  # noqa: RUF001 (the colon of Chinese mail)
_LATE_PIECE = re.compile(rf"(?:{WROTE}|<|\d|[^\W\d_]{{1,3}}\s\d)", re.IGNORECASE)


def forward_mark(line: str) -> bool:
    """ "-----Original Message-----", "Begin forwarded message:" and their like."""
    ruled = _RULED.match(line)
    if ruled:
        return bool(_FORWARD.match(ruled.group(1)))
    return line.rstrip(_EDGES).endswith((":", "：")) and bool(_FORWARD.match(line.strip(_EDGES)))  # noqa: RUF001 (as above)


def ruled_words(line: str) -> bool:
    """Words between two rules; an introduction only if a quoted mail follows."""
    return bool(_RULED.match(line))


def may_end(line: str) -> bool:
    """Whether an introduction can end on this line: the cheap question, asked of every line."""
    line = line.rstrip(_EDGES)
    return _wrote_last(line) or bool(_MAY_END.search(line))


def _wrote_last(words: str) -> bool:
    return words.rstrip(":：. )").lower().endswith(WROTE_ENDS)  # noqa: RUF001 (the colon of Chinese mail)


def introduction(lines: Sequence[str], last: int, *, quote_follows: bool) -> int:
    """The first line of the introduction that ends on line `last`, or -1. Lines come clean (see `line_kinds`)."""
    found, surely = -1, False
    words = ""
    for first in range(last, max(last - SPAN, -1), -1):
        if not _belongs(lines, first, words) or (surely and not _goes_on(lines[first])):
            break
        words = f"{lines[first]} {words}".strip() if lines[first] else words
        if len(words) > LONGEST:
            break
        sure = _reads(words.strip(_EDGES + ">"), words.endswith(">"), quote_follows=quote_follows)
        if sure is True or (sure is None and found < 0):
            found, surely = first, sure is True
    if not surely and found > 0 and (lines[found].startswith("<") or lines[found - 1].endswith("<")):
        found -= bool(lines[found - 1])
    return found


def _goes_on(line: str) -> bool:
    """Whether the line above a whole introduction can still be its beginning: "On 3 March 2026," and no sentence."""
    return (
        line.endswith((",", "<", "("))
        and bool(_START.match(line) or _DAY_FIRST.match(line))
        and bool(_DATE.search(line))
    )


def _belongs(lines: Sequence[str], first: int, words: str) -> bool:
    """One empty line may stand inside an introduction, before a piece that cannot begin one."""
    if lines[first]:
        return not lines[first].startswith(">") or not words
    return bool(words) and bool(_LATE_PIECE.match(words)) and first > 0 and bool(lines[first - 1])


def _reads(words: str, bracket: bool, *, quote_follows: bool) -> bool | None:
    """True: an introduction from its very first word. None: one, but more of it may stand above. False: none."""
    words = f"{words}>" if bracket else words
    colon = words.endswith((":", "："))  # noqa: RUF001 (the colon of Chinese mail)
    address, date = _ADDRESS.search(words), _DATE.search(words)
    begins = bool(_START.match(words) or _DATE_FIRST.match(words) or _DAY_FIRST.match(words))
    if _POSTED.match(words) or (quote_follows and _ISO_GMT.match(words)):
        return True
    if _wrote(words, colon, bool(address), bool(date), quote_follows=quote_follows):
        return True if begins and date else None
    if address and date and (colon or (_ADDRESS_LAST.search(words) and (begins or quote_follows))):
        return True if begins else None
    return False


def _wrote(words: str, colon: bool, address: bool, date: bool, *, quote_follows: bool) -> bool:
    """Whether the words say that somebody wrote, and say when or from which address."""
    if _wrote_last(words):
        if address or (_VIA.match(words) and (colon or quote_follows)):
            return colon or date or quote_follows
        return date and (quote_follows or (colon and bool(_START.match(words) or _CLOCK.search(words))))
    if not colon or not date or not _WROTE.search(words):
        return False
    when = bool(_START.match(words) or _WROTE_WHEN.search(words)) and bool(_CLOCK.search(words))
    return address or quote_follows or when
