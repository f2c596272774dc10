"""Counted cells before anything is hidden, and how many people stand behind each. Never leaves `services`. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from engagement.services.reports.small_numbers import Crowd

CROWD = "crowd"
# Kinds of the loop, and how many lines of one kind a letter can bring.
LOOP = {
    "request": 1, "letter": 1, "check_in": 1, "check_in_reminder": 1, "check_in_again": 1, "check_in_answer": 1,
    "check_in_comment": 1, "learned_something": 1, "pick_answer": 8,
}  # fmt: skip
# Measures of such lines that are not named after their kind.
OF_LOOP = {"picks:liked": 8, "picks:other": 8, "wait:median": 1, "wait:p90": 1, "check_ins:unanswered": 1}
# Families over several kinds that say of one such kind alone how many lines name nobody (`slicing.NOBODY_ONCE`).
ONCE = frozenset(("served_week", "served_branch", "effort", "threads", "answered"))


class Place(NamedTuple):
    """Where a cell stands: one branch, audience or language of a quarter, all of it, or one of its months."""

    by: str = ""
    slice: str = ""
    month: str = ""


WHOLE = Place()


@dataclass(frozen=True, slots=True)
class Raw:
    """How many or how much, the distinct people named on it, and the things counted that name nobody."""

    value: float
    known: int
    unknown: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A cell with its verdict: the people behind it at least, and whether it may be shown.

    partial: a total of which something is left out, because it may not be shown.
    """

    value: float
    people: int
    hidden: bool
    partial: bool = False


Cells = Mapping[Place, Mapping[str, Raw]]


def gather(rows: Iterable[tuple[Place, str, float, int, int]]) -> dict[Place, dict[str, Raw]]:
    """Rows of (place, measure, value, known, unknown) by place."""
    cells: dict[Place, dict[str, Raw]] = defaultdict(dict)
    for place, measure, value, known, unknown in rows:
        cells[place][measure] = Raw(value, known, unknown)
    return dict(cells)


def people_behind(cells: Cells) -> dict[tuple[Place, str], int]:
    """At least so many people are behind each cell (docs/decisions/0007-small-numbers.md)."""
    crowds = {place: _crowd(measures) for place, measures in cells.items()}
    return {
        (place, measure): _people(measure, raw, _nearest(place, crowds))
        for place, measures in cells.items()
        for measure, raw in measures.items()
        if not is_crowd(measure)
    }


def is_crowd(measure: str) -> bool:
    """Whether it says how many letters addresses were promised: that is for reckoning, not for showing."""
    return measure.startswith(f"{CROWD}:")


def _crowd(measures: Mapping[str, Raw]) -> Crowd:
    return Crowd.of(
        (int(measure.partition(":")[2]), round(raw.value)) for measure, raw in measures.items() if is_crowd(measure)
    )


def _nearest(place: Place, crowds: Mapping[Place, Crowd]) -> Crowd:
    """The addresses that can be behind the lines of a place. A promise knows its branch, but no audience or language:
    there it is taken that the busiest addresses of the whole library are behind them.
    """
    here = place if place.by in ("", "branch") else WHOLE
    return crowds.get(here, Crowd())


def _people(measure: str, raw: Raw, crowd: Crowd) -> int:
    family, _, key = measure.partition(":")
    each = 1 if family in ONCE else OF_LOOP.get(measure) or LOOP.get(key)
    if not raw.unknown:
        return raw.known
    return max(raw.known, crowd.at_least(raw.unknown, lines_per_letter=each) if each else 1)
