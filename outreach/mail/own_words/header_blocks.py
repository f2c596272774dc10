"""The block of fields above a mail quoted in the way of Outlook: From, Sent, To, Subject, in many languages."""

from __future__ import annotations

import re
from collections.abc import Sequence

from outreach.mail.own_words.quote_words import FIELDS

_FIELD = re.compile(
    r"[\s>*_|•·]{0,8}(?:"
    + "|".join(f"(?P<{kind}>{names})" for kind, names in FIELDS.items())
    + r")[\s*_]{0,4}[:：][\s*_]{0,4}(?P<value>.*)$",  # noqa: RUF001 (the colon of Chinese mail)
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"[^\s<>@]@[^\s<>@]{2}|mailto:", re.IGNORECASE)
_BRACKETED = re.compile(r".{0,120}[<\[(]\s?(?:mailto:)?[^\s<>@\[\]]{1,64}@[^\s<>@\[\]]{1,120}[>\])]", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
# Beside the sender and one more field, an address or a date has to be seen; three fields need neither.
ENOUGH = 3
# A list of addresses may be wrapped over this many lines without a name of a field.
WRAPPED = 3
# No block is longer.
LONGEST = 24


def fields_of(lines: Sequence[str]) -> list[str]:
    """For each line the kind of the field it says, or an empty word."""
    return [_kind(line) if ":" in line or "：" in line else "" for line in lines]  # noqa: RUF001 (as above)


def _kind(line: str) -> str:
    found = _FIELD.match(line)
    return next(kind for kind in FIELDS if found.group(kind) is not None) if found else ""


def block(lines: Sequence[str], fields: Sequence[str], first: int) -> tuple[bool, int]:
    """Whether a block begins on line `first`, which says a field; and the line after its last field, either way."""
    kinds: set[str] = set()
    end, at, loose = first, first, 0
    while at < min(len(lines), first + LONGEST) and loose <= WRAPPED:
        if fields[at]:
            kinds.add(fields[at])
            end, loose = at + 1, 0
        elif lines[at]:
            loose += 1
        elif at + 1 == len(lines) or not fields[at + 1]:
            break
        at += 1
    return _is_block(kinds, lines[first:end]), end


def _is_block(kinds: set[str], said: Sequence[str]) -> bool:
    if len(kinds - {"other"}) >= ENOUGH:
        return True
    if "from" not in kinds:
        return False
    if len(kinds) == 1:
        return bool(_BRACKETED.match(said[0]))
    return any(_ADDRESS.search(line) or _DIGIT.search(line) for line in said)
