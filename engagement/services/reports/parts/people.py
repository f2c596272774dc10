"""People: who is active, new, back and lapsed, on which rung they stand, and what kind of readers they are."""

from __future__ import annotations

from engagement.models import ReaderType
from engagement.models.score import Stage
from engagement.services.reports.counts import Counts
from engagement.services.reports.figures import Both, Leads, Read
from engagement.services.reports.parts import people_words as words
from engagement.services.reports.parts.drifting import drifting_table
from engagement.services.reports.shapes import PEOPLE, PERCENT, Figure, Part, Table
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
    drifting = (drifting_table(counts, before),) if any(each.keys("drifting") for each in (counts, before)) else ()
    tables = (_activity(both), _stages(both), _flows(both), *types, *drifting)
    return Part("people", "People", words.say_people(counts, before), _figures(both), tables, words.NOTES)


def _measured(counts: Counts) -> bool:
    return any(key != "none" for family in FAMILIES for key in counts.keys(family))


def _people(measure: str) -> Read:
    return lambda counts: _said(counts, measure)


def _figures(both: Both) -> tuple[Figure, ...]:
    return (
        both.figure(
            "retention", "of those active before stayed", PERCENT, words.kept_share, words.RETENTION,
            leads=(("lapsed", "active:lapsed"), ("stayed", "active:kept")),
        ),
        _readers(both, "active", "active readers", "active:active", words.ACTIVE),
        _readers(both, "new", "new readers", "active:new", words.NEW),
        _readers(both, "back", "back after a year", "active:back", words.BACK),
        _readers(both, "lapsed", "lapsed", "active:lapsed", words.LAPSED),
        _not_measured(both),
    )  # fmt: skip


def _not_measured(both: Both) -> Figure:
    return _readers(both, "not_measured", "not measured", "stages:none", words.NOT_MEASURED)


def _readers(both: Both, key: str, label: str, measure: str, about: str) -> Figure:
    return both.figure(key, label, PEOPLE, _people(measure), about, leads=((label, measure),))


def _activity(both: Both) -> Table:
    rows = [(label, f"active:{key}") for key, label in ACTIVITY]
    return _table(both, ("activity", "Who stayed, came and went", words.say_activity(both.now)), rows, words.ACTIVITY)


def _stages(both: Both) -> Table:
    rows = [(str(stage.label), f"stages:{stage.value}") for stage in reversed(Stage)]
    rows.append(("not measured", "stages:none"))
    return _table(both, ("rungs", "Where readers stand", words.say_stages(both.now)), rows, words.STAGES)


def _flows(both: Both) -> Table:
    """Only the ways that somebody went, in this period or the one before: up, then down."""
    gone = {f"flow:{key}" for each in (both.now, both.before) for key in each.keys("flow")}
    labels = {stage.value: str(stage.label) for stage in Stage}
    rows = [
        (" to ".join(labels[rung] for rung in flow.partition(":")[2].split(">")), flow)
        for way in words.ways()
        for flow in way
        if flow in gone
    ]
    return _table(both, ("flows", "How readers moved", words.say_flows(both.now)), rows, words.FLOWS)


def _types(both: Both) -> Table:
    rows = [(str(kind.label), f"types:{kind.value}") for kind in ReaderType.Type]
    rows.append(("no type", "types:none"))
    return _table(both, ("reader_types", "What kind of readers", words.say_types(both.now)), rows, words.TYPES)


def _said(counts: Counts, measure: str) -> Shown:
    """None where nobody was counted: types, say, only hold for the day they are counted on. Moves go with stages."""
    family = measure.partition(":")[0]
    return counts.people(measure) if counts.keys("stages" if family == "flow" else family) else None


def _table(both: Both, named: tuple[str, str, str], rows: Leads, about: str) -> Table:
    return both.table(named, ("readers_who", "Readers"), rows, about, unit=PEOPLE, read=_people)
