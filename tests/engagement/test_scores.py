"""Scores and stages: incremental equals rebuilt, explained to the last event, forgotten when consent ends."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engagement.models import Interaction, Promise, Score, StageChange
from engagement.services.decay import RELATIONAL_HALF_LIFE, TRANSACTIONAL_HALF_LIFE, faded
from engagement.services.judging import TESTS
from engagement.services.merging import merge_records
from engagement.services.promises import make_promise
from engagement.services.scores import (
    explain_score,
    forget_profile,
    rebuild_scores,
    recount_patron,
    retest_stages,
)
from engagement.services.stages import stage_at
from patrons.models import Consent
from tests.builders import NOON, make_patron
from tests.engagement.events import record

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
KINDS = [
    "letter",
    "reply_answered",
    "check_in_answer",
    "proactive_letter",
    "proactive_answer",
    "desk_talk",
    "loan",
    "referral",
]
histories = st.lists(
    st.tuples(
        st.sampled_from(KINDS),
        st.integers(0, 800),
        st.sampled_from(["", "closed", "open", "stop"]),
        st.booleans(),
        st.sampled_from([None, 1, 2]),
    ),
    max_size=12,
)


@given(histories, st.integers(0, 500))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_incremental_and_rebuilt_agree(history: list[tuple[str, int, str, bool, int | None]], later: int) -> None:
    patron = make_patron("profile", "proactive")
    Consent.objects.update(given_at=NOON - 900 * DAY)
    for kind, days_ago, value, yes, thread in history:
        tests = {"named_people": yes, "continued": yes, "used_knowledge": yes}
        record(kind, patron, NOON - days_ago * DAY, value=value, tests=tests, thread=thread, now=NOON)
    before = Score.objects.filter(patron=patron).first()
    then = NOON + later * DAY
    retest_stages(now=then)
    incremental = Score.objects.filter(patron=patron).first()
    rebuild_scores(now=then)
    rebuilt = Score.objects.filter(patron=patron).first()
    assert (before is None) == (incremental is None) == (rebuilt is None) == (not history)
    if incremental and rebuilt:
        assert incremental.relational == pytest.approx(rebuilt.relational, rel=1e-9)
        assert incremental.transactional == pytest.approx(rebuilt.transactional, rel=1e-9)
        fields = ("stage", "reactive_until", "follow_up_until", "proactive_until", "holds_until")
        assert [getattr(incremental, name) for name in fields] == [getattr(rebuilt, name) for name in fields]
        assert rebuilt.stage == stage_at(rebuilt, then)
    patron.consents.all().delete()
    forget_profile(patron=patron, now=NOON)


def test_the_database_and_the_pure_functions_count_the_same() -> None:
    patron = make_patron("profile")
    at = [NOON - 400 * DAY, NOON - 3 * DAY, datetime(1900, 1, 1, tzinfo=NOON.tzinfo)]
    for moment in at:
        record("letter", patron, moment, now=NOON)
    explained = explain_score(patron=patron, now=NOON)
    assert explained is not None
    relational = sum(faded(6, moment, NOON, RELATIONAL_HALF_LIFE) for moment in at)
    transactional = sum(faded(6, moment, NOON, TRANSACTIONAL_HALF_LIFE) for moment in at)
    assert explained.relational == round(100 * (1 - 2 ** (-relational / 40)))
    assert explained.transactional == round(100 * (1 - 2 ** (-transactional / 20)))


def test_an_explanation_names_every_event_and_its_share() -> None:
    patron = make_patron("profile")
    record("letter", patron, NOON - 30 * DAY, started_by="library")
    record("check_in_reminder", patron, NOON - 8 * DAY, started_by="library")
    record("check_in_answer", patron, NOON - 1 * DAY, value="closed")
    explained = explain_score(patron=patron, now=NOON)
    assert explained is not None
    assert [reason.kind for reason in explained.reasons] == ["check_in_answer", "letter"]
    assert explained.interactions == 3
    assert sum(reason.relational_share for reason in explained.reasons) == pytest.approx(explained.relational)
    assert sum(reason.transactional_share for reason in explained.reasons) == pytest.approx(explained.transactional)
    answer = explained.reasons[0]
    assert (answer.label, answer.points, answer.day) == ("Answered the check-in", 12, (NOON - DAY).date())
    assert answer.tests == dict.fromkeys(TESTS, True) | {"gave_something": False}
    assert explained.strongest[0] == answer
    assert (explained.stage, explained.rules_version, explained.as_of) == ("follow_up", 2, NOON)


def test_without_consent_there_is_no_explanation_and_without_events_it_is_zero() -> None:
    assert explain_score(patron=make_patron(), now=NOON) is None
    empty = explain_score(patron=make_patron("profile"), now=NOON)
    assert empty is not None
    assert (empty.relational, empty.transactional, empty.stage, empty.reasons) == (0, 0, "basic", ())


def test_the_ladder_goes_up_rung_by_rung() -> None:
    patron = make_patron("profile", "proactive")
    Consent.objects.update(given_at=NOON - 400 * DAY)
    steps: list[tuple[str, dict[str, Any], str]] = [
        ("request", {}, "basic"),
        ("check_in_answer", {"value": "closed"}, "basic"),
        ("letter", {"started_by": "library"}, "follow_up"),
        ("proactive_letter", {"started_by": "library", "thread": 5, "at": NOON - 61 * DAY}, "follow_up"),
        ("proactive_answer", {"thread": 5, "value": "yes"}, "follow_up"),
        ("proactive_letter", {"started_by": "library", "thread": 6, "at": NOON - 60 * DAY}, "follow_up"),
        ("proactive_answer", {"thread": 6, "value": "stop"}, "follow_up"),
        ("proactive_answer", {"thread": 7, "value": "yes"}, "follow_up"),
        ("proactive_answer", {"thread": 6, "value": "yes"}, "proactive"),
    ]
    for kind, over, stage in steps:
        record(kind, patron, over.pop("at", NOON), now=NOON, **over)
        assert Score.objects.get().stage == stage, kind


def test_a_contact_without_proactive_consent_at_its_time_is_not_proactive() -> None:
    patron = make_patron("profile", "proactive")
    Consent.objects.filter(purpose="proactive").update(given_at=NOON - DAY)
    record("letter", patron, started_by="library")
    record("check_in_answer", patron, value="closed")
    record("proactive_letter", patron, NOON - 2 * DAY, started_by="library", thread=5, now=NOON)
    record("proactive_answer", patron, thread=5)
    assert Score.objects.get().stage == "follow_up"


def test_a_contact_written_down_after_its_answer_still_counts() -> None:
    patron = make_patron("profile", "proactive")
    Consent.objects.update(given_at=NOON - 100 * DAY)
    record("letter", patron, started_by="library")
    record("check_in_answer", patron, value="closed")
    record("proactive_answer", patron, thread=5)
    assert Score.objects.get().stage == "follow_up"
    record("proactive_letter", patron, NOON - 9 * DAY, started_by="library", thread=5, now=NOON)
    assert Score.objects.get().stage == "proactive"


def test_a_talk_is_an_answer_only_between_named_people() -> None:
    patron = make_patron("profile")
    record("desk_talk", patron)
    assert Score.objects.get().stage == "basic"
    record("desk_talk", patron, tests={"named_people": True})
    assert Score.objects.get().stage == "reactive"


def test_stages_move_down_as_time_passes_and_say_why() -> None:
    patron = make_patron("profile")
    record("letter", patron, NOON - 300 * DAY, started_by="library")
    record("check_in_answer", patron, NOON, value="closed")
    score = Score.objects.get()
    assert (score.stage, score.holds_until) == ("follow_up", NOON + 65 * DAY)
    assert retest_stages(now=NOON + 64 * DAY) == 0
    assert explain_score(patron=patron, now=NOON + 65 * DAY).stage == "basic"  # type: ignore[union-attr]  # has consent
    assert retest_stages(now=NOON + 65 * DAY) == 1
    assert retest_stages(now=NOON + 65 * DAY) == 0
    score.refresh_from_db()
    assert (score.stage, score.stage_since, score.holds_until) == ("basic", NOON + 65 * DAY, None)
    assert StageChange.objects.latest("pk").because == "time"


def test_retesting_takes_a_look_and_one_statement_however_many_are_due(django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    for _ in range(5):
        record("letter", make_patron("profile"), NOON - 300 * DAY, started_by="library")
    with django_assert_num_queries(1):
        assert retest_stages(now=NOON) == 0
    with django_assert_num_queries(2):
        assert retest_stages(now=NOON + 100 * DAY) == 5


def test_forgetting_keeps_every_line_and_nobody_in_it() -> None:
    patron, other = make_patron("profile"), make_patron("profile")
    for person in (patron, other):
        record("letter", person, started_by="library", thread=3)
    points = list(
        Interaction.objects.order_by("pk").values_list("kind", "day", "relational", "transactional", "language")
    )
    forget_profile(patron=patron, now=NOON)
    after = Interaction.objects.order_by("pk")
    assert list(after.values_list("kind", "day", "relational", "transactional", "language")) == points
    assert list(after.values_list("patron", "thread")) == [(None, None), (other.pk, 3)]
    assert list(Score.objects.values_list("patron", flat=True)) == [other.pk]
    assert not StageChange.objects.filter(patron=patron).exists()
    patron.delete()
    assert Interaction.objects.count() == 2


def test_a_rebuild_forgets_whoever_withdrew_and_restores_what_was_lost() -> None:
    gone, stays = make_patron("profile"), make_patron("profile")
    for person in (gone, stays):
        record("letter", person, started_by="library")
    Consent.objects.filter(patron=gone).update(withdrawn_at=NOON)
    Score.objects.filter(patron=stays).delete()
    assert rebuild_scores(now=NOON) == 1
    assert Score.objects.get().patron == stays
    assert Score.objects.get().stage == "reactive"
    assert Interaction.objects.filter(patron=None).count() == 1


def test_recounting_a_patron_without_lines_ends_at_zero() -> None:
    patron = make_patron("profile")
    recount_patron(patron=patron, now=NOON)
    assert not Score.objects.exists()
    record("letter", patron)
    Interaction.objects.all().delete()
    recount_patron(patron=patron, now=NOON)
    assert Score.objects.get().relational == 0


@pytest.mark.parametrize("consents", [("profile",), ()])
def test_joining_moves_lines_only_to_someone_who_agreed(consents: tuple[str, ...]) -> None:
    new, own = make_patron("profile", standing="provisional"), make_patron(*consents)
    record("letter", new, started_by="library")
    promise = make_promise(kind="letter", patron=new, branch=None, due_at=NOON, now=NOON)
    assert merge_records(gone=new, kept=own, now=NOON) == len(consents)
    assert Interaction.objects.get().patron_id == (own.pk if consents else None)
    assert list(Score.objects.values_list("patron", "stage")) == [(own.pk, "reactive")] * len(consents)
    assert Promise.objects.get(pk=promise.pk).patron == own
