"""The five tests and the published table."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from engagement.models import Rule, RuleVersion
from engagement.services.judging import (
    EVENT,
    NO,
    TESTS,
    YES,
    PointsAboveCeiling,
    UnknownTest,
    answer_tests,
    most_points,
    weigh,
)
from engagement.services.rule_table import FIRST_RULES, SECOND_RULES, RuleFacts
from engagement.services.rules import NotPublishable, publish_own_rules, publish_rules, rule_for, table_of
from engagement.services.stages import MOVING_KINDS
from tests.builders import NOON

letters = st.text("yn", min_size=5, max_size=5)
verdicts = st.fixed_dictionaries({test: st.sampled_from([YES, NO, EVENT]) for test in TESTS})
answers = st.dictionaries(st.sampled_from(TESTS), st.booleans())


@pytest.mark.parametrize(
    ("tests", "transactional", "relational"),
    [
        ("nnnnn", 3, 0),
        ("nynnn", 3, 0),
        ("yynnn", 3, 3),
        ("ynyyn", 4.5, 4.5),
        ("yyyyn", 0, 12),
        ("yyyyy", 0, 15),
    ],
)
def test_how_many_yes_decides_what_the_points_are(tests: str, transactional: float, relational: float) -> None:
    judged = weigh(tests, weight=3, ceiling=100)
    assert (judged.transactional, judged.relational) == (transactional, relational)


@given(letters, st.floats(0, 1000))
def test_points_are_never_negative_and_more_yes_never_bring_less_relation(tests: str, weight: float) -> None:
    judged = weigh(tests, weight=weight, ceiling=10_000)
    assert judged.transactional >= 0
    more = weigh(tests.replace("n", "y", 1), weight=weight, ceiling=10_000)
    assert more.relational >= judged.relational >= 0
    assert judged.yes == tests.count("y")


@given(verdicts, answers)
def test_the_table_decides_and_the_event_only_answers_what_is_left_to_it(
    table: dict[str, str], said: dict[str, bool]
) -> None:
    expected = {YES: "y", NO: "n"}
    for test, letter in zip(TESTS, answer_tests(table, said), strict=True):
        assert letter == expected.get(table[test], "y" if said.get(test) else "n")


@given(verdicts, answers, st.floats(0, 50))
def test_no_event_can_bring_more_than_the_most(table: dict[str, str], said: dict[str, bool], weight: float) -> None:
    assert weigh(answer_tests(table, said), weight=weight, ceiling=most_points(table, weight))


def test_an_unknown_question_and_too_many_points_are_refused() -> None:
    with pytest.raises(UnknownTest, match="opened_the_mail"):
        answer_tests(dict.fromkeys(TESTS, EVENT), {"opened_the_mail": True})
    with pytest.raises(PointsAboveCeiling):
        weigh("yyyyy", weight=2, ceiling=9.9)


def test_the_first_table_is_complete() -> None:
    kinds = {rule.kind for rule in FIRST_RULES}
    assert len(kinds) == len(FIRST_RULES) >= 25
    assert kinds >= MOVING_KINDS
    assert kinds >= {"request", "letter", "check_in", "check_in_reminder", "check_in_again", "check_in_answer"}
    assert kinds >= {"pick_answer", "check_in_comment", "learned_something", "loan", "donation", "referral"}
    assert all(rule.label and rule.definition.endswith(".") for rule in FIRST_RULES)


def test_nothing_that_watches_a_reader_is_in_the_table() -> None:
    assert not [rule.kind for rule in FIRST_RULES if "open" in rule.kind or "click" in rule.kind]


@pytest.mark.django_db
def test_the_migrations_published_exactly_both_tables() -> None:
    assert list(RuleVersion.objects.order_by("number").values_list("number", flat=True)) == [1, 2]
    for number, table in ((1, FIRST_RULES), (2, SECOND_RULES)):
        assert table_of(RuleVersion.objects.get(number=number)) == list(table)
    found = rule_for("letter")
    assert (found.version, found.weight, found.ceiling) == (2, 4, 12)
    assert publish_own_rules(now=NOON).number == 2
    assert RuleVersion.objects.count() == 2


def test_the_second_table_has_every_channel_and_judges_what_was_there_as_before() -> None:
    second = {rule.kind: rule for rule in SECOND_RULES}
    assert len(second) == len(SECOND_RULES) >= 60
    assert all(rule.label and rule.definition.endswith(".") for rule in SECOND_RULES)
    assert {rule.channel for rule in SECOND_RULES} == set(Rule.Channel.values)
    assert {rule.group for rule in SECOND_RULES} == {"", *Rule.Group.values}
    assert {rule.outcome for rule in SECOND_RULES} == {"", *Rule.Outcome.values}
    for rule in FIRST_RULES:
        twin = second[rule.kind]
        assert (twin.verdicts, twin.weight, twin.ceiling) == (rule.verdicts, rule.weight, rule.ceiling), rule.kind
    assert not [rule.kind for rule in SECOND_RULES if "open" in rule.kind or "click" in rule.kind]


@pytest.mark.django_db
def test_the_migration_can_be_taken_back_and_run_again() -> None:
    [first] = import_module("engagement.migrations.0003_first_rules").Migration.operations
    [_answers, second] = import_module("engagement.migrations.0011_second_rules").Migration.operations
    with connection.schema_editor() as editor:
        second.reverse_code(apps, editor)
        first.reverse_code(apps, editor)
        assert not RuleVersion.objects.exists()
        first.code(apps, editor)
        second.code(apps, editor)
    assert Rule.objects.count() == len(FIRST_RULES) + len(SECOND_RULES)


GOOD = dict.fromkeys(TESTS, NO)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "rows",
    [
        [],
        [RuleFacts("a", "A", "A.", GOOD, 1, 1)] * 2,
        [RuleFacts("a", "A", "A.", {"continued": YES}, 1, 1)],
        [RuleFacts("a", "A", "A.", GOOD | {"continued": "maybe"}, 1, 1)],
        [RuleFacts("a", "A", "A.", GOOD, -1, 1)],
        [RuleFacts("a", "A", "A.", GOOD, 1, float("nan"))],
        [RuleFacts("a", "A", "A.", GOOD, 10**9, 10**9)],
    ],
)
def test_a_table_that_makes_no_sense_is_not_published(rows: list[RuleFacts]) -> None:
    with pytest.raises(NotPublishable):
        publish_rules(number=3, rules=rows, s50_relational=1, s50_transactional=1, note="", now=NOON)
    with pytest.raises(ValueError, match="published already"):
        publish_rules(number=1, rules=FIRST_RULES, s50_relational=1, s50_transactional=1, note="", now=NOON)
    assert RuleVersion.objects.count() == 2
