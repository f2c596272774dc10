"""What a report is made of. Screen, PDF, workbook, CSV and JSON all show these and nothing else.

Every value is suppressed already (`small_numbers`): whoever holds a Report can leak nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engagement.services.reports.periods import Period
from engagement.services.reports.small_numbers import Shown

PERCENT, DAYS, COUNT, PEOPLE, POINTS, HOURS, MONEY = "percent", "days", "count", "people", "points", "hours", "money"
TEXT = "text"


@dataclass(frozen=True)
class Lead:
    """From a number to the readers behind it: measures that are counted in it, and what these are called beside it.

    In a table, the row (or the column) of the same name leads there.
    """

    label: str
    measures: tuple[str, ...]

    @property
    def key(self) -> str:
        return self.measures[0]


@dataclass(frozen=True)
class Figure:
    """One number with what it counts, what it was in the period before, and its definition.

    kinds: the kinds of interaction it counts, so that it leads to their rules. at_least: a total in which kinds that
    may not be shown are left out.
    """

    key: str
    label: str
    unit: str
    value: Shown
    before: Shown
    definition: str
    kinds: tuple[str, ...] = ()
    leads: tuple[Lead, ...] = ()
    at_least: bool = False


@dataclass(frozen=True)
class Column:
    key: str
    label: str
    unit: str = COUNT


@dataclass(frozen=True)
class Drawing:
    """How a table is drawn: `bars`, `stacked`, `lines` or `shares`; x names a text column, y the columns of numbers."""

    form: str
    x: str
    y: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """Rows of text and numbers under named columns, the sentence that sums them up, and perhaps a picture."""

    key: str
    title: str
    sentence: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Shown, ...], ...]
    definition: str
    drawing: Drawing | None = None
    kinds: tuple[str, ...] = ()
    leads: tuple[Lead, ...] = ()


@dataclass(frozen=True)
class Part:
    """One page under /reports/, and one chapter of the board report."""

    key: str
    title: str
    sentence: str
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Slice:
    """The part of the library a report is about: one branch, audience or language at a time, or all of it."""

    by: str = ""
    key: str = ""
    label: str = "all branches"


@dataclass(frozen=True)
class Report:
    """What may be shown of one period and slice. `counted` says when, and which count of the period it is.

    quotes: readers' words, only those whose writers allowed it.
    """

    period: Period
    slice: Slice
    as_of: datetime
    counted: str
    rules_version: int
    is_running: bool
    parts: tuple[Part, ...]
    quotes: tuple[str, ...] = ()
