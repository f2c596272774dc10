"""One line for everything that happens, written once, and nothing in it that leads to a person without consent."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.conf import settings
from django.db import transaction
from django.test import override_settings
from pytest_django import DjangoAssertNumQueries

from engagement.models import Interaction, Score, StageChange
from engagement.services.decay import TRANSACTIONAL_HALF_LIFE, at_landmark
from engagement.services.ledger import correct_interaction, record_interaction, retract_interaction
from engagement.services.lines import (
    BadValue,
    EventInFuture,
    EventTooOld,
    PointsAboveCeiling,
    UnknownKind,
    UnknownTest,
)
from engagement.services.rule_table import RuleFacts
from engagement.services.rules import publish_rules
from engagement.services.scores import forget_profile, recount_patron
from library.models import Branch
from patrons.models import Consent
from tests.builders import NOON, make_branch, make_patron, make_staff, make_title
from tests.engagement.events import record

pytestmark = pytest.mark.django_db


def key(word: str) -> dict[str, str]:
    return {"SECRET_KEY": word}


def test_with_profile_consent_a_line_names_patron_time_title_and_thread() -> None:
    patron, title, staff = make_patron("profile", language="fr", audience="teen"), make_title(), make_staff()
    line = record(
        "letter", patron, started_by="library", title=title, thread=7, staff=staff, minutes=12, wait_minutes=90
    )
    kept = Interaction.objects.get()
    assert kept == line
    assert (kept.patron, kept.at, kept.title, kept.thread) == (patron, NOON, title, 7)
    assert (kept.language, kept.audience, kept.staff, kept.minutes, kept.wait_minutes) == ("fr", "teen", staff, 12, 90)
    assert (kept.tests, kept.transactional, kept.relational, kept.rules) == ("ynyyn", 6.0, 6.0, 2)
    assert kept.started_by == "library"


def test_without_profile_consent_the_line_keeps_its_day_and_points_and_nobody() -> None:
    patron = make_patron("check_in", branch=make_branch())
    record("letter", patron, started_by="library", title=make_title(), thread=7, minutes=12, wait_minutes=90)
    kept = Interaction.objects.get()
    assert (kept.patron, kept.at, kept.title, kept.thread) == (None, None, None, None)
    assert (kept.day, kept.branch, kept.minutes, kept.wait_minutes) == (NOON.date(), patron.branch, 12, 90)
    assert (kept.transactional, kept.relational) == (6.0, 6.0)
    assert not Score.objects.exists()


def test_a_withdrawn_consent_is_no_consent() -> None:
    patron = make_patron("profile")
    Consent.objects.update(withdrawn_at=NOON)
    assert record("request", patron).patron_id is None


def test_an_event_of_nobody_is_a_line_too() -> None:
    line = record("visit", None, branch=make_branch(), language="en", audience="adult")
    assert (line.patron_id, line.transactional) == (None, 0.5)


def test_the_source_is_kept_only_as_a_keyed_digest() -> None:
    with override_settings(**key("one")):
        first = record("visit", None, source="letter:12").source_key
    with override_settings(**key("two")):
        second = record("visit", None, source="letter:12").source_key
    assert "12" != first != second
    assert len(first) == 64


def test_the_same_source_is_written_once_also_under_a_new_key() -> None:
    patron = make_patron("profile")
    first = record("request", patron, source="request:1")
    assert record("request", patron, source="request:1").pk == first.pk
    with override_settings(**key("new"), SECRET_KEY_FALLBACKS=[settings.SECRET_KEY]):
        assert record("request", patron, source="request:1").pk == first.pk
    assert Interaction.objects.count() == 1
    assert Score.objects.get().transactional == pytest.approx(at_landmark(2, NOON, TRANSACTIONAL_HALF_LIFE), rel=1e-12)


def test_the_day_is_the_day_where_the_branch_is() -> None:
    branch = make_branch(time_zone="Pacific/Auckland")
    assert record("visit", None, branch=branch).day == date(2026, 11, 25)
    assert record("visit", make_patron(branch=branch)).day == date(2026, 11, 25)
    assert record("visit", None, branch=make_branch(time_zone="Not/AZone")).day == date(2026, 11, 24)


def test_who_started_it_answers_the_second_test_unless_the_event_does() -> None:
    talk = {"named_people": True}
    assert record("desk_talk", None, tests=talk, started_by="patron").tests == "yynnn"
    assert record("desk_talk", None, tests=talk, started_by="library").tests == "ynnnn"
    assert record("desk_talk", None, tests=talk | {"patron_took_part": True}, started_by="library").tests == "yynnn"


@pytest.mark.parametrize(
    ("over", "error"),
    [
        ({"kind": "telepathy"}, UnknownKind),
        ({"at": NOON + timedelta(days=1, seconds=1)}, EventInFuture),
        ({"at": datetime(1889, 12, 31, tzinfo=UTC)}, EventTooOld),
        ({"tests": {"was_it_nice": True}}, UnknownTest),
        ({"started_by": "someone"}, BadValue),
        ({"value": "x" * 41}, BadValue),
        ({"value": "a\0b"}, BadValue),
        ({"minutes": -1}, BadValue),
        ({"minutes": 40_000}, BadValue),
        ({"wait_minutes": -5}, BadValue),
    ],
)
def test_what_no_line_can_say_is_refused_and_nothing_is_written(
    over: dict[str, object], error: type[Exception]
) -> None:
    values = {"kind": "visit", "source": "s", "at": NOON, "patron": make_patron("profile"), "started_by": "patron"}
    with pytest.raises(error):
        record_interaction(now=NOON, **(values | over))  # type: ignore[arg-type]  # bad input is the point
    assert not Interaction.objects.exists()
    assert not Score.objects.exists()


def test_an_event_up_to_one_day_ahead_is_taken() -> None:
    assert record("visit", None, NOON + timedelta(hours=23), now=NOON).pk


def test_points_above_the_ceiling_of_the_kind_are_refused() -> None:
    verdicts = dict.fromkeys(
        ("named_people", "patron_took_part", "used_knowledge", "continued", "gave_something"), "event"
    )
    table = [RuleFacts("talk", "Talk", "A talk.", verdicts, weight=2, ceiling=5)]
    publish_rules(number=3, rules=table, s50_relational=40, s50_transactional=20, note="", now=NOON)
    assert record("talk", None, tests={"named_people": True}).transactional == 2
    with pytest.raises(PointsAboveCeiling):
        record("talk", None, tests=dict.fromkeys(verdicts, True))
    with pytest.raises(UnknownKind):
        record("visit", None)


def test_a_rule_seen_before_judges_only_as_long_as_it_is_in_force() -> None:
    branch = make_branch(time_zone="UTC")
    late = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
    everything = dict.fromkeys(("named_people", "used_knowledge", "continued", "gave_something"), True)
    first = record("desk_talk", None, late, branch=branch)
    verdicts = dict.fromkeys((*everything, "patron_took_part"), "event")
    for number, (weight, ceiling) in enumerate([(3, 15), (90, 450), (7, 35)], start=3):
        table = [RuleFacts("desk_talk", "Talk", "A talk.", verdicts, weight=weight, ceiling=ceiling)]
        publish_rules(number=number, rules=table, s50_relational=40, s50_transactional=20, note="", now=NOON)
        line = record("desk_talk", None, late, branch=branch, tests=everything, started_by="patron")
        assert (line.relational, line.rules) == (5 * weight, number)
    Branch.objects.filter(pk=branch.pk).update(time_zone="Pacific/Auckland")
    moved = record("desk_talk", None, late, branch=branch)
    assert (first.day, moved.day) == (date(2026, 11, 24), date(2026, 11, 25))


def test_recording_takes_one_query_and_one_more_for_an_answer_and_where_the_stage_moves(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    patron, other = make_patron("profile"), make_patron()
    for kind in ("letter", "request", "proactive_answer"):
        record(kind, None)
    for kind, queries in (("letter", 2), ("letter", 1), ("request", 1), ("proactive_answer", 2)):
        with django_assert_num_queries(queries):
            record(kind, patron, NOON + timedelta(hours=1))
    with django_assert_num_queries(1):
        record("letter", other)


def test_the_line_handed_back_is_the_one_in_the_table() -> None:
    patron = make_patron("profile", branch=make_branch())
    line = record("letter", patron, title=make_title(), staff=make_staff(), thread=7, minutes=12, value="closed")
    nobodys = record("desk_talk", None, minutes=3)
    for said in (line, nobodys):
        kept = Interaction.objects.get(pk=said.pk)
        names = [field.attname for field in Interaction._meta.concrete_fields]
        assert [getattr(said, name) for name in names] == [getattr(kept, name) for name in names]


def test_what_is_refused_leaves_the_transaction_of_the_caller_as_it_was() -> None:
    patron = make_patron("profile")
    with transaction.atomic():
        record("visit", patron)
        for refused, kind in ((UnknownKind, "a dance"), (UnknownTest, "desk_talk")):
            with pytest.raises(refused):
                record(kind, patron, tests={"was it nice": True})
        record("letter", patron)
    assert set(Interaction.objects.values_list("kind", flat=True)) == {"visit", "letter"}


def test_a_stage_that_stays_holds_as_long_as_its_newest_facts() -> None:
    patron = make_patron("profile")
    record("letter", patron, NOON - timedelta(days=30))
    record("check_in_answer", patron, NOON - timedelta(days=20), value="closed")
    record("check_in_answer", patron, NOON, value="closed")
    assert Score.objects.get().holds_until == NOON + timedelta(days=335)
    record("letter", patron, NOON, now=NOON)
    record("letter", patron, NOON - timedelta(days=300), now=NOON)
    score = Score.objects.get()
    assert (score.stage, score.holds_until) == ("follow_up", NOON + timedelta(days=365))
    recount_patron(patron=patron, now=NOON)
    assert Score.objects.get().holds_until == score.holds_until


def test_correcting_changes_value_and_stage_but_not_what_others_see() -> None:
    patron = make_patron("profile")
    record("letter", patron, NOON - timedelta(days=30), started_by="library")
    record("check_in_answer", patron, source="check_in_answer:1", value="open")
    assert Score.objects.get().stage == "reactive"
    assert correct_interaction(source="check_in_answer:1", now=NOON, value="closed")
    assert Score.objects.get().stage == "follow_up"
    assert correct_interaction(source="check_in_answer:1", now=NOON, value="open")
    assert Score.objects.get().stage == "reactive"
    moves = StageChange.objects.order_by("pk").values_list("before", "after", "because")
    assert list(moves) == [
        ("basic", "reactive", "letter"),
        ("reactive", "follow_up", "check_in_answer"),
        ("follow_up", "reactive", "check_in_answer"),
    ]


def test_correcting_the_tests_judges_again_and_recounts() -> None:
    patron = make_patron("profile")
    record("reply", patron, source="reply:1")
    assert correct_interaction(source="reply:1", now=NOON, tests={"used_knowledge": True})
    line = Interaction.objects.get()
    assert (line.tests, line.transactional, line.relational) == ("yyyyn", 0.0, 16.0)
    assert Score.objects.get().transactional == 0.0


def test_correcting_a_line_without_a_patron_works_too() -> None:
    record("pick_answer", make_patron(), source="answer:1", value="liked")
    assert correct_interaction(source="answer:1", now=NOON, value="loved")
    assert Interaction.objects.get().value == "loved"
    with pytest.raises(BadValue):
        correct_interaction(source="answer:1", now=NOON, value="x" * 41)


def test_retracting_takes_the_points_and_the_stage_back() -> None:
    patron = make_patron("profile")
    record("letter", patron, source="letter:1", started_by="library")
    assert retract_interaction(source="letter:1", now=NOON)
    score = Score.objects.get()
    assert (score.relational, score.transactional, score.stage, score.reactive_until) == (0.0, 0.0, "basic", None)
    assert not Interaction.objects.exists()


def test_correcting_or_retracting_what_was_never_recorded_says_so() -> None:
    assert not correct_interaction(source="letter:99", now=NOON, value="x")
    assert not retract_interaction(source="letter:99", now=NOON)


def test_a_forgotten_source_still_counts_as_recorded() -> None:
    patron = make_patron("profile")
    first = record("request", patron, source="request:1")
    forget_profile(patron=patron, now=NOON)
    again = record("request", patron, source="request:1")
    assert (again.pk, again.patron_id) == (first.pk, None)
    assert not Score.objects.exists()
