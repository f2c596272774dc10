"""What the counters of the parts count, by hand: one small library, every number written down here."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from engagement.models import MarketingNumber, Need, NeedAsk, Promise, Pulse
from engagement.services.counting.counters import COUNTERS, counting_facts
from engagement.services.reports.periods import quarter_of
from engagement.services.scores import forget_profile
from patrons.models import Patron
from tests.builders import NOON, make_branch, make_patron
from tests.engagement.events import record

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
QUARTER = quarter_of(NOON.date())
MINE = {
    "picks", "check_ins", "promises", "promise_wait", "wait", "answered", "threads", "effort", "timed", "untimed",
    "loops", "outcome", "giver_stage", "mix", "ours", "need_met", "need_unmet", "waiting", "served_week", "open_week",
    "served_branch", "open_branch", "marketing", "marketing_of",
}  # fmt: skip
Cells = dict[str, tuple[float, int, int]]


def counted(by: str = "", key: str = "", *, now: datetime = NOON) -> Cells:
    """Every cell of one slice of the quarter, before anything is hidden."""
    cells: Cells = {}
    with connection.cursor() as cursor:
        for counter in COUNTERS:
            cursor.execute(counter.sql, counting_facts(QUARTER, now))
            cells |= {row[0]: row[3:] for row in cursor.fetchall() if row[1:3] == (by, key)}
    return cells


def values(family: str, cells: Cells) -> dict[str, float]:
    """The values of one family by key, '' for the family itself."""
    return {name.partition(":")[2]: cell[0] for name, cell in cells.items() if name.partition(":")[0] == family}


def promise(patron: Patron, *, due: float, kept: float | None = None, withdrawn: float | None = None) -> Promise:
    """A letter promised 30 days ago; days are counted from now, the past below zero."""
    at = {
        name: None if days is None else NOON + days * DAY for name, days in (("kept", kept), ("withdrawn", withdrawn))
    }
    return Promise.objects.create(
        kind="letter", patron=patron, branch=patron.branch, made_at=NOON - 30 * DAY, due_at=NOON + due * DAY,
        kept_at=at["kept"], withdrawn_at=at["withdrawn"],
    )  # fmt: skip


def test_promises_are_kept_late_open_or_withdrawn_by_the_day_they_were_due() -> None:
    branch = make_branch()
    iris, noor = make_patron("profile", branch=branch), make_patron(branch=branch)
    promise(iris, due=-20, kept=-22)
    promise(iris, due=-20, kept=-18)
    promise(noor, due=-2)
    promise(noor, due=3)
    promise(noor, due=-5, withdrawn=-9)
    promise(noor, due=-80, kept=-81)
    cells = counted("branch", str(branch.pk))
    assert values("promises", cells) == {"kept": 1, "late": 2, "open": 1, "withdrawn": 1}
    assert cells["promises:late"] == (2, 2, 0)
    # Kept after 8 and after 12 days: 10 in the middle, 11.6 for nine of ten.
    assert values("promise_wait", cells) == {"median": 10 * 1440, "p90": pytest.approx(11.6 * 1440)}


def test_a_promise_of_somebody_erased_still_counts_and_names_nobody() -> None:
    promise(make_patron(), due=-20, kept=-22)
    Promise.objects.update(patron=None)
    assert counted()["promises:kept"] == (1, 0, 1)
    assert counted("audience", "")["promises:kept"] == (1, 0, 1)


def test_waits_are_those_of_letters_in_minutes() -> None:
    patron = make_patron("profile")
    for minutes in (1000, 2000, 4000):
        record("letter", patron, started_by="library", wait_minutes=minutes)
    record("reply_answered", patron, started_by="library", wait_minutes=9)
    assert values("wait", counted()) == {"median": 2000, "p90": 3600}


def test_books_are_liked_or_not_and_unread_ones_say_nothing() -> None:
    patron = make_patron("profile")
    for answer in ("loved", "liked", "liked", "so_so", "not_for_me", "not_yet", "could_not_get"):
        record("pick_answer", patron, value=answer)
    assert values("picks", counted()) == {"liked": 3, "other": 2}


def test_check_ins_nobody_answered_rest_on_who_was_asked_less_who_answered() -> None:
    for number in range(5):
        patron = make_patron("profile")
        record("check_in", patron, NOON - 9 * DAY, started_by="library")
        if number < 2:
            record("check_in_answer", patron, NOON - 2 * DAY, value="closed")
    record("check_in", make_patron(), NOON - 9 * DAY, started_by="library")
    assert counted()["check_ins:unanswered"] == (4, 3, 4)


def test_contacts_are_answered_in_their_thread_within_sixty_days() -> None:
    patron, other = make_patron("profile"), make_patron()
    long_ago = NOON - 70 * DAY
    for thread, answered_after in ((1, 10), (2, 61), (3, None)):
        record("letter", patron, long_ago, started_by="library", thread=thread)
        if answered_after is not None:
            record("check_in_answer", patron, long_ago + answered_after * DAY, thread=thread)
    record("desk_talk", other, long_ago, started_by="library", tests={"patron_took_part": True})
    record("phone_call", other, long_ago, started_by="library", tests={"named_people": True})
    record("letter", other, long_ago, started_by="library", thread=9)
    record("check_in_reminder", patron, long_ago, started_by="library", thread=3)
    # Its sixty days are not over yet.
    record("letter", patron, NOON - 59 * DAY, started_by="library", thread=4)
    assert values("answered", counted()) == {"yes": 2, "no": 3, "unmeasured": 1}


def test_who_began_is_told_by_one_line_so_that_forgetting_a_reader_changes_no_total() -> None:
    patron = make_patron("profile")
    record("request", patron, thread=1)
    record("letter", patron, started_by="library", thread=1)
    record("proactive_letter", patron, started_by="library", thread=2)
    record("desk_talk", patron)
    record("desk_talk", patron, tests={"continued": True})
    record("phone_call", patron, started_by="library")
    before = values("threads", counted())
    assert before == {"patron": 2, "library": 2}
    forget_profile(patron=patron, now=NOON)
    assert values("threads", counted()) == before
    assert counted()["threads:patron"] == (2, 0, 1)  # of talks without a name all may be one reader's


def test_minutes_go_where_the_points_of_their_line_go() -> None:
    patron = make_patron("profile")
    record("letter", patron, started_by="library", minutes=20)  # three yes: half to each side
    record("letter", patron, started_by="library")
    record("complaint_resolved", patron, started_by="library", minutes=10)  # four yes
    record("desk_talk", patron, minutes=5, value="closed")  # one yes
    record("programme", patron, minutes=30)  # one yes, and no work of the loop
    record("check_in_answer", patron, value="closed")
    record("check_in_answer", patron, value="open")
    cells = counted()
    assert values("effort", cells) == {"relational": 20, "transactional": 45}
    assert values("timed", cells) == {"letter": 1, "complaint_resolved": 1, "desk_talk": 1}
    assert values("untimed", cells) == {"letter": 1}
    assert values("loops", cells) == {"": 2, "desk_talk": 1, "check_in_answer": 1}


def test_gifts_stand_where_the_giver_stood_before() -> None:
    close, new, nobody = make_patron("profile"), make_patron("profile"), make_patron()
    record("donation", close, NOON - 40 * DAY)
    record("letter", close, NOON - 30 * DAY, started_by="library", thread=1, now=NOON - 30 * DAY)
    record("donation", close, NOON - 5 * DAY, minutes=15)
    record("volunteering", new)
    record("advocacy", nobody)
    cells = counted()
    assert values("outcome", cells) == {"": 4, "donation": 2, "volunteering": 1, "advocacy": 1}
    assert values("giver_stage", cells) == {"basic": 2, "reactive": 1, "none": 1}
    assert cells["outcome:donation"] == (2, 1, 0)


def test_the_mix_is_what_readers_began_and_ours_stands_apart() -> None:
    patron = make_patron("profile")
    for kind in ("request", "reply", "reply", "review", "hold", "circle_post", "library_suggestion", "loan"):
        record(kind, patron)
    record("letter", patron, started_by="library")
    record("desk_talk", patron, started_by="library")
    cells = counted()
    assert values("mix", cells) == {
        "": 7, "advice_asked": 1, "communication": 2, "advice_given": 1, "service": 1, "community": 1, "co_creation": 1
    }  # fmt: skip
    assert values("ours", cells) == {"": 2, "letter": 1, "desk_talk": 1}


def test_needs_are_counted_one_by_one_and_together() -> None:
    branch = make_branch()
    large, games = (Need.objects.create(name=name, created_at=NOON) for name in ("large print", "board games"))
    for need, met, days in (
        (large, False, 1),
        (large, False, 2),
        (large, True, 3),
        (games, False, 1),
        (games, False, 90),
    ):
        NeedAsk.objects.create(need=need, patron=make_patron(), branch=branch, met=met, at=NOON - days * DAY)
    cells = counted("branch", str(branch.pk))
    assert values("need_unmet", cells) == {"": 3, str(large.pk): 2, str(games.pk): 1}
    assert values("need_met", cells) == {"": 1, str(large.pk): 1}


def test_work_by_week_only_for_the_whole_house_and_by_branch_only_for_the_period() -> None:
    branch = make_branch()
    patron = make_patron("profile", branch=branch)
    # NOON is Tuesday 24 November 2026.
    record("letter", patron, NOON - 2 * DAY, started_by="library", minutes=10)
    record("letter", patron, NOON - 1 * DAY, started_by="library", minutes=20)
    record("desk_talk", patron, NOON)
    promise(patron, due=9)
    promise(patron, due=-9, kept=-3)
    cells = counted()
    assert values("served_week", cells) == {"2026-11-16": 1, "2026-11-23": 2}
    # Both promises were made on 25 October, in the week that began on the 19th; one was kept on 21 November.
    assert values("open_week", cells) == {
        "2026-10-19": 2, "2026-10-26": 2, "2026-11-02": 2, "2026-11-09": 2, "2026-11-16": 1, "2026-11-23": 1
    }  # fmt: skip
    assert cells["waiting"][0] == 1
    assert values("served_branch", cells) == {str(branch.pk): 3}
    assert values("open_branch", cells) == {str(branch.pk): 1}
    assert not values("served_week", counted("branch", str(branch.pk)))


def test_marketing_numbers_are_added_up_by_measure_and_channel() -> None:
    rows = (
        ("Instagram", "likes", 120),
        ("Instagram", "shares", 7),
        ("Flyer", "sign_ups", 12),
        ("Facebook", "likes", 30),
    )
    for channel, measure, value in rows:
        MarketingNumber.objects.create(channel=channel, measure=measure, day=NOON.date(), value=value)
    MarketingNumber.objects.create(channel="Flyer", measure="sign_ups", day=NOON.date() - 70 * DAY, value=500)
    cells = counted()
    assert values("marketing", cells) == {"likes": 150, "shares": 7, "sign_ups": 12}
    assert cells["marketing:shares"][1] == 7
    assert values("marketing_of", cells) == {
        "likes:Instagram": 120, "likes:Facebook": 30, "shares:Instagram": 7, "sign_ups:Flyer": 12
    }  # fmt: skip


def test_nothing_is_counted_of_an_empty_library_or_of_a_time_to_come() -> None:
    assert not {name.partition(":")[0] for name in counted()} & MINE
    record("letter", make_patron(), datetime(2026, 11, 24, 13, tzinfo=UTC), started_by="library")
    assert "answered:no" not in counted()


def test_the_pulse_counts_who_answered_and_what_they_said() -> None:
    for recommend, learned in ((10, 5), (9, 4), (8, 3), (6, 1), (None, None)):
        patron = make_patron()
        Pulse.objects.create(
            wave="weekly", patron=patron, audience="adult", language="en", asked_at=NOON - DAY,
            answered_at=None if recommend is None else NOON, recommend=recommend, learned=learned,
            feeling=None if recommend is None else 4.5,
        )  # fmt: skip
    Pulse.objects.update(patron=None)
    cells = counted()
    assert values("pulse", cells) == {"answered": 4, "unanswered": 1}
    assert values("pulse_recommend", cells) == {"promoters": 2, "passives": 1, "detractors": 1}
    assert values("pulse_learned", cells) == {"agree": 2, "other": 2}
    assert cells["pulse_mean:feeling"] == (450, 4, 0)
