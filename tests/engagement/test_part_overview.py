"""The loop in numbers, with profiles and without, and what may not be told of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import pytest

from engagement.models import Interaction
from engagement.services.promises import keep_promise, make_promise
from engagement.services.reports.periods import quarter_of
from engagement.services.reports.shapes import Part, Slice, Table
from engagement.services.reports.whole import read_report
from engagement.services.scores import forget_profile
from library.models import Branch
from patrons.models import Patron
from tests.builders import NOON, make_branch, make_patron
from tests.engagement.events import record

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
FEW = "*"  # ten answers without names could come from two letters


def loop(patron: Patron, *, answer: str = "loved", wait_days: float = 3, late: bool = False) -> None:
    """One reader's way from the request to the answer, in this quarter."""
    branch = patron.branch
    promise = make_promise(kind="letter", patron=patron, branch=branch, due_at=NOON - 20 * DAY, now=NOON - 30 * DAY)
    keep_promise(promise=promise, now=NOON - (19 if late else 21) * DAY)
    record("request", patron, NOON - 30 * DAY, branch=branch, now=NOON)
    record("letter", patron, NOON - 21 * DAY, started_by="library", wait_minutes=round(wait_days * 1440), now=NOON)
    record("check_in", patron, NOON - 2 * DAY, started_by="library", now=NOON)
    if answer:
        record("check_in_answer", patron, NOON - DAY, value="closed", now=NOON)
        record("pick_answer", patron, NOON - DAY, value=answer, now=NOON)


def readers(count: int, *consents: str, branch: Branch | None = None) -> Iterable[Patron]:
    return [make_patron(*consents, branch=branch) for _ in range(count)]


def overview(branch: Branch | None = None, *, now: datetime = NOON) -> Part:
    slice_ = Slice("branch", str(branch.pk), branch.name) if branch else Slice()
    return read_report(period=quarter_of(NOON.date()), slice_=slice_, parts=("overview",), now=now).parts[0]


def values(part: Part) -> dict[str, Any]:
    return {figure.key: figure.value for figure in part.figures}


def table(part: Part, key: str) -> Table:
    return next(table for table in part.tables if table.key == key)


@pytest.mark.parametrize("consents", [("profile",), ()])
def test_the_loop_in_numbers_with_and_without_profiles(consents: tuple[str, ...]) -> None:
    for number, patron in enumerate(readers(10, *consents)):
        loop(patron, answer="loved", wait_days=number + 1)
    for patron in readers(10, *consents):
        loop(patron, answer="not_for_me", late=True, wait_days=5)
    for patron in readers(12, *consents):
        loop(patron, answer="", wait_days=5)
    assert values(overview()) == {
        "requests": 32,
        "letters": 32,
        "median_wait": 5.0,
        "nine_of_ten_wait": 6.9,
        "promises_kept": 69,
        "promise_median": 9.0,
        "promise_nine_of_ten": 11.0,
        "check_ins": 32,
        "answer_rate": 62,
        "books_answered": 20 if consents else FEW,
        "loved_or_liked": 50 if consents else FEW,
    }


def test_one_busy_address_is_one_person_however_many_records_it_has() -> None:
    for consents in ((), ("profile",)):
        for _ in range(12):
            loop(make_patron(*consents, email="Busy@example.org"))
    assert {values(overview())[key] for key in ("requests", "letters", "check_ins", "median_wait")} == {"*"}


def test_points_rest_only_on_the_readers_who_brought_them() -> None:
    for patron in readers(30, "profile"):
        record("loan", patron, now=NOON)
    for patron in [*readers(2, "profile"), *readers(2)]:
        record("referral", patron, now=NOON)
    assert table(overview(), "points").rows[-1] == ("Q4 2026", "*", 30)


def test_a_branch_that_would_be_found_by_difference_is_hidden_too() -> None:
    small, middle, large = (make_branch(name=name, slug=name.lower()) for name in ("S", "M", "L"))
    for branch, count in ((small, 3), (middle, 9), (large, 20)):
        for patron in readers(count, "profile", branch=branch):
            loop(patron)
    assert values(overview())["requests"] == 32
    assert values(overview(large))["requests"] == 20
    assert values(overview(middle))["requests"] == values(overview(small))["requests"] == "*"


def test_stages_count_people_and_say_how_many_are_not_measured() -> None:
    for patron in readers(11, "profile"):
        loop(patron)
    readers(23, "profile")
    readers(18)
    stages = table(overview(), "stages")
    assert {row[0]: row[1] for row in stages.rows} == {
        "proactive": 0, "follow-up": 10, "reactive": 0, "basic": 25, "not measured": 20
    }  # fmt: skip
    assert stages.sentence == "About 10 of 35 readers with a profile heard back from us and answered."


def test_a_hidden_rung_leaves_the_sum_of_readers_unsaid() -> None:
    for patron in readers(9, "profile"):
        loop(patron)
    for patron in readers(3, "profile"):
        record("loan", patron, NOON, now=NOON)
    said = table(overview(), "stages").sentence
    assert said == "About 10 readers with a profile heard back from us and answered."


def test_forgetting_a_reader_changes_no_total() -> None:
    patrons = list(readers(12, "profile"))
    for patron in patrons:
        loop(patron)
    before = overview()
    forget_profile(patron=patrons[0], now=NOON)
    after = overview()
    assert values(after) == values(before)
    assert table(after, "points") == table(before, "points")
    assert Interaction.objects.filter(patron=None).count() == 5


def test_open_promises_count_once_their_day_has_passed() -> None:
    for patron in readers(8):
        loop(patron)
        make_promise(kind="letter", patron=patron, branch=None, due_at=NOON - DAY, now=NOON - 9 * DAY)
        make_promise(kind="letter", patron=patron, branch=None, due_at=NOON + DAY, now=NOON)
    assert values(overview())["promises_kept"] == 50
    assert {row[0]: row[1] for row in table(overview(), "promises").rows}["open, not due yet"] == 8


def test_periods_in_which_other_kinds_may_be_shown_are_not_compared() -> None:
    """Nine thanks before, and five of them now: what is left of now is no fall."""
    for number, patron in enumerate(readers(9, "profile")):
        record("referral", patron, NOON - 95 * DAY, now=NOON)
        record("thanks", patron, NOON - 95 * DAY, now=NOON)
        record("referral", patron, NOON, now=NOON)
        if number < 5:
            record("thanks", patron, NOON, now=NOON)
    said = overview(now=NOON + 60 * DAY)
    assert said.sentence.startswith(
        "Relational points are not compared: not the same kinds may be shown of the period before."
    )
