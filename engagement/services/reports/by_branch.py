"""The lines of some kinds in every branch at once, as they may be shown: what a number leads to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from engagement.models import Rule, SnapshotCell
from engagement.services.reports.periods import Period
from engagement.services.reports.shapes import TEXT, Column, Table
from engagement.services.reports.small_numbers import HIDDEN, Shown
from engagement.services.reports.spot import count_now
from engagement.services.reports.stored import read_stored
from library.models import Branch

MOST_KINDS = 6
By = Mapping[tuple[str, str], Shown]


def read_by_branch(*, rules: Sequence[Rule], period: Period, now: datetime) -> Table:
    """How many lines of each kind every branch has; three queries, however many branches."""
    kinds = [rule.kind for rule in rules[:MOST_KINDS]]
    found = _cells(period, [f"lines:{kind}" for kind in kinds], now)
    return Table(
        key="by_branch",
        title="By branch",
        sentence="",
        columns=(Column("branch", "Branch", TEXT), *(Column(rule.kind, rule.label) for rule in rules[:MOST_KINDS])),
        rows=tuple(
            (name, *(found.get((str(pk), f"lines:{kind}"), 0) for kind in kinds))
            for pk, name in Branch.objects.order_by("name").values_list("pk", "name")
        ),
        definition="Lines of the ledger in this period.",
    )


def _cells(period: Period, measures: Sequence[str], now: datetime) -> By:
    """From the newest snapshot where it serves, as every page does; else counted now."""
    stored = read_stored([period], "", "").get((period.grain, period.first))
    if stored is None or not stored.serves():
        return {
            (place.slice, measure): HIDDEN if cell.hidden else round(cell.value)
            for place, cells in count_now([period], now)[period].items()
            if place.by == "branch"
            for measure, cell in cells.items()
        }
    cells = SnapshotCell.objects.filter(
        snapshot__grain=period.grain,
        snapshot__first=period.first,
        snapshot__version=stored.version,
        by="branch",
        measure__in=measures,
    )
    return {
        (key, measure): HIDDEN if shown is None else round(shown)
        for key, measure, shown in cells.values_list("slice", "measure", "shown")
    }
