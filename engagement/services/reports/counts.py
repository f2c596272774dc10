"""The counts of one period and slice, as they may be shown. Parts of a report read these and nothing rawer.

What is hidden is decided for all cells of a quarter together (verdicts.py): whichever report shows a quarter, shows
the same cells of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from engagement.services.reports.periods import Period, quarter_of
from engagement.services.reports.raw import WHOLE, Kept, Place
from engagement.services.reports.shapes import Slice
from engagement.services.reports.small_numbers import HIDDEN, Shown, show_people, show_share
from engagement.services.reports.spot import NotCounted, Verdicts, count_now
from engagement.services.reports.stored import Stored, read_stored

NOTHING = Kept(0, 0, hidden=False)
UNSEEN = Kept(0, 0, hidden=True)
JUST_NOW = "counted just now"


@dataclass(frozen=True)
class Counts:
    """One period in one slice. A measure that was never counted is 0."""

    cells: Mapping[str, Kept]
    as_of: datetime
    counted: str

    def shown(self, measure: str) -> Shown:
        """How many, or how much; * where 1 to 7 people are behind it, or where it would give away another cell.

        A total over kinds ('lines', 'mix:service') is the sum of those shown: kinds that are hidden are left out.
        """
        cell = self._cell(measure)
        return HIDDEN if cell.hidden else round(cell.value)

    def is_partial(self, measure: str) -> bool:
        """Whether such a total leaves something out: then there is at least so much."""
        cell = self._cell(measure)
        return cell.partial and not cell.hidden

    def people(self, measure: str) -> Shown:
        """How many distinct people, rounded to 5."""
        cell = self._cell(measure)
        return HIDDEN if cell.hidden else show_people(cell.people)

    def share(self, part: str, rest: str) -> Shown:
        """Whole percent that `part` is of both."""
        one, other = self._cell(part), self._cell(rest)
        if one.hidden or other.hidden:
            return HIDDEN
        return show_share(round(one.value), round(other.value), part_people=one.people, rest_people=other.people)

    def keys(self, family: str) -> tuple[str, ...]:
        """The keys counted under a family: keys('lines') may be ('letter', 'loan')."""
        return tuple(sorted(name.partition(":")[2] for name in self.cells if name.startswith(f"{family}:")))

    def _cell(self, measure: str) -> Kept:
        return self.cells.get(measure, NOTHING)


def read_counts(*, period: Period, slice_: Slice, now: datetime) -> Counts:
    """Everything counted in a period, in one slice: one query where it is stored, two where it is counted now."""
    return read_many(periods=[period], slice_=slice_, now=now)[0]


def read_many(*, periods: Sequence[Period], slice_: Slice, now: datetime) -> list[Counts]:
    """The same for several periods, in as few queries: a quarter, the one before it, and the months of a trend.

    A month is told for the whole library only; in a slice all of it is hidden.
    """
    return read_in_branches(periods=periods, slice_=slice_, branches_of=None, now=now)[0]


def read_in_branches(
    *,
    periods: Sequence[Period],
    slice_: Slice,
    branches_of: Period | None,
    now: datetime,
    most_lines: int | None = None,
) -> tuple[list[Counts], dict[str, Counts]]:
    """The same, and by its number every branch in one of the periods, in no more queries.

    Of a quarter that was never counted, at most so many lines are counted now (None: however many); NotCounted.
    """
    stored, uncounted = read_stored(periods, slice_, branches_of)
    decided_by = {period: quarter_of(period.first) if period.grain else period for period in periods}
    missing = {by for by in decided_by.values() if not _serves(stored, by)}
    too_many = [by for by in missing if most_lines is not None and uncounted.get((by.grain, by.first), 0) > most_lines]
    if too_many:
        raise NotCounted(too_many)
    fresh = count_now(sorted(missing, key=lambda period: period.first), now) if missing else {}

    def counted(period: Period, part: Slice) -> Counts:
        by = decided_by[period]
        return _from_fresh(fresh[by], period, part, now) if by in fresh else _from_stored(stored, period, part, now)

    branches = _branches(branches_of, fresh, stored) if branches_of else []
    return [counted(period, slice_) for period in periods], {
        key: counted(branches_of, Slice("branch", key)) for key in branches if branches_of
    }


def _branches(period: Period, fresh: Mapping[Period, Verdicts], stored: Mapping[tuple[str, date], Stored]) -> list[str]:
    """The branches that anything is counted of."""
    found = stored.get((period.grain, period.first))
    places = fresh.get(period) or (found.cells if found else {})
    return [place.slice for place in places if place.by == "branch"]


def _serves(stored: Mapping[tuple[str, date], Stored], period: Period) -> bool:
    found = stored.get((period.grain, period.first))
    return found is not None and found.serves()


def _from_fresh(verdicts: Verdicts, period: Period, slice_: Slice, now: datetime) -> Counts:
    place = Place(slice_.by, slice_.key)
    cells = verdicts.get(Place(month=period.key) if period.grain == "month" else place, {})
    return Counts(_coarse(cells, period, slice_), now, JUST_NOW)


def _from_stored(stored: Mapping[tuple[str, date], Stored], period: Period, slice_: Slice, now: datetime) -> Counts:
    found = stored.get((period.grain, period.first))
    if found is None:
        return Counts({}, now, JUST_NOW)
    return Counts(_coarse(found.cells[Place(slice_.by, slice_.key)], period, slice_), found.taken_at, found.words)


def _coarse(cells: Mapping[str, Kept], period: Period, slice_: Slice) -> Mapping[str, Kept]:
    """Nothing finer than branch by quarter, and of what is hidden nothing but its name."""
    too_fine = period.grain == "month" and Place(slice_.by, slice_.key) != WHOLE
    return {measure: UNSEEN if too_fine or cell.hidden else cell for measure, cell in cells.items()}
