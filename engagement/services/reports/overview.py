"""The first report: is the loop turning, and do relationships grow? One suppressed dataclass for page, CSV and JSON."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from engagement.models import Interaction
from engagement.models.score import Stage
from engagement.services.reports.cells import (
    ALL_BRANCHES,
    BEFORE,
    NOW,
    RELATIONAL,
    TRANSACTIONAL,
    Cells,
    Place,
    read_cells,
)
from engagement.services.reports.figures import Figure, loop_figures
from engagement.services.reports.periods import Period, month_label
from engagement.services.reports.small_numbers import HIDDEN, Shown, hidden_groups, show_count, show_people
from engagement.services.reports.standing import UNMEASURED, read_promises, read_stages
from engagement.services.rules import rules_in_force
from engagement.services.working_days import zone_of
from library.models import Branch

POINTS = (TRANSACTIONAL, RELATIONAL)


@dataclass(frozen=True)
class PointsRow:
    """Points of a month (all branches) or of a period (one branch)."""

    label: str
    transactional: Shown
    relational: Shown


@dataclass(frozen=True)
class StageRow:
    stage: str
    label: str
    people: Shown


@dataclass(frozen=True)
class Overview:
    """What may be shown of one period, beside the period before; every number is suppressed already."""

    period: Period
    branch: str
    as_of: datetime
    rules_version: int
    figures: tuple[Figure, ...]
    points: tuple[PointsRow, ...]
    growth: int | None
    is_running: bool
    stages: tuple[StageRow, ...]
    not_measured: Shown
    is_empty: bool

    def figure(self, key: str) -> Figure:
        return next(figure for figure in self.figures if figure.key == key)


def quarter_to_open(quarters: Sequence[Period]) -> Period:
    """What the page shows unasked, of quarters newest first: the last one that is over, once it has a line."""
    running, over = quarters[:2]
    return over if Interaction.objects.filter(day__range=(over.first, over.last)).exists() else running


def read_overview(*, period: Period, branch: Branch | None, now: datetime) -> Overview:
    """The report of a period for one branch or all of them; at most five queries, however many rows there are."""
    cells = read_cells(period)
    people = read_stages(branch)
    here = branch.pk if branch else ALL_BRANCHES
    is_running = period.last >= now.astimezone(zone_of(branch)).date()
    months = _months(cells) if branch is None else _periods(cells, period, here)
    return Overview(
        period=period,
        branch=branch.name if branch else "",
        as_of=now,
        rules_version=rules_in_force().number,
        figures=loop_figures(cells, read_promises(period, branch, now), here),
        points=tuple(months),
        growth=None if is_running else _growth(cells, here),
        is_running=is_running,
        stages=tuple(
            StageRow(stage.value, stage.label, show_people(people.get(stage.value, 0))) for stage in reversed(Stage)
        ),
        not_measured=show_people(people.get(UNMEASURED, 0)),
        is_empty=not any(cells.count(Place(part, branch=here)) for part in (NOW, BEFORE)),
    )


def _months(cells: Cells) -> list[PointsRow]:
    """Points by month over both periods. A month that alone would be found by difference is hidden as well."""
    rows = []
    months = cells.months()
    for part in (BEFORE, NOW):
        places = {month: Place(part, month=month) for its_part, month in months if its_part == part}
        hidden = {measure: hidden_groups(_people(cells, places, measure)) for measure in POINTS}
        rows += [_row(cells, places[month], month_label(month), hidden, month) for month in places]
    return rows


def _periods(cells: Cells, period: Period, branch: int) -> list[PointsRow]:
    """One branch: its points in the period before and in this one."""
    labels = {BEFORE: period.before.label if period.before else "", NOW: period.label}
    return [
        _row(cells, Place(part, branch=branch), label, _hidden_branches(cells, part), branch)
        for part, label in labels.items()
    ]


def _people[Group: Hashable](cells: Cells, places: Mapping[Group, Place], measure: str) -> dict[Group, int]:
    return {group: cells.people(place, measure) for group, place in places.items()}


def _hidden_branches(cells: Cells, part: str) -> dict[str, frozenset[int]]:
    places = {branch: Place(part, branch=branch) for branch in cells.branches(part)}
    return {measure: hidden_groups(_people(cells, places, measure)) for measure in POINTS}


def _row[Group: Hashable](
    cells: Cells, place: Place, label: str, hidden: Mapping[str, frozenset[Group]], group: Group
) -> PointsRow:
    shown: dict[str, Shown] = {
        measure: HIDDEN if group in hidden[measure] else _points(cells, place, measure) for measure in POINTS
    }
    return PointsRow(label, **shown)


def _points(cells: Cells, place: Place, measure: str) -> Shown:
    value: float = getattr(cells.at(place), measure).value
    return show_count(round(value), cells.people(place, measure))


def _growth(cells: Cells, branch: int) -> int | None:
    """By how many percent relational points changed; None where either period may not be shown or had none.

    Asked only of a period that is over: half a quarter is no match for a whole one.
    """
    values = []
    for part in (BEFORE, NOW):
        shown = _points(cells, Place(part, branch=branch), RELATIONAL)
        if branch in _hidden_branches(cells, part)[RELATIONAL] or not isinstance(shown, int):
            return None
        values.append(shown)
    before, now = values
    return round(100 * (now - before) / before) if before else None
