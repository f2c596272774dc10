"""A manager changes the table: row by row, with clear refusals, seeing the effect first, and with a way back."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from engagement.models import RuleDraft, RuleVersion, Score
from engagement.services.judging import TESTS
from engagement.services.rule_drafts import (
    BadRow,
    DraftMovedOn,
    DraftOpen,
    NoDraft,
    NothingChanged,
    begin_draft,
    keep_row,
    keep_scale,
    open_draft,
    publish_draft,
    put_back_row,
    rows_of,
    set_draft_aside,
    state_of,
    take_draft_up,
)
from engagement.services.rule_effects import ask_effect, count_effect, effect_waits, read_effect
from engagement.services.rule_following import follow_rules
from engagement.services.rule_table import RuleFacts
from engagement.services.rules import NotPublishable, rules_in_force, table_of
from library.models import AuditLine, User
from tests.builders import NOON, make_patron, make_staff
from tests.engagement.events import record

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
NEW = RuleFacts("pen_pal", "Wrote to a pen pal", "A letter.", dict.fromkeys(TESTS, "yes"), 2, 10, channel="talking")


@pytest.fixture
def manager() -> User:
    return make_staff("manager")


def begin(by: User, number: int = 2) -> RuleDraft:
    return begin_draft(of=RuleVersion.objects.get(number=number), by=by, now=NOON)


def row(kind: str, number: int = 2) -> RuleFacts:
    return next(one for one in table_of(RuleVersion.objects.get(number=number)) if one.kind == kind)


def draft() -> RuleDraft:
    found = open_draft()
    assert found is not None
    return found


def publish(by: User, **over: Any) -> RuleVersion:
    facts: dict[str, Any] = {"note": "Why", "seen": state_of(draft()), "by": by, "now": NOON}
    return publish_draft(**facts | over)


def effect() -> dict[str, Any]:
    return read_effect(draft=draft(), now=NOON)


def test_a_draft_begins_as_the_table_it_is_made_of(manager: User) -> None:
    assert rows_of(begin(manager)) == table_of(rules_in_force())
    with pytest.raises(DraftOpen):
        begin(manager)
    with pytest.raises(NothingChanged):
        publish(manager)


def test_changes_are_kept_row_by_row_and_put_back_row_by_row(manager: User) -> None:
    begin(manager)
    keep_row(row=replace(row("loan"), weight=2, ceiling=2), new=False, by=manager, now=NOON)
    keep_row(row=NEW, new=True, by=manager, now=NOON)
    keep_scale(s50_relational=30, s50_transactional=20, by=manager, now=NOON)
    by_kind = {one.kind: one for one in rows_of(draft())}
    assert (by_kind["loan"].weight, by_kind["pen_pal"]) == (2, NEW)
    assert put_back_row(kind="loan", by=manager, now=NOON)
    assert put_back_row(kind="pen_pal", by=manager, now=NOON)
    assert not put_back_row(kind="pen_pal", by=manager, now=NOON)
    keep_scale(s50_relational=40, s50_transactional=20, by=manager, now=NOON)
    assert rows_of(draft()) == table_of(rules_in_force())


@pytest.mark.parametrize(
    ("over", "words"),
    [
        ({"weight": 1e9, "ceiling": 5e9}, "the weight is a number from 0 to 100"),
        ({"weight": -1}, "the weight is a number from 0"),
        ({"weight": math.nan}, "the weight is a number"),
        ({"weight": math.inf, "ceiling": math.inf}, "the weight is a number"),
        ({"ceiling": 1e9}, "the ceiling is a number from 0 to 500"),
        ({"ceiling": 4}, "can bring 12 points"),
        ({"verdicts": dict.fromkeys(TESTS, "maybe")}, "yes, no or event"),
    ],
)
def test_a_row_nobody_could_judge_by_is_refused(manager: User, over: dict[str, Any], words: str) -> None:
    before = begin(manager).table
    with pytest.raises((BadRow, NotPublishable), match=words):
        keep_row(row=replace(row("letter"), **over), new=False, by=manager, now=NOON)
    assert draft().table == before


def test_kinds_are_named_plainly_and_once_and_unknown_ones_are_not_changed(manager: User) -> None:
    begin(manager)
    for kind in ("", "x", "Pen pal", "pen-pal", "a" * 41, "ünder"):
        with pytest.raises(BadRow, match="small letters"):
            keep_row(row=replace(NEW, kind=kind), new=True, by=manager, now=NOON)
    with pytest.raises(BadRow, match="There is a kind letter already"):
        keep_row(row=replace(NEW, kind="letter"), new=True, by=manager, now=NOON)
    with pytest.raises(NoDraft):
        keep_row(row=NEW, new=False, by=manager, now=NOON)
    for scale in (0, -1, 1e-300, math.nan, 1e9):
        with pytest.raises(NotPublishable):
            keep_scale(s50_relational=scale, s50_transactional=20, by=manager, now=NOON)


def test_publishing_is_a_new_version_with_its_note_and_a_line_of_who_did_it(manager: User) -> None:
    begin(manager)
    keep_row(row=replace(row("loan"), weight=2, ceiling=2), new=False, by=manager, now=NOON)
    version = publish(manager, note="Books weigh more")
    assert (version.number, version.note, version.by, rules_in_force()) == (3, "Books weigh more", manager, version)
    assert (row("loan", 3).weight, row("loan", 2).weight) == (2, 1)
    line = AuditLine.objects.latest("pk")
    assert (line.what, line.thing, line.reference) == ("rules.published", "rules", "3")
    assert open_draft() is None
    with pytest.raises(NoDraft):
        keep_row(row=row("loan"), new=False, by=manager, now=NOON)


def test_nobody_publishes_what_a_colleague_changed_meanwhile(manager: User) -> None:
    seen = state_of(begin(manager))
    keep_row(row=replace(row("loan"), weight=2, ceiling=2), new=False, by=make_staff("manager"), now=NOON + DAY)
    with pytest.raises(DraftMovedOn):
        publish(manager, seen=seen)
    assert rules_in_force().number == 2


def test_an_earlier_table_comes_back_and_later_kinds_count_nothing_in_it(manager: User) -> None:
    begin(manager)
    keep_row(row=replace(row("loan"), weight=2, ceiling=2), new=False, by=manager, now=NOON)
    keep_row(row=NEW, new=True, by=manager, now=NOON)
    publish(manager)
    begin(manager, 2)
    by_kind = {one.kind: one for one in rows_of(draft())}
    assert (by_kind["loan"].weight, by_kind["pen_pal"].weight) == (1, 0)
    assert publish(manager).number == 4
    # Nobody loses where the kinds stand in reports by going back to the first table, which did not say.
    begin(manager, 1)
    by_kind = {one.kind: one for one in rows_of(draft())}
    assert (by_kind["review"].group, by_kind["loan"].shows_use, by_kind["room_booking"].weight) == (
        "advice_given",
        True,
        0,
    )


def test_a_draft_set_aside_can_be_taken_up_again(manager: User) -> None:
    begin(manager)
    keep_row(row=NEW, new=True, by=manager, now=NOON)
    set_draft_aside(now=NOON)
    assert open_draft() is None
    assert not ask_effect(now=NOON)
    assert take_draft_up()
    assert NEW in rows_of(draft())
    assert not take_draft_up()


def make_readers() -> None:
    """Twelve readers with a letter, nine of them with forty loans; one who only gave."""
    for number in range(12):
        patron = make_patron("profile")
        record("letter", patron, NOON - DAY, started_by="library")
        if number < 9:
            for days in range(5):
                record("loan", patron, NOON - days * DAY)
    record("donation", make_patron("profile"), NOON - DAY)


def test_the_effect_says_how_many_readers_move_how_far(manager: User) -> None:
    make_readers()
    begin(manager)
    still = effect()
    assert still["covered"] == 15
    assert still["relational"] == {"down_much": 0, "down": 0, "same": 15, "up": 0, "up_much": 0}
    assert still["stage"] == {"down": 0, "same": 15, "up": 0}
    keep_row(row=replace(row("loan"), weight=5, ceiling=5), new=False, by=manager, now=NOON)
    moved = effect()
    # Nine rise, four stay: those four are too few to show, and the others would give them away.
    assert moved["transactional"] == {"down_much": 0, "down": 0, "same": "*", "up": 0, "up_much": "*"}
    assert moved["relational"]["same"] == 15
    loan, *_rest = moved["kinds"]
    assert loan == {"kind": "loan", "lines": 45, "before": 45, "after": 225}
    [gift] = [one for one in moved["kinds"] if one["kind"] == "donation"]
    assert (gift["lines"], gift["before"], gift["after"]) == ("*", "*", "*")


def test_the_effect_is_what_publishing_brings(manager: User) -> None:
    make_readers()
    for _ in range(8):
        record("donation", make_patron("profile"), NOON - DAY)
    begin(manager)
    no = dict.fromkeys(TESTS, "no")
    keep_row(row=replace(row("letter"), verdicts=no), new=False, by=manager, now=NOON)
    keep_scale(s50_relational=10, s50_transactional=50, by=manager, now=NOON)
    foretold = effect()
    assert foretold["stage"] == {"down": 10, "same": 10, "up": 0}
    publish(manager)
    follow_rules(clock=lambda: NOON)
    assert set(Score.objects.values_list("stage", flat=True)) == {"basic"}
    # The draft of the table in force moves nobody.
    begin(manager, 3)
    assert effect()["stage"] == {"down": 0, "same": 20, "up": 0}
    assert effect()["relational"]["same"] == 20
    assert effect()["transactional"]["same"] == 20


def test_the_effect_is_counted_by_whoever_takes_it_up(manager: User) -> None:
    assert not count_effect(clock=lambda: NOON)
    begin(manager)
    assert ask_effect(now=NOON)
    assert effect_waits(now=NOON)
    RuleDraft.objects.update(effect_beat_at=NOON)
    assert not effect_waits(now=NOON)
    assert count_effect(clock=lambda: NOON + timedelta(hours=1))
    assert (draft().effect["of"], draft().effect_asked_at) == (state_of(draft()), None)
    assert not count_effect(clock=lambda: NOON)


def test_points_without_end_move_a_number_to_its_end_and_break_nothing(manager: User) -> None:
    for days in range(400):
        record("donation", make_patron("profile") if days < 9 else None, NOON - DAY)
    begin(manager)
    keep_row(row=replace(row("donation"), weight=100, ceiling=500), new=False, by=manager, now=NOON)
    keep_scale(s50_relational=1, s50_transactional=1, by=manager, now=NOON)
    assert effect()["relational"]["up_much"] == 10
