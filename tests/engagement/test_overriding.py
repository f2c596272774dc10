"""A stage set by staff: it holds against the facts, ends by itself, is taken back, and goes with the profile."""

from __future__ import annotations

import io
import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from engagement.models import Score, StageChange, StageOverride
from engagement.services.moves import read_history, with_moves
from engagement.services.overriding import NotAnOverride, NotMeasured, set_stage, take_back_stage
from engagement.services.privacy import end_profile, export_for
from engagement.services.reasons import read_standing
from engagement.services.scores import explain_score, rebuild_scores, recount_patron, retest_stages
from engagement.services.stages import stage_at
from library.models import AuditLine, User
from patrons.models import Patron
from tests.builders import NOON, make_patron, make_staff
from tests.engagement.events import record

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def set_for(patron: Patron, stage: str = "proactive", *, days: int = 90, by: User | None = None) -> StageOverride:
    reason = "We talk every week at the market."
    return set_stage(
        patron=patron, stage=stage, reason=reason, until=NOON + days * DAY, by=by or make_staff(), now=NOON
    )


def stage_of(patron: Patron) -> str:
    return Score.objects.get(patron=patron).stage


def test_what_staff_set_holds_whatever_happens_and_the_facts_decide_again_afterwards() -> None:
    patron = make_patron("profile")
    record("letter", patron, NOON - 30 * DAY, started_by="library")
    set_for(patron, "basic")
    assert stage_of(patron) == "basic"
    record("check_in_answer", patron, NOON + DAY, value="closed")
    assert stage_of(patron) == "basic"
    assert retest_stages(now=NOON + 89 * DAY) == 0
    assert retest_stages(now=NOON + 90 * DAY) == 1
    score = Score.objects.get(patron=patron)
    assert (score.stage, score.fixed_stage, score.fixed_until) == ("follow_up", "", None)
    assert score.holds_until == NOON - 30 * DAY + 365 * DAY
    assert list(StageChange.objects.order_by("at").values_list("before", "after", "because")) == [
        ("basic", "reactive", "letter"),
        ("reactive", "basic", "staff"),
        ("basic", "follow_up", "staff"),
    ]


def test_somebody_of_whom_nothing_is_known_yet_can_be_set() -> None:
    patron = make_patron("profile")
    set_for(patron)
    assert stage_of(patron) == "proactive"
    standing = read_standing(patron=Patron.objects.select_related("score").get(), now=NOON)
    assert (standing.stage, standing.stage_by_facts, standing.holds_until) == ("proactive", "basic", NOON + 90 * DAY)


def test_it_is_over_on_its_day_even_before_the_tick_comes_round() -> None:
    patron = make_patron("profile")
    set_for(patron)
    score = Score.objects.get(patron=patron)
    assert stage_at(score, NOON + 90 * DAY - timedelta(seconds=1)) == "proactive"
    assert stage_at(score, NOON + 90 * DAY) == "basic"


def test_taking_it_back_lets_the_facts_decide_at_once() -> None:
    patron, amara = make_patron("profile"), make_staff()
    record("letter", patron, NOON - DAY, started_by="library")
    set_for(patron)
    assert take_back_stage(patron=patron, by=amara, now=NOON + DAY)
    assert stage_of(patron) == "reactive"
    assert StageOverride.objects.get().ended_at == NOON + DAY
    assert not take_back_stage(patron=patron, by=amara, now=NOON + DAY)
    assert retest_stages(now=NOON + 95 * DAY) == 0


def test_a_second_one_ends_the_first() -> None:
    patron = make_patron("profile")
    set_for(patron)
    set_for(patron, "reactive", days=10)
    assert stage_of(patron) == "reactive"
    assert list(StageOverride.objects.order_by("pk").values_list("ended_at", flat=True)) == [NOON, None]


def test_rebuilding_and_recounting_keep_it() -> None:
    patron = make_patron("profile")
    record("letter", patron, NOON - DAY, started_by="library")
    empty = make_patron("profile")
    for one in (patron, empty):
        set_for(one)
    before = list(Score.objects.order_by("pk").values())
    rebuild_scores(now=NOON)
    recount_patron(patron=patron, now=NOON)
    assert list(Score.objects.order_by("pk").values()) == before
    assert StageChange.objects.filter(because="rules").count() == 0


def test_a_line_for_a_reader_whose_stage_is_set_costs_no_further_query() -> None:
    patron = make_patron("profile")
    set_for(patron)
    record("letter", None, NOON, started_by="library")  # the first of its kind looks its rule up
    with CaptureQueriesContext(connection) as asked:
        record("letter", patron, NOON, started_by="library")
    assert len([query for query in asked.captured_queries if "SAVEPOINT" not in query["sql"]]) == 1
    assert stage_of(patron) == "proactive"


@pytest.mark.parametrize(
    ("stage", "reason", "days"),
    [
        ("best friend", "Yes", 1),
        ("basic", "", 1),
        ("basic", "  \n ", 1),
        ("basic", "x" * 201, 1),
        ("basic", "nul \0", 1),
        ("basic", "Yes", 0),
        ("basic", "Yes", -1),
        ("basic", "Yes", 367),
    ],
)
def test_what_cannot_be_set_is_refused_and_nothing_is_written(stage: str, reason: str, days: int) -> None:
    patron = make_patron("profile")
    with pytest.raises(NotAnOverride):
        set_stage(patron=patron, stage=stage, reason=reason, until=NOON + days * DAY, by=make_staff(), now=NOON)
    assert not StageOverride.objects.exists()
    assert not Score.objects.exists()


def test_nobody_without_a_profile_gets_a_stage() -> None:
    patron = make_patron("check_in")
    with pytest.raises(NotMeasured):
        set_for(patron)
    assert not StageOverride.objects.exists()


def test_it_goes_with_the_profile() -> None:
    patron = make_patron("profile")
    set_for(patron)
    patron.consents.update(withdrawn_at=NOON)
    end_profile(patron=patron, now=NOON)
    assert not StageOverride.objects.exists()
    assert not StageChange.objects.exists()
    assert not Score.objects.exists()


def test_the_audit_says_who_did_it_and_not_why() -> None:
    patron, amara = make_patron("profile"), make_staff()
    set_for(patron, by=amara)
    take_back_stage(patron=patron, by=amara, now=NOON)
    assert list(AuditLine.objects.values_list("what", "actor", "fields")) == [
        ("stage.set", amara.username, ["stage"]),
        ("stage.taken_back", amara.username, ["stage"]),
    ]


def test_the_explanation_says_that_it_was_set_and_what_the_facts_would_say() -> None:
    patron, amara = make_patron("profile"), make_staff(name="Amara Nkosi")
    record("letter", patron, NOON - DAY, started_by="library")
    set_for(patron, by=amara)
    explained = explain_score(patron=patron, now=NOON)
    assert explained is not None
    assert explained.fixed is not None
    assert (explained.stage, explained.stage_by_facts) == ("proactive", "reactive")
    assert (explained.fixed.by, explained.fixed.role) == ("Amara Nkosi", "Librarian")
    out = io.StringIO()
    call_command("explain_score", patron.public_id, "--json", "--now", NOON.isoformat(), stdout=out)
    said = json.loads(out.getvalue().splitlines()[-1])
    assert (said["stage"], said["stage_by_facts"], said["stage_set"]["by"]) == ("proactive", "reactive", "Librarian")
    assert "the facts alone say reactive" in out.getvalue()
    assert "Amara" not in out.getvalue()
    later = explain_score(patron=patron, now=NOON + 91 * DAY)
    assert later is not None
    assert (later.stage, later.fixed) == ("reactive", None)


def test_the_history_tells_each_move_with_the_fact_behind_it() -> None:
    patron, amara = make_patron("profile"), make_staff(name="Amara Nkosi")
    record("letter", patron, NOON - DAY, started_by="library")
    set_for(patron, days=1, by=amara)
    retest_stages(now=NOON + 2 * DAY)
    retest_stages(now=NOON + 400 * DAY)
    history = read_history(with_moves(Patron.objects.all()).get(), now=NOON + 400 * DAY)
    assert [(move.before.value, move.after.value, move.words) for move in history.moves] == [
        ("reactive", "basic", "what carried the stage is more than a year old"),
        ("proactive", "reactive", "what staff had set came to its end"),
        ("reactive", "proactive", "set by Amara Nkosi: We talk every week at the market."),
        ("basic", "reactive", "Letter with suggestions"),
    ]
    assert [move.up for move in history.moves] == [False, False, True, True]
    assert history.fixed is None
    then = read_history(with_moves(Patron.objects.all()).get(), now=NOON)
    assert then.fixed is not None
    assert (then.fixed.stage, then.fixed.until) == ("proactive", NOON + DAY)


def test_the_reader_takes_it_along_without_the_name_of_who_set_it() -> None:
    patron, amara = make_patron("profile"), make_staff(name="Amara Nkosi")
    set_for(patron, by=amara)
    [kept] = export_for(patron=patron, now=NOON)["stages_set"]
    assert (kept["stage"], kept["by_role"], kept["reason"]) == (
        "proactive",
        "librarian",
        "We talk every week at the market.",
    )
    assert "Amara" not in str(kept)
