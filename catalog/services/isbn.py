"""ISBNs as files print them: read, mended where only one reading is possible, never invented.

A spreadsheet damages ISBNs in two ways: leading zeros go, and thirteen digits become `9.78043902348e+12`. Zeros can be
put back, and the checksum says whether that was right. A rounded number stands for every ISBN-13 in the interval that
rounds to its printed digits; it counts only when that is exactly one. A checksum that fails is never corrected, and
a check digit is never computed from the twelve digits before it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from enum import StrEnum

from stdnum import isbn as rules

FIRST, LAST = 9_780_000_000_000, 9_799_999_999_999  # every ISBN-13 begins with 978 or 979
# From six digits on: shorter numbers filled up with zeros pass the checksum by chance too easily.
WITHOUT_ZEROS = re.compile(r"[1-9][0-9]{4,7}[0-9Xx]")
SCIENTIFIC = re.compile(r"([0-9]{1,3})(?:[.,]([0-9]{1,20}))?[eE]\+?([0-9]{1,2})")
WHOLE = re.compile(r"[0-9]{9}[0-9X]|97[89][0-9]{10}")
BETWEEN_DIGITS = re.compile(r"[\s\u2010-\u2015\u2212-]")
NOTHING = {"", "nan", "na", "n/a", "none", "null", "-"}


class IsbnCase(StrEnum):
    """What became of the ISBN of one record."""

    GOOD = "good"
    REPAIRED = "repaired"
    AMBIGUOUS = "ambiguous"
    NOT_REPAIRABLE = "not_repairable"
    BLANK = "blank"


@dataclass(frozen=True, slots=True)
class Reading:
    """One printed value: the ISBN-13 it stands for (empty when not certain), and why."""

    isbn: str
    case: IsbnCase
    text: str = ""
    low: int = 0
    high: int = 0

    @property
    def rounded(self) -> bool:
        """Printed in scientific notation; `low` and `high` are the ends of what it stands for."""
        return self.high > 0


@dataclass(frozen=True, slots=True)
class RowIsbns:
    """The ISBN-13s of one record, what happened, and the (value, reason) pairs a person should know about."""

    isbns: tuple[str, ...]
    case: IsbnCase
    notes: tuple[tuple[str, str], ...] = ()


def isbn13_of(text: str) -> str:
    """The ISBN-13 of a whole ISBN-10 or ISBN-13 (hyphens and blanks allowed), or "" when its checksum does not hold."""
    compact = BETWEEN_DIGITS.sub("", text).upper()
    if not WHOLE.fullmatch(compact) or compact == "0000000000":
        return ""
    if len(compact) == 13:  # noqa: PLR2004  (digits of an ISBN-13)
        return compact if _check_digit(compact[:12]) == compact[12] else ""
    return str(rules.to_isbn13(compact)) if rules.is_valid(compact) else ""


def interval_of(text: str) -> tuple[int, int] | None:
    """The whole numbers, both ends included, that round to a number in scientific notation; None for other text.

    Which tool rounded is not known, so a number exactly in the middle may have gone either way.
    """
    match = SCIENTIFIC.fullmatch(text.strip())
    if not match:
        return None
    whole, decimals, exponent = match[1], match[2] or "", int(match[3])
    power = exponent - len(decimals)
    value = Decimal(int(whole + decimals)).scaleb(power)
    half = Decimal(5).scaleb(power - 1) if power > 0 else Decimal(0)
    return int((value - half).to_integral_value(ROUND_CEILING)), int((value + half).to_integral_value(ROUND_FLOOR))


def isbns_between(low: int, high: int, *, most: int = 2) -> list[str]:
    """The ISBN-13s with a valid checksum from `low` to `high`, stopping at `most`."""
    found: list[str] = []
    low, high = max(low, FIRST), min(high, LAST)
    for ten in range(low // 10, high // 10 + 1):
        if len(found) >= most:
            break
        # Of ten numbers in a row, one has the checksum right.
        number = ten * 10 + int(_check_digit(str(ten)))
        if low <= number <= high:
            found.append(str(number))
    return found[:most]


def _check_digit(twelve: str) -> str:
    """The last digit of an ISBN-13; only ever compared, or looked for in an interval."""
    total = sum(map(int, twelve[::2])) + 3 * sum(map(int, twelve[1::2]))
    return str(-total % 10)


def read_isbn(text: str) -> Reading:
    """What one printed value stands for."""
    printed = text.strip().removeprefix("=").strip("\"' ")
    if printed.lower() in NOTHING:
        return Reading("", IsbnCase.BLANK)
    interval = interval_of(printed)
    if interval:
        found = isbns_between(*interval)
        case = (IsbnCase.NOT_REPAIRABLE, IsbnCase.REPAIRED, IsbnCase.AMBIGUOUS)[len(found)]
        return Reading(found[0] if len(found) == 1 else "", case, printed, *interval)
    plain = re.sub(r"^isbn(?:[- ]?1[03](?=[^0-9]))?[:\s]*|(?<!\s)\s*\(.*$|\.0+$", "", printed, flags=re.IGNORECASE)
    whole = isbn13_of(plain)
    if whole:
        return Reading(whole, IsbnCase.GOOD if not printed.endswith(".0") else IsbnCase.REPAIRED, printed)
    if WITHOUT_ZEROS.fullmatch(plain):
        filled = isbn13_of(plain.zfill(10))
        if filled:
            return Reading(filled, IsbnCase.REPAIRED, printed)
    return Reading("", IsbnCase.NOT_REPAIRABLE, printed)


def settle(values: Sequence[str]) -> RowIsbns:
    """The ISBNs of one record from all the values it prints. A whole ISBN goes before a rounded one."""
    readings = [read_isbn(value) for value in values]
    certain = [reading for reading in readings if reading.isbn and not reading.rounded]
    chosen = certain or [reading for reading in readings if reading.isbn]
    isbns = tuple(dict.fromkeys(reading.isbn for reading in chosen))
    notes = tuple((reading.text, _complaint(reading, isbns)) for reading in readings)
    return RowIsbns(isbns, _case(readings, isbns), tuple(note for note in notes if note[1]))


def _case(readings: Sequence[Reading], isbns: tuple[str, ...]) -> IsbnCase:
    cases = {reading.case for reading in readings}
    if not isbns and IsbnCase.AMBIGUOUS in cases:
        return IsbnCase.AMBIGUOUS
    if not isbns:
        return IsbnCase.NOT_REPAIRABLE if IsbnCase.NOT_REPAIRABLE in cases else IsbnCase.BLANK
    mended = any(
        _covers(reading, isbns) if reading.rounded else reading.case == IsbnCase.REPAIRED for reading in readings
    )
    return IsbnCase.REPAIRED if mended else IsbnCase.GOOD


def _covers(reading: Reading, isbns: tuple[str, ...]) -> bool:
    return any(reading.low <= int(isbn) <= reading.high for isbn in isbns)


def _complaint(reading: Reading, isbns: tuple[str, ...]) -> str:
    """What to tell a person about one value; empty when there is nothing."""
    if reading.rounded and isbns:
        return "" if _covers(reading, isbns) else "This rounded number belongs to another ISBN than the one beside it."
    if reading.case == IsbnCase.AMBIGUOUS:
        return "Several ISBNs round to this number; none was taken."
    if reading.case == IsbnCase.NOT_REPAIRABLE:
        return "No ISBN: its checksum does not hold." if not reading.rounded else "No ISBN rounds to this number."
    return ""
