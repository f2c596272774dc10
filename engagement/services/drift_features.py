"""What the chance of coming back is reckoned from: a handful of facts about a reader's days, each written twice, for
numpy and for the database, side by side. Tests hold the two to 1e-9.

`sign` says which way a feature may weigh, and fitting keeps to it: a reader who stays away longer never looks likelier
to return.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

HORIZON = 180  # days within which somebody comes back, or not
MONTH, WEEK = 30.0, 7.0
SEVERAL, ONCE, ALL = "several", "once", "all"

type Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Facts:
    """One reader a row: distinct days with the library, days since the first and the last, usual days between two.

    `rhythm` is the median; 0 for those who came once.
    """

    days: Floats
    known: Floats
    away: Floats
    rhythm: Floats

    def __len__(self) -> int:
        return len(self.days)

    def only(self, chosen: Any) -> Facts:
        """Some of the rows."""
        return Facts(self.days[chosen], self.known[chosen], self.away[chosen], self.rhythm[chosen])


@dataclass(frozen=True)
class Feature:
    """`of`: the readers it is about, the others have 0. `fact`: what it tells. `sign`: -1 or 1
    where it may only lower or raise the chance."""

    name: str
    fact: str
    of: str
    sign: int
    sql: str

    def reckon(self, facts: Facts) -> Floats:
        """Its value for each row."""
        values: Floats = np.where(self.holds(facts), _IN_NUMPY[self.name](facts), 0.0)
        return values

    def holds(self, facts: Facts) -> NDArray[np.bool_]:
        """Which rows it is about."""
        once: NDArray[np.bool_] = facts.days == 1
        if self.of == ALL:
            return np.ones(len(facts), dtype=np.bool_)
        return once if self.of == ONCE else ~once


# In SQL: days, known, away and rhythm of a row named `fact`, all as float8.
FEATURES: tuple[Feature, ...] = (
    Feature("recency", "recency", SEVERAL, -1, "ln(1 + fact.away / 7)"),
    Feature("recency_once", "recency", ONCE, -1, "ln(1 + fact.away / 7)"),
    Feature("once", "frequency", ALL, 0, "CASE WHEN fact.days = 1 THEN 1 ELSE 0 END"),
    Feature("frequency", "frequency", ALL, 1, "ln(fact.days)"),
    Feature("pace", "frequency", ALL, 1, "ln(fact.days / (fact.known + 30))"),
    Feature("beyond_rhythm", "rhythm", SEVERAL, -1, "ln(1 + fact.away / (fact.rhythm + 7))"),
    Feature("rhythm", "rhythm", SEVERAL, 0, "ln((fact.rhythm + 7) / 30)"),
)
_IN_NUMPY = {
    "recency": lambda facts: np.log(1 + facts.away / WEEK),
    "recency_once": lambda facts: np.log(1 + facts.away / WEEK),
    "once": lambda facts: (facts.days == 1).astype(np.float64),
    "frequency": lambda facts: np.log(facts.days),
    "pace": lambda facts: np.log(facts.days / (facts.known + MONTH)),
    "beyond_rhythm": lambda facts: np.log(1 + facts.away / (facts.rhythm + WEEK)),
    "rhythm": lambda facts: np.log((facts.rhythm + WEEK) / MONTH),
}


def facts_of(days: Iterable[date], *, on: date) -> Facts:
    """The facts of one reader as they stood on a day; days after it are not known yet. Order and repeats do not matter.

    Raises ValueError when the reader had not come by then.
    """
    known = [day.toordinal() for day in days if day <= on]
    if not known:
        raise ValueError(f"Nobody had come by {on}")
    [(row, _back)] = walk(sorted(set(known)), [on.toordinal()])
    return Facts(*(np.array([value], dtype=np.float64) for value in row))


def walk(days: Sequence[int], cuts: Sequence[int]) -> Iterator[tuple[tuple[float, ...], bool]]:
    """At each cut from the first day on: the four facts as they stood, and whether the reader was back in time.

    Days and cuts as ordinals, each once, in order; what lies after a cut is not known at it.
    """
    gaps: list[int] = []
    seen = 0
    for cut in cuts:
        while seen < len(days) and days[seen] <= cut:
            if seen:
                insort(gaps, days[seen] - days[seen - 1])
            seen += 1
        if seen:
            back = seen < len(days) and days[seen] <= cut + HORIZON
            yield (seen, cut - days[0], cut - days[seen - 1], median(gaps) if gaps else 0.0), back


def pool(histories: Iterable[Sequence[int]], cuts: Sequence[int]) -> tuple[Facts, NDArray[np.bool_], NDArray[np.int64]]:
    """Everybody at every cut: the facts, who was back within 180 days, and whose row it is (place in `histories`)."""
    rows, back, whose = [], [], []
    for reader, days in enumerate(histories):
        for row, returned in walk(days, cuts):
            rows.append(row)
            back.append(returned)
            whose.append(reader)
    table = np.array(rows, dtype=np.float64).reshape(-1, 4)
    return Facts(*table.T), np.array(back, dtype=bool), np.array(whose, dtype=np.int64)
