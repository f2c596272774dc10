"""Drifting: how likely readers with a profile are to come back."""

from __future__ import annotations

from engagement.services.drift_features import HORIZON
from engagement.services.drift_model import STEADY, WATCH
from engagement.services.reports.counts import Counts
from engagement.services.reports.figures import leads_to
from engagement.services.reports.shapes import PEOPLE, TEXT, Column, Drawing, Table
from engagement.services.reports.small_numbers import HIDDEN, Shown

LEVELS = (("steady", "steady"), ("watch", "keep an eye on"), ("slipping", "slipping away"))
COLUMNS = (
    Column("level", "Likely to come back", TEXT),
    Column("readers", "Readers", PEOPLE),
    Column("before", "The period before", PEOPLE),
)
DEFINITION = (
    f"The chance of coming back within {HORIZON} days, counted each night for every reader with a profile from the "
    "number of their days with the library, the time since the first and the last, and the usual time between two. "
    f"Steady: at least {STEADY:.0%}. Keep an eye on: {WATCH:.0%} to {STEADY:.0%}. Slipping away: less than "
    f"{WATCH:.0%}. It is a state, not a sum: it shows how things stood when the period was counted."
)


def drifting_table(counts: Counts, before: Counts) -> Table:
    """Readers at each level, beside the period before, with how many are not measured in the sentence."""
    rows = tuple((label, *(_at(each, level) for each in (counts, before))) for level, label in LEVELS)
    drawing = Drawing("bars", "level", ("readers",)) if all(now not in (HIDDEN, None) for _, now, _ in rows) else None
    leads = leads_to([(label, f"drifting:{level}") for level, label in LEVELS])
    return Table(
        "drifting", "Who may be slipping away", _sum_up(counts), COLUMNS, rows, DEFINITION, drawing, leads=leads
    )


def _at(counts: Counts, level: str) -> Shown:
    """None for a period in which nobody was counted: it holds for the night on which it is counted."""
    return counts.people(f"drifting:{level}") if counts.keys("drifting") else None


def _sum_up(counts: Counts) -> str:
    if not counts.keys("drifting"):
        return "Nobody was counted in this period: it is counted each night, of the quarter that runs."
    left_out = f" Not measured: {_about(counts.people('drifting:none'))}."
    measured = [level for level, _label in LEVELS if counts.people(f"drifting:{level}")]
    if not measured:
        return f"No reader was measured.{left_out}"
    slipping = _about(counts.people("drifting:slipping"))
    return f"Less likely than 1 in 5 to come back within half a year: {slipping}.{left_out}"


def _about(people: Shown) -> str:
    if people == HIDDEN:
        return "fewer than 8 readers"
    return f"about {people:,} readers" if people else "no reader"
