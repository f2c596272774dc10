"""The people part: what it shows of counts that may be shown, and what it says where there is little."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engagement.services.reports.counts import Counts, read_counts
from engagement.services.reports.parts.people import read_people
from engagement.services.reports.periods import quarter_of
from engagement.services.reports.raw import Kept
from engagement.services.reports.shapes import Part, Slice, Table
from tests.builders import NOON, make_patron
from tests.engagement.events import record

DAY = timedelta(days=1)
QUARTER = quarter_of(NOON.date())


def counts_of(**people: int) -> Counts:
    """Counts of readers; a name like active__kept is the measure active:kept, few of them are hidden."""
    cells = {
        name.replace("__to__", ">").replace("__", ":"): Kept(many, many, hidden=many < 8)
        for name, many in people.items()
    }
    return Counts(cells, NOON, "counted just now")


NOTHING = counts_of()


def figures(part: Part) -> dict[str, object]:
    return {figure.key: (figure.value, figure.before) for figure in part.figures}


def table(part: Part, key: str) -> Table:
    return next(one for one in part.tables if one.key == key)


def test_retention_is_the_share_of_the_start_that_stayed() -> None:
    now = counts_of(active__start=100, active__kept=80, active__lapsed=20, active__new=33, active__end=113)
    then = counts_of(active__start=90, active__kept=63, active__lapsed=27, active__end=90)
    part = read_people(counts=now, before=then)
    assert figures(part)["retention"] == (80, 70)
    assert figures(part)["new"] == (35, 0)
    assert figures(part)["not_measured"] == (None, None)
    assert table(part, "activity").rows[0] == ("active at the start", 100, 90)
    assert table(part, "activity").sentence == ("About 100 readers were active at the start, about 115 at the end.")


def test_a_quarter_in_which_drifting_was_not_counted_shows_no_zeros() -> None:
    counted = counts_of(stages__basic=30, drifting__steady=20, drifting__watch=10)
    not_counted = counts_of(stages__basic=30)
    now = table(read_people(counts=counted, before=not_counted), "drifting")
    assert now.rows[0] == ("steady", 20, None)
    then = table(read_people(counts=not_counted, before=counted), "drifting")
    assert [row[1:] for row in then.rows] == [(None, 20), (None, 10), (None, 0)]
    assert then.sentence.startswith("Nobody was counted in this period")
    assert then.drawing is None
    part = read_people(counts=not_counted, before=not_counted)
    assert "drifting" not in {one.key for one in part.tables}


def test_the_sentence_says_how_many_and_how_many_are_not_measured() -> None:
    now = counts_of(active__active=123, active__new=33, active__kept=80, active__lapsed=20, stages__none=901)
    then = counts_of(active__kept=63, active__lapsed=27)
    assert read_people(counts=now, before=then).sentence == (
        "About 125 readers with a profile used the library, about 35 of them new; 80 % of those active before stayed, "
        "after 70 % in the period before. Not measured: about 900 readers without a profile."
    )


def test_few_readers_are_hidden_everywhere_and_no_sentence_gives_them_away() -> None:
    few = counts_of(
        active__active=7, active__new=3, active__kept=7, active__lapsed=1, stages__reactive=5, types__fan=2,
        flow__basic__to__reactive=4, stages__none=6,
    )  # fmt: skip
    part = read_people(counts=few, before=NOTHING)
    shown = [value for one in part.tables for row in one.rows for value in row[1:]]
    assert {value for value in shown if value} == {"*"}
    assert {value for pair in figures(part).values() for value in pair if value} == {"*"}  # type: ignore[attr-defined]  # (a pair)
    said = " ".join([part.sentence, *(one.sentence for one in part.tables)])
    assert not any(digit in said.replace("1 in 5", "") for digit in "0123467")


def test_flows_name_only_the_ways_somebody_went_up_before_down() -> None:
    now = counts_of(flow__basic__to__reactive=20, flow__follow_up__to__basic=12, stages__basic=40)
    then = counts_of(flow__basic__to__proactive=9, stages__basic=40)
    flows = table(read_people(counts=now, before=then), "flows")
    assert flows.rows == (
        ("basic to reactive", 20, 0),
        ("basic to proactive", 0, 10),
        ("follow-up to basic", 10, 0),
    )
    assert flows.sentence == "About 20 readers moved up and about 10 down, as far as it may be shown."


def test_types_and_stages_are_said_in_neutral_words() -> None:
    now = counts_of(types__one_thing=40, types__fan=10, types__none=200, stages__basic=100, stages__proactive=11)
    part = read_people(counts=now, before=NOTHING)
    assert table(part, "reader_types").sentence == (
        "The largest group comes for one thing: about 40 readers. Without a type: about 200 readers."
    )
    assert table(part, "rungs").sentence == "Most readers with a profile stand at basic: about 100."
    assert "Nothing is ever held back" in table(part, "reader_types").definition


def test_a_library_without_profiles_says_what_to_do() -> None:
    part = read_people(counts=counts_of(stages__none=500), before=NOTHING)
    assert "agree to a profile" in part.sentence
    assert figures(part) == {"not_measured": (500, None)}
    assert part.tables == ()


@pytest.mark.django_db
def test_from_the_ledger_to_the_part() -> None:
    for number in range(9):
        patron = make_patron("profile", created_at=NOON - 400 * DAY)
        record("loan", patron, NOON - 200 * DAY, now=NOON)
        record("letter", patron, NOON - DAY * (number + 1), started_by="library", now=NOON)
    counts, before = (
        read_counts(period=period, slice_=Slice(), now=NOON) for period in (QUARTER, QUARTER.before) if period
    )
    part = read_people(counts=counts, before=before)
    assert table(part, "activity").rows[:2] == (("active at the start", 10, 10), ("of them kept", 10, 10))
    assert [row[:2] for row in table(part, "rungs").rows] == [
        ("proactive", 0),
        ("follow-up", 0),
        ("reactive", 10),
        ("basic", 0),
        ("not measured", 0),
    ]
    assert ("basic to reactive", 10, 0) in table(part, "flows").rows
