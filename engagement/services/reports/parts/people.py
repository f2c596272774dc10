"""People: who is active, new, back and lapsed, on which rung they stand, and what kind of readers they are."""

from __future__ import annotations

from collections.abc import Sequence

from engagement.models import ReaderType
from engagement.models.score import Stage
from engagement.services.reports.counts import Counts
from engagement.services.reports.figures import Both, Read
from engagement.services.reports.parts import people_words as words
from engagement.services.reports.parts.drifting import drifting_table
from engagement.services.reports.shapes import PEOPLE, PERCENT, TEXT, Column, Drawing, Figure, Part, Table
from engagement.services.reports.small_numbers import Shown

FAMILIES = ("active", "stages", "types", "drifting")
ACTIVITY = (
    ("start", "active at the start"),
    ("kept", "of them kept"),
    ("lapsed", "of them lapsed"),
    ("new", "new"),
    ("back", "back after a year or more"),
    ("met", "met, with a card of long before"),
    ("end", "active at the end"),
)


def read_people(*, counts: Counts, before: Counts) -> Part:
    """Readers with a profile, and how many are not measured."""
    both = Both(counts, before)
    if not any(_measured(each) for each in (counts, before)):
        return Part("people", "People", words.EMPTY, figures=(_not_measured(both),))
    types = (_types(both),) if any(each.keys("types") for each in (counts, before)) else ()
    tables = (_activity(both), _stages(both), _flows(both), *types, drifting_table(counts, before))
    return Part("people", "People", words.say_people(counts, before), _figures(both), tables, words.NOTES)


def _measured(counts: Counts) -> bool:
    return any(key != "none" for family in FAMILIES for key in counts.keys(family))


def _people(measure: str) -> Read:
    return lambda counts: _said(counts, measure)


def _figures(both: Both) -> tuple[Figure, ...]:
    return (
        both.figure("retention", "of those active before stayed", PERCENT, words.kept_share, words.RETENTION),
        both.figure("active", "active readers", PEOPLE, _people("active:active"), words.ACTIVE),
        both.figure("new", "new readers", PEOPLE, _people("active:new"), words.NEW),
        both.figure("back", "back after a year", PEOPLE, _people("active:back"), words.BACK),
        both.figure("lapsed", "lapsed", PEOPLE, _people("active:lapsed"), words.LAPSED),
        _not_measured(both),
    )


def _not_measured(both: Both) -> Figure:
    return both.figure("not_measured", "not measured", PEOPLE, _people("stages:none"), words.NOT_MEASURED)


def _activity(both: Both) -> Table:
    rows = [(label, *_now_and_before(both, f"active:{key}")) for key, label in ACTIVITY]
    return _table("activity", "Who stayed, came and went", words.say_activity(both.now), rows, words.ACTIVITY)


def _stages(both: Both) -> Table:
    rows = [(str(stage.label), *_now_and_before(both, f"stages:{stage.value}")) for stage in reversed(Stage)]
    rows.append(("not measured", *_now_and_before(both, "stages:none")))
    return _table("rungs", "Where readers stand", words.say_stages(both.now), rows, words.STAGES)


def _flows(both: Both) -> Table:
    """Only the ways that somebody went, in this period or the one before: up, then down."""
    gone = {f"flow:{key}" for each in (both.now, both.before) for key in each.keys("flow")}
    labels = {stage.value: str(stage.label) for stage in Stage}
    rows = [
        (" to ".join(labels[rung] for rung in flow.partition(":")[2].split(">")), *_now_and_before(both, flow))
        for way in words.ways()
        for flow in way
        if flow in gone
    ]
    return _table("flows", "How readers moved", words.say_flows(both.now), rows, words.FLOWS)


def _types(both: Both) -> Table:
    rows = [(str(kind.label), *_now_and_before(both, f"types:{kind.value}")) for kind in ReaderType.Type]
    rows.append(("no type", *_now_and_before(both, "types:none")))
    return _table("reader_types", "What kind of readers", words.say_types(both.now), rows, words.TYPES)


def _now_and_before(both: Both, measure: str) -> tuple[Shown, Shown]:
    return _said(both.now, measure), _said(both.before, measure)


def _said(counts: Counts, measure: str) -> Shown:
    """None where nobody was counted: types, say, only hold for the day they are counted on. Moves go with stages."""
    family = measure.partition(":")[0]
    return counts.people(measure) if counts.keys("stages" if family == "flow" else family) else None


def _table(key: str, title: str, sentence: str, rows: Sequence[tuple[Shown, ...]], about: str) -> Table:
    columns = (
        Column("readers_who", "Readers", TEXT),
        Column("now", "This period", PEOPLE),
        Column("before", "The period before", PEOPLE),
    )
    drawing = Drawing("bars", "readers_who", ("now", "before")) if rows else None
    return Table(key, title, sentence, columns, tuple(rows), about, drawing)
