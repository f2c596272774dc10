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
from engagement.services.rule_table import FIRST_RULES, RuleFacts
from engagement.services.rules import NotPublishable, publish_first_rules, publish_rules, rule_for
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
def test_the_migration_published_exactly_the_first_table() -> None:
    assert RuleVersion.objects.get().number == 1
    for rule in FIRST_RULES:
        found, row = rule_for(rule.kind), Rule.objects.get(kind=rule.kind)
        assert (found.version, found.weight, found.ceiling, found.verdicts) == (
            1,
            rule.weight,
            rule.ceiling,
            rule.verdicts,
        )
        assert (row.label, row.definition) == (rule.label, rule.definition)
    assert Rule.objects.count() == len(FIRST_RULES)
    assert publish_first_rules(now=NOON).number == 1
    assert RuleVersion.objects.count() == 1


@pytest.mark.django_db
def test_the_migration_can_be_taken_back_and_run_again() -> None:
    [step] = import_module("engagement.migrations.0003_first_rules").Migration.operations
    with connection.schema_editor() as editor:
        step.reverse_code(apps, editor)
        assert not RuleVersion.objects.exists()
        step.code(apps, editor)
    assert Rule.objects.count() == len(FIRST_RULES)


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
    ],
)
def test_a_table_that_makes_no_sense_is_not_published(rows: list[RuleFacts]) -> None:
    with pytest.raises(NotPublishable):
        publish_rules(number=2, rules=rows, s50_relational=1, s50_transactional=1, note="", now=NOON)
    with pytest.raises(ValueError, match="published already"):
        publish_rules(number=1, rules=FIRST_RULES, s50_relational=1, s50_transactional=1, note="", now=NOON)
    assert RuleVersion.objects.count() == 1
