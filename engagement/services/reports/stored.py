"""What the newest snapshots say of periods, for one slice: one query, however many periods."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import connection

from engagement.services.reports.periods import Period, quarter_of
from engagement.services.reports.raw import Kept, Place
from engagement.services.reports.relations import CLOSE
from engagement.services.reports.shapes import Slice
from engagement.services.working_days import zone_of

# Up to so many lines (in the period, and in the last one that was counted) a period is counted on the spot when its
# snapshot does not say how things are now.
SMALL = 50_000
NEWEST = """
WITH asked AS (
    SELECT DISTINCT * FROM unnest(%(grains)s::text[], %(firsts)s::date[]) AS asked (grain, first)
), newest AS (
    SELECT DISTINCT ON (kept.grain, kept.first) kept.* FROM engagement_snapshot AS kept JOIN asked USING (grain, first)
    ORDER BY kept.grain, kept.first, kept.version DESC
), usual AS (
    SELECT total.value FROM engagement_snapshot AS kept JOIN engagement_snapshotcell AS total
        ON total.snapshot_id = kept.id AND total.by = '' AND total.slice = '' AND total.measure = 'lines'
    WHERE kept.grain = 'quarter' AND kept.version > 0 ORDER BY kept.first DESC, kept.version DESC LIMIT 1
)
SELECT newest.grain, newest.first, newest.version, newest.taken_at, newest.because,
    EXISTS (SELECT 1 FROM engagement_changedmonth WHERE month BETWEEN newest.first AND newest.last),
    greatest(0, (SELECT value FROM engagement_snapshotcell
        WHERE snapshot_id = newest.id AND by = '' AND slice = '' AND measure = 'lines'), (SELECT value FROM usual)),
    cell.by, cell.slice, cell.measure, coalesce(cell.shown, cell.value), cell.people, cell.shown IS NULL,
    coalesce(cell.shown < cell.value - %(close)s, false)
FROM newest LEFT JOIN engagement_snapshotcell AS cell
    ON cell.snapshot_id = newest.id AND (cell.by = %(by)s AND cell.slice = %(slice)s
        OR cell.by = 'branch' AND (newest.grain, newest.first) = (%(branches)s, %(branches_of)s))
UNION ALL
SELECT grain, first, NULL, NULL, NULL, NULL, (SELECT count(*) FROM engagement_interaction
    WHERE day BETWEEN first AND (first + interval '3 months - 1 day')::date), NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM asked WHERE grain = 'quarter' AND (grain, first) NOT IN (SELECT grain, first FROM newest)
"""


@dataclass
class Stored:
    """One snapshot, as far as it was asked for: the cells of each place by their measures."""

    version: int
    taken_at: datetime
    because: str
    has_changed: bool
    lines: float
    cells: dict[Place, dict[str, Kept]] = field(default_factory=lambda: defaultdict(dict))

    def serves(self) -> bool:
        """Whether it is to be shown: it says how things are now, or counting anew would take too long."""
        return self.lines > SMALL or (self.version > 0 and not self.has_changed)

    @property
    def words(self) -> str:
        """When it was counted, and why again."""
        at = self.taken_at.astimezone(zone_of(None))
        said = f"as counted on {at.day} {at:%b %Y, %H:%M}"
        return f"{said}; {_nth(self.version)} count: {self.because}" if self.version > 1 else said


def read_stored(
    periods: Sequence[Period], slice_: Slice, branches_of: Period | None = None
) -> tuple[dict[tuple[str, date], Stored], dict[tuple[str, date], int]]:
    """Newest snapshots of these periods, and of the quarters their months lie in, by grain and first day.

    Of one slice; of one of the periods, if it is named, every branch besides. Beside them the quarters that were never
    counted, with the number of their lines.
    """
    wanted = [(period.grain, period.first) for period in _with_quarters(periods)]
    facts: dict[str, Any] = {"by": slice_.by, "slice": slice_.key, "branches": "", "branches_of": None, "close": CLOSE}
    if branches_of:
        facts |= {"branches": branches_of.grain, "branches_of": branches_of.first}
    facts |= {"grains": [grain for grain, _ in wanted], "firsts": [first for _, first in wanted]}
    found: dict[tuple[str, date], Stored] = {}
    uncounted: dict[tuple[str, date], int] = {}
    with connection.cursor() as cursor:
        cursor.execute(NEWEST, facts)
        for grain, first, version, at, because, changed, lines, by, key, measure, *kept in cursor.fetchall():
            if version is None:
                uncounted[grain, first] = lines
                continue
            one = found.setdefault((grain, first), Stored(version, at, because, changed, lines))
            if measure is not None:
                one.cells[Place(by, key)][measure] = Kept(*kept)
    return found, uncounted


def _with_quarters(periods: Iterable[Period]) -> list[Period]:
    asked = [period for period in periods if period.grain]
    return [*asked, *(quarter_of(period.first) for period in asked if period.grain == "month")]


def _nth(number: int) -> str:
    last_two = number % 100
    ending = "th" if last_two in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
