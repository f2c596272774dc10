"""One row of a file as a loan or another happening: what fits is kept, what does not is told with its line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.utils import timezone

from engagement.services.imports.rows import CleanInteraction, CleanLoan
from library.services.imports import Issue
from library.services.reading.dates import Dates, NoDate, is_partial
from library.services.reading.maps import numbered
from library.services.reading.words import cut

LONGEST_ID, LONGEST_WORDS, LONGEST_VALUE, LONGEST_KIND = 200, 200, 80, 40
MOST_RENEWALS, MOST_MINUTES, SHORTEST_DATE = 1000, 1440, 8
WHOLE = re.compile(r"[0-9]{1,6}(?:\.0+)?")
POINTS = re.compile(r"[0-9]{1,15}(?:[.,][0-9]{1,9})?")
VERSION = re.compile(r"(?:rules?|version|v)?\s?([0-9]{1,9})", re.IGNORECASE)
LETTERS = re.compile(r"[^0-9a-z]+")
LETTERLESS = re.compile(r"[^0-9]")
NO_LOAN_ID = "The row has no number that tells this loan from others."
NOTHING_LENT = "The row says neither who borrowed nor what."
ROOM = 180  # of the 300 characters of a reason
NO_SOURCE = "The row has no key that tells this happening from others."
NO_KIND = "The row does not say what happened."
NO_TIME = "The row does not say when it happened."
NO_NUMBER = "This is no whole number; it was left out."
BEFORE = "It was returned before it was borrowed; the return was left out."
NO_VERSION = "This is no version of the rules. Name it by its number, e.g. 2, or leave it out."
NO_POINTS = "This is no number of points from 0. Points come from the rules: leave it out."
UNKNOWN_KIND = "There is no kind '{kind}'. Known: {known}."


def _some(kinds: Iterable[str]) -> str:
    """As many names as a reason has room for, none of them cut."""
    names = ", ".join(sorted(kinds))
    return names if len(names) <= ROOM else f"{names[:ROOM].rpartition(', ')[0]}, and more: see the rules"


class _Cleaner:
    """What both kinds of rows need; the issues of the row at hand are in `told`."""

    def __init__(self, orders: Mapping[str, str], columns: Sequence[str]) -> None:
        zone = timezone.get_default_timezone()
        self.dates = {column: Dates(order=orders.get(column, ""), zone=zone) for column in columns}
        self.told: list[Issue] = []

    def tell(self, line: int, field: str, value: str, reason: str) -> None:
        self.told.append(Issue(line, field, value, reason, rejected=False))

    def moment(self, line: int, field: str, text: str) -> datetime | None:
        try:
            return self.dates[field].moment(text, end_of_day=field == "due_at")
        except NoDate as error:
            self.tell(line, field, text, str(error))
            return None

    def partly(self, line: int, field: str, text: str) -> tuple[datetime | None, str]:
        """The moment, or what is known of it."""
        if len(text) < SHORTEST_DATE and is_partial(text):
            return None, text
        try:
            return self.dates[field].moment(text), ""
        except NoDate as error:
            self.tell(line, field, text, str(error))
            return None, ""

    def number(self, line: int, field: str, text: str, most: int) -> int | None:
        if not text:
            return None
        if WHOLE.fullmatch(text) and (number := int(text.partition(".")[0])) <= most:
            return number
        self.tell(line, field, text, NO_NUMBER)
        return None


class LoanCleaner(_Cleaner):
    """Cleans the loans of one file; `system` is whose numbers its loans have."""

    def __init__(self, orders: Mapping[str, str], columns: Sequence[str], system: str = "") -> None:
        super().__init__(orders, columns)
        self.system = system

    def clean(self, line: int, values: Sequence[str]) -> tuple[CleanLoan | None, list[Issue]]:
        """The loan of a row, None where it cannot be taken; `values` in the order of presets.LOAN_FIELDS."""
        self.told = []
        loan_id, patron, title, isbn, words, copy, branch, borrowed, due, returned, renewals = values
        if not loan_id or len(loan_id) > LONGEST_ID:
            return None, [Issue(line, "loan_id", loan_id, NO_LOAN_ID)]
        if not (patron or title or isbn or words or copy):
            return None, [Issue(line, "patron", "", NOTHING_LENT)]
        borrowed_at, borrowed_as = self.partly(line, "borrowed_at", borrowed) if borrowed else (None, "")
        returned_at, returned_as = self.partly(line, "returned_at", returned) if returned else (None, "")
        if returned_at and borrowed_at and returned_at < borrowed_at:
            returned_at = self._after(line, borrowed_at, returned_at, returned)
        loan = CleanLoan(
            line,
            numbered(self.system, loan_id),
            patron,
            title,
            isbn,
            cut(words, LONGEST_WORDS),
            copy,
            branch,
            borrowed_at,
            borrowed_as,
            self.moment(line, "due_at", due) if due else None,
            returned_at,
            returned_as,
            (self.number(line, "renewals", renewals, MOST_RENEWALS) or 0) if renewals else 0,
        )
        return loan, self.told

    def _after(self, line: int, borrowed: datetime, returned: datetime, text: str) -> datetime | None:
        """A return on the day of the loan, given without a time, is one at the same moment."""
        zone = self.dates["returned_at"].zone
        if returned.astimezone(zone).date() == borrowed.astimezone(zone).date():
            return borrowed
        self.tell(line, "returned_at", text, BEFORE)
        return None


class InteractionCleaner(_Cleaner):
    """Cleans the interactions of one file; `kinds` are those of the rules in force."""

    def __init__(self, orders: Mapping[str, str], columns: Sequence[str], kinds: Sequence[str]) -> None:
        super().__init__(orders, columns)
        self.kinds = set(kinds)

    def clean(self, line: int, values: Sequence[str]) -> tuple[CleanInteraction | None, list[Issue]]:
        """The interaction of a row, None where it cannot be taken; `values` in the order of INTERACTION_FIELDS."""
        self.told = []
        source, kind, patron, time, minutes, value, branch, rules, points = values
        name = LETTERS.sub("_", kind.lower()).strip("_")
        at = self.moment(line, "at", time) if time else None
        reason = self._missing(source, kind, name) or self._unreadable(rules, points)
        if reason:
            return None, [Issue(line, *reason)]
        if at is None:
            why = self.told[0].reason if self.told else NO_TIME
            return None, [Issue(line, "at", time, why)]
        row = CleanInteraction(
            line,
            source,
            name,
            patron,
            at,
            self.number(line, "minutes", minutes, MOST_MINUTES),
            cut(value, LONGEST_VALUE),
            branch,
            int(LETTERLESS.sub("", rules)) if rules else None,
            float(points.replace(",", ".")) if points else None,
        )
        return row, self.told

    def _missing(self, source: str, kind: str, name: str) -> tuple[str, str, str] | None:
        if not source or len(source) > LONGEST_ID:
            return "source", source, NO_SOURCE
        if not kind:
            return "kind", "", NO_KIND
        if name not in self.kinds:
            return "kind", kind, UNKNOWN_KIND.format(kind=cut(kind, 40), known=_some(self.kinds))
        return None

    @staticmethod
    def _unreadable(rules: str, points: str) -> tuple[str, str, str] | None:
        if rules and not VERSION.fullmatch(rules):
            return "rules", rules, NO_VERSION
        if points and not POINTS.fullmatch(points):
            return "points", points, NO_POINTS
        return None
