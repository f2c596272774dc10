"""What the ledger and the promises say, counted set-based: raw numbers that never leave `services/reports`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connection

from engagement.services.reports.periods import Period
from engagement.services.reports.small_numbers import Crowd

ALL_BRANCHES = 0
NO_BRANCH = -1
EVERY_KIND = ""
NOW, BEFORE = "now", "before"
LINES, TRANSACTIONAL, RELATIONAL = "lines", "transactional", "relational"
# Kinds of the loop, and how many lines of one kind a letter can bring.
LOOP = {
    "request": 1, "letter": 1, "check_in": 1, "check_in_reminder": 1, "check_in_again": 1, "check_in_answer": 1,
    "check_in_comment": 1, "learned_something": 1, "liked_pick": 8, "other_pick": 8,
}  # fmt: skip
CROWD_REACHES_BACK = timedelta(days=400)

# Answers about books are counted as two kinds: read and liked, read and not. Unread books say nothing of either.
CELLS = """
WITH line AS (
    SELECT CASE WHEN day >= %(first)s THEN 'now' ELSE 'before' END AS part, date_trunc('month', day)::date AS month,
        coalesce(line.branch_id, %(no_branch)s) AS branch,
        CASE WHEN kind <> 'pick_answer' THEN kind
             WHEN value IN ('loved', 'liked') THEN 'liked_pick'
             WHEN value IN ('so_so', 'not_for_me') THEN 'other_pick' ELSE kind END AS kind,
        coalesce(nullif(lower(patron.email), ''), patron.public_id) AS person, transactional, relational, wait_minutes
    FROM engagement_interaction AS line LEFT JOIN patrons_patron AS patron ON patron.id = line.patron_id
    WHERE day BETWEEN %(before)s AND %(last)s
)
SELECT part, month, branch, kind, count(*), count(DISTINCT person), count(*) FILTER (WHERE person IS NULL),
    sum(transactional), count(DISTINCT person) FILTER (WHERE transactional > 0),
    count(*) FILTER (WHERE person IS NULL AND transactional > 0),
    sum(relational), count(DISTINCT person) FILTER (WHERE relational > 0),
    count(*) FILTER (WHERE person IS NULL AND relational > 0),
    percentile_cont(0.5) WITHIN GROUP (ORDER BY wait_minutes), percentile_cont(0.9) WITHIN GROUP (ORDER BY wait_minutes)
FROM line
GROUP BY GROUPING SETS ((part), (part, kind), (part, branch), (part, branch, kind), (part, month), (part, month, kind))
"""
CROWDS = """
WITH promised AS (
    SELECT coalesce(promise.branch_id, %(no_branch)s) AS branch,
        coalesce(nullif(lower(patron.email), ''), patron.public_id, '') AS person
    FROM engagement_promise AS promise LEFT JOIN patrons_patron AS patron ON patron.id = promise.patron_id
    WHERE promise.kind = 'letter' AND promise.made_at >= %(since)s AND promise.made_at < %(until)s
), persons AS (
    SELECT coalesce(branch, %(all)s) AS branch, person, count(*) AS letters
    FROM promised GROUP BY GROUPING SETS ((branch, person), (person))
)
SELECT branch, letters, count(*) FROM persons GROUP BY branch, letters
"""


@dataclass(frozen=True)
class Measure:
    """A count or a sum, with the people named on its lines and the number of lines that name nobody."""

    value: float = 0
    known: int = 0
    unknown: int = 0


@dataclass(frozen=True)
class Cell:
    """Lines of one kind (or all) in one part, month or branch. Points rest only on the lines that brought some."""

    lines: Measure = Measure()
    transactional: Measure = Measure()
    relational: Measure = Measure()
    median_wait: float | None = None
    nine_of_ten_wait: float | None = None


@dataclass(frozen=True)
class Place:
    """Where a cell stands; ALL_BRANCHES, no month and EVERY_KIND are the totals."""

    part: str
    kind: str = EVERY_KIND
    branch: int = ALL_BRANCHES
    month: date | None = None


@dataclass(frozen=True)
class Cells:
    """Every cell of a report, and the crowds that say how many people stand behind lines without a patron."""

    by_place: Mapping[Place, Cell]
    crowds: Mapping[int, Crowd]

    def at(self, place: Place) -> Cell:
        return self.by_place.get(place, Cell())

    def count(self, place: Place) -> int:
        return int(self.at(place).lines.value)

    def people(self, place: Place, measure: str = LINES) -> int:
        """At least so many people are behind a measure of this cell (docs/decisions/0007-small-numbers.md)."""
        kinds = [place.kind] if place.kind != EVERY_KIND else [*LOOP, EVERY_KIND]
        known: int = getattr(self.at(place), measure).known
        return max([known, *(self._behind(place, kind, measure) for kind in kinds)])

    def branches(self, part: str) -> list[int]:
        """Every branch with a line in this part."""
        return sorted({place.branch for place in self.by_place if place.part == part} - {ALL_BRANCHES})

    def months(self) -> list[tuple[str, date]]:
        """The months with a line, oldest first, each with its part; one month may lie in both."""
        found = {(place.month, place.part) for place in self.by_place if place.month is not None}
        return [(part, month) for month, part in sorted(found, key=lambda pair: (pair[0], pair[1] == NOW))]

    def _behind(self, place: Place, kind: str, measure: str) -> int:
        unknown: int = getattr(self.at(Place(place.part, kind, place.branch, place.month)), measure).unknown
        if kind not in LOOP:
            return 1 if unknown else 0
        return self.crowds.get(place.branch, Crowd()).at_least(unknown, lines_per_letter=LOOP[kind])


def read_cells(period: Period) -> Cells:
    """Count the ledger over the period and the one before it, by part, month, branch and kind (2 queries)."""
    before = period.before.first if period.before else period.first
    facts: dict[str, Any] = {
        "first": period.first,
        "last": period.last,
        "before": before,
        "no_branch": NO_BRANCH,
        "all": ALL_BRANCHES,
    }
    facts |= {"since": before - CROWD_REACHES_BACK, "until": period.last + timedelta(days=1)}
    with connection.cursor() as cursor:
        cursor.execute(CELLS, facts)
        cells = {_place(*row[:4]): _cell(row[4:]) for row in cursor.fetchall()}
        cursor.execute(CROWDS, facts)
        histograms: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for branch, letters, addresses in cursor.fetchall():
            histograms[branch].append((letters, addresses))
    return Cells(cells, {branch: Crowd.of(histogram) for branch, histogram in histograms.items()})


def _place(part: str, month: date | None, branch: int | None, kind: str | None) -> Place:
    return Place(part, kind or EVERY_KIND, ALL_BRANCHES if branch is None else branch, month)


def _cell(row: Sequence[Any]) -> Cell:
    return Cell(Measure(*row[0:3]), Measure(*row[3:6]), Measure(*row[6:9]), *row[9:])
