"""Outcomes: what readers give and what they say, of whatever stage, and how that moves."""

from __future__ import annotations

from collections.abc import Sequence

from engagement.models import Rule
from engagement.models.score import Stage
from engagement.services.reports.counts import Counts
from engagement.services.reports.figures import BEFORE, LEFT_OUT, Both, leads_to, shown
from engagement.services.reports.parts.pulse import is_asked, pulse_figures, pulse_tables
from engagement.services.reports.sentences import about, capital, many_at_least, say_against
from engagement.services.reports.shapes import COUNT, PEOPLE, TEXT, Column, Drawing, Figure, Part, Table
from engagement.services.reports.small_numbers import HIDDEN, Shown

# donations, volunteering, speaking up, people brought: as the rules name them.
KINDS = {key: str(label) for key, label in Rule.Outcome.choices}
GIVEN = [(label, f"outcome:{key}") for key, label in KINDS.items()]
EMPTY = (
    "No gift is written down for these two periods. Donations, hours volunteered, a word spoken for the library and "
    "people brought along can be written down on a reader's card, or come with an import."
)
GIFTS = (
    "Gifts to the library, each counted once on its day: donations of money or things, times somebody volunteered, "
    "times somebody spoke up for the library in public, and people brought who became members. Written down by staff, "
    f"or brought in from a file; what nobody wrote down is not here. {LEFT_OUT}"
)
GIVERS = f"Readers known to have given, each counted once however often. {GIFTS}"
STAGES = (
    "Givers by the stage they had reached before giving, for readers with a profile; whoever gave at two stages counts "
    "at both. Readers at this stage are those counted for this period. That givers stand high does not say "
    "that the stage made them give."
)


def read_outcomes(*, counts: Counts, before: Counts, trend: Sequence[tuple[str, Counts]], is_running: bool) -> Part:
    """Gifts, givers, where they stood, and the trend."""
    both = Both(counts, before)
    asked = any(is_asked(each) for each in (counts, before))
    said, tables = (pulse_figures(both), pulse_tables(both)) if asked else ((), ())
    if not any(each.keys("outcome") for each in (counts, before, *(one for _label, one in trend))):
        return Part("outcomes", "Outcomes", EMPTY, said, tables)
    return Part(
        "outcomes",
        "Outcomes",
        _sum_up(both, is_running=is_running),
        figures=(*_figures(both), *said),
        tables=(_gifts(both), _stages(both), _trend(trend), *tables),
    )


def _figures(both: Both) -> tuple[Figure, ...]:
    found = [both.total("gifts", "gifts to the library", COUNT, shown("outcome"), GIFTS, measure="outcome")]
    for label, measure in GIVEN:
        key = f"gifts_{measure.partition(':')[2]}"
        found.append(both.total(key, label, COUNT, shown(measure), GIFTS, measure=measure, of="outcome"))
    return tuple(found)


def _gifts(both: Both) -> Table:
    rows = tuple(
        (
            label,
            both.now.shown(f"outcome:{key}"),
            both.now.people(f"outcome:{key}"),
            both.before.shown(f"outcome:{key}"),
        )
        for key, label in KINDS.items()
    )
    return Table(
        "gifts_by_kind",
        "What readers gave",
        f"{many_at_least(both.now, 'outcome', 'gift')} in this period.",
        (
            Column("gift", "Gift", TEXT),
            Column("now", "This period"),
            Column("givers", "Givers", PEOPLE),
            Column("before", BEFORE),
        ),
        rows,
        GIVERS,
        Drawing("bars", "gift", ("now", "before")),
        leads=leads_to(GIVEN),
    )


def _stages(both: Both) -> Table:
    stages = [(stage.value, str(stage.label)) for stage in reversed(Stage)]
    rows = tuple(
        (
            label,
            both.now.people(f"giver_stage:{key}"),
            both.now.people(f"stages:{key}") or None,
        )
        for key, label in stages
    )
    return Table(
        "gifts_by_stage",
        "Where the givers stood",
        _say_stages(both.now),
        (
            Column("stage", "Stage before the gift", TEXT),
            Column("givers", "Givers", PEOPLE),
            Column("readers", "Readers at this stage", PEOPLE),
        ),
        rows,
        STAGES,
        Drawing("bars", "stage", ("givers",)),
        leads=leads_to([(label, f"giver_stage:{key}") for key, label in stages]),
    )


def _trend(trend: Sequence[tuple[str, Counts]]) -> Table:
    rows = tuple((label, *(each.shown(f"outcome:{key}") for key in KINDS)) for label, each in trend)
    return Table(
        "gifts_trend",
        "Gifts over time",
        "What was given from period to period; a star stands where a number may not be shown.",
        (Column("period", "Period", TEXT), *(Column(key, label) for key, label in KINDS.items())),
        rows,
        GIFTS,
        Drawing("lines", "period", tuple(KINDS)),
        leads=leads_to(GIVEN),
    )


def _say_stages(counts: Counts) -> str:
    close = [counts.people(f"giver_stage:{stage.value}") for stage in (Stage.FOLLOW_UP, Stage.PROACTIVE)]
    numbers = [value for value in close if isinstance(value, int)]
    if len(numbers) < len(close):
        return "Too few givers stand on the upper rungs to say how many."
    return capital(f"{about(sum(numbers))} had heard back from us and answered before they gave.")


def _sum_up(both: Both, *, is_running: bool) -> str:
    now, before = both.now.shown("outcome"), both.before.shown("outcome")
    so_far = " so far" if is_running else ""
    if now == HIDDEN:
        return "Too few readers gave something to say how much."
    said = f"{many_at_least(both.now, 'outcome', 'gift')} to the library{so_far}"
    named = _named(both.now)
    after = "" if is_running or not both.comparable("outcome") else say_against(now, before)
    return f"{said}{after}{named}."


def _named(counts: Counts) -> str:
    values: dict[str, Shown] = {label: counts.shown(f"outcome:{key}") for key, label in KINDS.items()}
    told = [f"{value:,} {label}" for label, value in values.items() if isinstance(value, int) and value]
    return f": {', '.join(told)}" if told else ""
