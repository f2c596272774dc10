"""Any table can judge any line: in SQL as in the ledger, before it is published, and long after another one is."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from importlib import import_module

import pytest
from django.db import connection

from engagement.models import ChangedMonth, Interaction, RuleVersion, Score, StageChange
from engagement.services import rule_following
from engagement.services.judging import TESTS, answers_of
from engagement.services.ledger import correct_interaction
from engagement.services.lines import judge_answers
from engagement.services.rejudging import JUDGED, scores_under, table_facts
from engagement.services.rule_following import follow_rules, rules_to_follow
from engagement.services.rule_table import FIRST_RULES, SECOND_RULES, RuleFacts
from engagement.services.rules import RuleInForce, publish_rules, rules_in_force
from engagement.services.scores import explain_score
from patrons.models import Consent, Patron
from tests.builders import NOON, make_patron
from tests.engagement.events import record

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
BEGAN = ("patron", "library")


def publish(
    number: int, change: Callable[[RuleFacts], RuleFacts] = lambda rule: rule, s50: float = 40.0
) -> RuleVersion:
    """The second table with some of its rows changed."""
    rows = [change(rule) for rule in SECOND_RULES]
    return publish_rules(number=number, rules=rows, s50_relational=s50, s50_transactional=20.0, note="", now=NOON)


def only(kind: str, **over: object) -> Callable[[RuleFacts], RuleFacts]:
    return lambda rule: replace(rule, **over) if rule.kind == kind else rule  # type: ignore[arg-type]  # one row


def follow() -> int | None:
    return follow_rules(clock=lambda: NOON)


def make_history() -> Patron:
    """A reader with a bit of everything, and somebody who is not measured."""
    patron = make_patron("profile", "proactive")
    Consent.objects.update(given_at=NOON - 400 * DAY)
    record("letter", patron, NOON - 300 * DAY, started_by="library", thread=3)
    record("check_in_answer", patron, NOON - 200 * DAY, value="closed")
    record("desk_talk", patron, NOON - 90 * DAY, tests={"named_people": True, "used_knowledge": False})
    record("proactive_letter", patron, NOON - 70 * DAY, started_by="library", thread=5, tests={"continued": True})
    record("proactive_answer", patron, NOON - 60 * DAY, thread=5)
    for days in range(5):
        record("loan", patron, NOON - days * DAY)
    record("loan", None, NOON - 100 * DAY)
    return patron


@pytest.mark.parametrize("table", [FIRST_RULES, SECOND_RULES], ids=["first", "second"])
def test_sql_judges_every_line_there_can_be_as_the_ledger_does(table: tuple[RuleFacts, ...]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {JUDGED} SELECT * FROM judged", table_facts(table))  # noqa: S608  (fixed words)
        said = {row[:3]: row[3:] for row in cursor.fetchall()}
    combinations = list(itertools.product(table, map("".join, itertools.product("yn-", repeat=5)), BEGAN))
    assert len(said) == len(combinations)
    for rule, answers, began in combinations:
        row = RuleInForce(1, rule.weight, rule.ceiling, dict(rule.verdicts))
        judged = judge_answers(row, answers_of(answers), began)
        expected = (judged.tests, judged.transactional, judged.relational)
        assert said[rule.kind, answers, began] == expected, (rule.kind, answers, began)


def test_a_line_keeps_what_its_event_answered_and_nothing_else() -> None:
    line = record("desk_talk", None, tests={"named_people": True, "continued": False}, source="talk:1")
    assert (line.answers, line.tests) == ("y--n-", "yynnn")
    assert correct_interaction(source="talk:1", tests={"continued": True}, now=NOON)
    line.refresh_from_db()
    assert (line.answers, line.tests) == ("y--y-", "yynyn")
    assert record("loan", None).answers == "-----"
    # What the table does not ask is kept too: another table may.
    assert record("visit", None, tests={"named_people": True}).answers == "y----"


def test_the_migration_reads_the_answers_from_the_tests_of_older_lines() -> None:
    said = record("desk_talk", None, tests={"named_people": True, "continued": True})
    plain = record("letter", None, started_by="library")
    event = record("programme", None)
    Interaction.objects.update(answers="-----")
    [step, _publish] = import_module("engagement.migrations.0011_second_rules").Migration.operations
    with connection.cursor() as cursor:
        cursor.execute(step.sql)
    answers = [Interaction.objects.get(pk=line.pk).answers for line in (said, plain, event)]
    assert answers == ["yyny-", "-----", "n--n-"]


def test_publishing_judges_older_lines_again_and_counts_the_scores() -> None:
    patron = make_history()
    before = Score.objects.get()
    publish(3, only("letter", verdicts=dict(zip(TESTS, ("yes", "yes", "yes", "yes", "no"), strict=True)), ceiling=16))
    assert record("letter", None, started_by="library").rules == 3
    assert (rules_to_follow(now=NOON), Interaction.objects.filter(rules=3).count()) == (True, 1)
    assert Score.objects.get().relational == before.relational
    assert follow() == 1
    letter = Interaction.objects.get(kind="letter", patron=patron)
    assert (letter.tests, letter.transactional, letter.relational, letter.rules) == ("yyyyn", 0, 16, 3)
    after = Score.objects.get()
    assert after.relational > before.relational
    assert (after.rules, after.stage) == (3, "proactive")
    version = rules_in_force()
    assert (version.judged_at, rules_to_follow(now=NOON), follow()) == (NOON, False, None)


def test_only_lines_that_differ_are_written_and_their_closed_months_are_marked() -> None:
    make_history()
    publish(3, only("loan", weight=3, ceiling=3))
    assert follow() == 6
    assert set(Interaction.objects.filter(rules=3).values_list("kind", flat=True)) == {"loan"}
    # This month is not over: it is counted on the spot.
    marked = ChangedMonth.objects.filter(because="rules 3 published")
    assert list(marked.values_list("month", flat=True)) == [date(2026, 8, 1)]
    publish(4, only("letter", group="advice_given"))
    assert follow() == 6
    again = ChangedMonth.objects.filter(because="rules 4 published").order_by("month")
    assert list(again.values_list("month", flat=True)) == [date(2026, 1, 1), date(2026, 8, 1)]


def test_a_month_that_is_being_counted_is_marked_again() -> None:
    """The count on its way takes away the row it saw, and knows nothing of the piece that was judged since."""
    make_history()
    seen = ChangedMonth.objects.create(month=date(2026, 8, 1), because="rules 3 published", at=NOON)
    publish(3, only("loan", weight=3, ceiling=3))
    follow()
    assert ChangedMonth.objects.filter(month=date(2026, 8, 1)).exclude(pk=seen.pk).exists()


def test_scores_under_an_older_table_are_told_as_they_were() -> None:
    patron = make_history()
    stored = Score.objects.get()
    explained = explain_score(patron=patron, now=NOON)
    changes = {
        "letter": {"weight": 9.0, "ceiling": 45.0},
        "proactive_letter": {"verdicts": dict.fromkeys(TESTS, "no"), "ceiling": 3.0},
        "desk_talk": {"weight": 0.0},
        "loan": {"verdicts": dict.fromkeys(TESTS, "event"), "ceiling": 5.0},
    }
    publish(3, lambda rule: replace(rule, **changes.get(rule.kind, {})), s50=11.0)  # type: ignore[arg-type]  # rows
    assert follow()
    now_stored = Score.objects.get()
    assert now_stored.relational != pytest.approx(stored.relational)
    assert now_stored.stage == "follow_up"
    for number, expected in ((2, stored), (3, now_stored)):
        [score] = scores_under(rules=RuleVersion.objects.get(number=number), now=NOON)
        assert score.relational == pytest.approx(expected.relational, rel=1e-9)
        assert score.transactional == pytest.approx(expected.transactional, rel=1e-9)
        rungs = ("reactive_until", "follow_up_until", "proactive_until")
        assert [getattr(score, name) for name in rungs] == [getattr(expected, name) for name in rungs]
    again = explain_score(patron=patron, now=NOON, rules=2)
    assert again is not None
    assert explained is not None
    assert (again.relational, again.transactional, again.rules_version) == (
        explained.relational,
        explained.transactional,
        2,
    )
    assert again.stage == "proactive"
    assert [(r.kind, r.points, r.tests) for r in again.reasons] == [
        (r.kind, r.points, r.tests) for r in explained.reasons
    ]


def test_a_kind_an_older_table_did_not_know_counts_nothing_under_it() -> None:
    patron = make_patron("profile")
    record("room_booking", patron)
    [first] = scores_under(rules=RuleVersion.objects.get(number=1), now=NOON, patrons=[patron.pk])
    [second] = scores_under(rules=RuleVersion.objects.get(number=2), now=NOON, patrons=[patron.pk])
    assert (first.transactional, second.transactional > 0) == (0, True)


def test_points_above_a_lowered_ceiling_count_up_to_it() -> None:
    record("desk_talk", None, tests={"named_people": True, "used_knowledge": True, "continued": True})
    publish(3, only("desk_talk", ceiling=5))
    follow()
    assert Interaction.objects.get().relational == 5


def test_the_work_goes_on_where_it_was_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rule_following, "PIECE", 3)
    make_history()
    version = publish(3, only("loan", weight=2, ceiling=2))
    version.beat_at = NOON
    version.save()
    assert follow() is None
    assert rules_to_follow(now=NOON + timedelta(minutes=11))
    version.beat_at, version.judged_to = None, version.judged_of - 3
    version.save()
    assert follow() == 3
    version.refresh_from_db()
    assert (version.judged_to, version.judged_at) == (version.judged_of, NOON)


def test_a_table_published_meanwhile_takes_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rule_following, "PIECE", 3)
    make_history()
    publish(3, only("loan", weight=2, ceiling=2))
    times = iter([NOON, NOON])

    def clock() -> object:
        if next(times, None) is None:
            publish(4)
            return NOON
        return NOON

    follow_rules(clock=clock)  # type: ignore[arg-type]  # a clock during which somebody publishes
    assert rules_in_force().number == 4
    assert rules_in_force().judged_at is None
    follow()
    assert not RuleVersion.objects.filter(judged_at=None).exists()
    assert set(Interaction.objects.filter(kind="loan").values_list("transactional", flat=True)) == {1}


def test_stages_that_move_by_rules_say_so() -> None:
    make_history()
    nobody = dict.fromkeys(TESTS, "no")
    publish(3, lambda rule: replace(rule, verdicts=nobody) if rule.kind in {"letter", "desk_talk"} else rule)
    follow()
    assert Score.objects.get().stage == "basic"
    moved = StageChange.objects.latest("pk")
    assert (moved.before, moved.after, moved.because) == ("proactive", "basic", "rules")
