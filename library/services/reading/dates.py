"""Dates and times as library systems write them, whole ones and those known only in part."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, time, tzinfo

FIRST_YEAR, LAST_YEAR = 1800, 2200
MOST_KEPT = 50_000
SHORTEST_MOMENT = 16
MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTHS = {name: number for number, name in enumerate(MONTH_NAMES, 1)}
LAST_MONTH, HALF_A_DAY = 12, 12
COMPACT = re.compile("[0-9]{8}(?:[0-9]{6})?")
NOTHING = {"0000-00-00", "0000-00-00 00:00:00", "null", "none", "\\n", "-"}
DAY_ONLY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:Z|[+-][0-9]{2}:?[0-9]{2})?")
YEAR_FIRST = re.compile(r"([0-9]{4})[/.]([0-9]{1,2})[/.]([0-9]{1,2})(?:[ T,]+(.+))?")
YEAR_LAST = re.compile(r"([0-9]{1,2})([/.-])([0-9]{1,2})\2([0-9]{4})(?:[ T,]+(.+))?")
MONTH_NAMED = re.compile(
    r"(?:([a-z]{3})[a-z]*\.?[ -]+([0-9]{1,2}),?|([0-9]{1,2})[ -]([a-z]{3})[a-z]*\.?)[ ,-]+([0-9]{4})(?: +(.+))?"
)
CLOCK = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.[0-9]+)?)? ?([ap]\.?m\.?)?", re.IGNORECASE)
PARTIAL = re.compile(r"([0-9]{4})(?:-(0[1-9]|1[0-2]))?|--(0[1-9]|1[0-2])(?:-(0[1-9]|[12][0-9]|3[01]))?")
LONG_MONTHS = {4: 30, 6: 30, 9: 30, 11: 30, 2: 29}


class NoDate(Exception):
    """This is no date; the message says why."""


def proved_order(texts: Iterable[str], usual: str = "") -> str:
    """'mdy' or 'dmy', as a number above 12 in one of these dates proves; else what is usual for the system."""
    for text in texts:
        if found := YEAR_LAST.fullmatch(text):
            first, second = int(found[1]), int(found[3])
            if max(first, second) > LAST_MONTH:
                return "dmy" if first > LAST_MONTH else "mdy"
    return usual


class Dates(dict[str, date | None]):
    """Reads the dates of one column. `dates[text]` is the day, None for none; what was read is remembered, since the
    same days come again and again. Raises NoDate.
    """

    def __init__(self, *, order: str, zone: tzinfo, last_year: int = LAST_YEAR) -> None:
        super().__init__({"": None})
        self.order, self.zone, self.last_year = order, zone, last_year

    def __missing__(self, text: str) -> date | None:
        found = self._read(text)
        day = found.astimezone(self.zone).date() if isinstance(found, datetime) else found
        if len(self) > MOST_KEPT:
            self.clear()
        self[text] = day
        return day

    def moment(self, text: str, *, end_of_day: bool = False) -> datetime | None:
        """The moment; a day alone begins at midnight, or is its last minute. Raises NoDate."""
        found = self._read(text) if text else None
        if found is None or isinstance(found, datetime):
            return found
        return datetime.combine(found, time(23, 59) if end_of_day else time(), self.zone)

    def _read(self, text: str) -> date | datetime | None:
        found: date | None  # a moment is a date as well
        try:
            if len(text) >= SHORTEST_MOMENT and text[4] == "-":
                moment = datetime.fromisoformat(text)
                found = moment if moment.tzinfo else moment.replace(tzinfo=self.zone)
            else:
                found = self._iso(text) if text[4:5] == "-" or text.isdigit() else self._other(text)
        except (ValueError, OverflowError):
            if text in NOTHING:
                return None
            raise NoDate(f"There is no such date as {text[:40]}.") from None
        if found is not None and not FIRST_YEAR <= found.year <= self.last_year:
            raise NoDate(f"The year {found.year} cannot be right here.")
        return found

    def _iso(self, text: str) -> date | datetime | None:
        if DAY_ONLY.fullmatch(text):
            return date.fromisoformat(text[:10])
        if not COMPACT.fullmatch(text):
            raise ValueError
        moment = datetime.fromisoformat(f"{text[:8]}T{text[8:] or '000000'}")
        return moment.date() if text == text[:8] else moment.replace(tzinfo=self.zone)

    def _other(self, text: str) -> date | datetime | None:
        if text.lower() in NOTHING:
            return None
        if found := YEAR_FIRST.fullmatch(text):
            return self._with_time(date(int(found[1]), int(found[2]), int(found[3])), found[4])
        if found := YEAR_LAST.fullmatch(text):
            return self._with_time(self._year_last(int(found[1]), int(found[3]), int(found[4]), found[2]), found[5])
        if found := MONTH_NAMED.fullmatch(text.lower()):
            month = MONTHS.get(found[1] or found[4], 0)
            return self._with_time(date(int(found[5]), month, int(found[2] or found[3])), found[6])
        raise NoDate(f"{text[:40]} is not read as a date. Write it as 2026-11-22.")

    def _year_last(self, first: int, second: int, year: int, sign: str) -> date:
        order = self.order or ("dmy" if sign == "." or first == second else "")
        if not order:
            raise NoDate("Day and month cannot be told apart here. Write the date as 2026-11-22.")
        return date(year, first, second) if order == "mdy" else date(year, second, first)

    def _with_time(self, day: date, clock: str | None) -> date | datetime:
        if not clock:
            return day
        found = CLOCK.fullmatch(clock.strip())
        if not found:
            raise NoDate(f"The time {clock[:20]} is not read.")
        hour, half = int(found[1]), (found[4] or "").lower().replace(".", "")
        if half:
            if not 1 <= hour <= HALF_A_DAY:
                raise ValueError
            hour = hour % HALF_A_DAY + (HALF_A_DAY if half == "pm" else 0)
        return datetime.combine(day, time(hour, int(found[2]), int(found[3] or 0)), self.zone)


def is_partial(text: str) -> bool:
    """Whether a date is known only in part: '1939', '1939-05', '--05-25', '--05'."""
    found = PARTIAL.fullmatch(text)
    if not found:
        return False
    if found[1]:
        return FIRST_YEAR <= int(found[1]) <= LAST_YEAR
    return not found[4] or int(found[4]) <= LONG_MONTHS.get(int(found[3]), 31)
