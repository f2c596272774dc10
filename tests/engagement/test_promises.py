"""Promises: due at the end of a working day where the branch is, and only what was kept lately is promised."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagement.models import Promise
from engagement.services.promises import (
    keep_promise,
    letter_due,
    make_promise,
    recent_record,
    reopen_promise,
    withdraw_promise,
)
from engagement.services.working_days import is_working, working_day_after, working_days_between
from library.models import Holiday, LibrarySettings
from tests.builders import NOON, make_branch, make_patron

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
days = st.dates(date(2026, 1, 1), date(2027, 12, 31))


def kept(made: datetime, took: timedelta, *, due: timedelta = 20 * DAY) -> Promise:
    promise = make_promise(kind="letter", patron=make_patron(), branch=None, due_at=made + due, now=made)
    keep_promise(promise=promise, now=made + took)
    return promise


def test_without_a_record_the_settings_say_how_long() -> None:
    assert letter_due(branch=None, now=NOON) == datetime(2026, 12, 1, 23, 59, 59, tzinfo=UTC)
    LibrarySettings.objects.create(pk=1, promise_working_days=2)
    assert letter_due(branch=None, now=NOON) == datetime(2026, 11, 26, 23, 59, 59, tzinfo=UTC)


def test_holidays_of_the_house_and_of_the_branch_are_skipped() -> None:
    here, there = make_branch(), make_branch()
    Holiday.objects.create(day=date(2026, 11, 26), name="House day")
    Holiday.objects.create(day=date(2026, 12, 1), name="Branch day", branch=here)
    assert letter_due(branch=here, now=NOON).date() == date(2026, 12, 3)
    assert letter_due(branch=there, now=NOON).date() == date(2026, 12, 2)
    assert letter_due(branch=None, now=NOON).date() == date(2026, 12, 2)


def test_the_day_ends_where_the_branch_is_also_across_summer_time() -> None:
    berlin = make_branch(time_zone="Europe/Berlin")
    assert letter_due(branch=berlin, now=datetime(2026, 10, 23, 12, tzinfo=UTC)) == datetime(
        2026, 10, 30, 22, 59, 59, tzinfo=UTC
    )
    assert letter_due(branch=berlin, now=datetime(2026, 10, 16, 12, tzinfo=UTC)) == datetime(
        2026, 10, 23, 21, 59, 59, tzinfo=UTC
    )
    auckland = make_branch(time_zone="Pacific/Auckland")
    assert letter_due(branch=auckland, now=NOON) == datetime(2026, 12, 2, 10, 59, 59, tzinfo=UTC)
    assert letter_due(branch=make_branch(time_zone="Nowhere/AtAll"), now=NOON).date() == date(2026, 12, 1)


def test_a_library_that_never_opens_still_answers() -> None:
    for n in range(1, 500):
        Holiday.objects.create(day=NOON.date() + n * DAY, name="Closed")
    assert letter_due(branch=None, now=NOON) > NOON + 300 * DAY


@given(days, st.integers(1, 40), st.sets(days, max_size=30))
def test_counting_working_days_forth_and_back_agrees(start: date, count: int, closed: set[date]) -> None:
    end = working_day_after(start, count, closed)
    assert is_working(end, closed)
    assert working_days_between(start, end, closed) == count
    assert working_days_between(end, start, closed) == 0


def test_too_few_kept_promises_are_no_record() -> None:
    for _ in range(7):
        kept(NOON - 10 * DAY, DAY)
    assert recent_record(now=NOON).days is None
    assert recent_record(now=NOON).kept == 7


def test_the_record_is_what_nine_of_ten_took() -> None:
    monday = datetime(2026, 11, 2, 9, tzinfo=UTC)
    for _ in range(9):
        kept(monday, 2 * DAY)
    kept(monday, 8 * DAY)
    assert recent_record(now=NOON).days == 2
    kept(monday, 8 * DAY)
    assert recent_record(now=NOON).days == 6
    assert letter_due(branch=None, now=NOON) == datetime(2026, 12, 2, 23, 59, 59, tzinfo=UTC)


def test_the_promise_is_never_shorter_than_a_working_day() -> None:
    for _ in range(8):
        kept(NOON - DAY, timedelta(minutes=5))
    assert recent_record(now=NOON).days == 1


def test_only_the_last_90_days_count_and_only_letters() -> None:
    for _ in range(8):
        kept(NOON - 120 * DAY, DAY)
        word = make_promise(kind="word", patron=make_patron(), branch=None, due_at=NOON, now=NOON - DAY)
        keep_promise(promise=word, now=NOON)
    assert (recent_record(now=NOON).days, recent_record(now=NOON).kept) == (None, 0)


def test_letters_left_lying_make_the_promise_longer_and_count_as_late() -> None:
    for _ in range(8):
        kept(NOON - 20 * DAY, DAY)
    for _ in range(2):
        make_promise(kind="letter", patron=make_patron(), branch=None, due_at=NOON - 30 * DAY, now=NOON - 35 * DAY)
    kept(NOON - 20 * DAY, 5 * DAY, due=2 * DAY)
    record = recent_record(now=NOON)
    assert (record.kept, record.late) == (9, 3)
    assert record.days == 25


def test_the_record_costs_the_same_however_many_promises(django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    for _ in range(12):
        promise = kept(NOON - 20 * DAY, DAY)
        Promise.objects.filter(pk=promise.pk).update(branch=make_branch())
    with django_assert_max_num_queries(3):
        recent_record(now=NOON)


def test_a_promise_is_kept_or_withdrawn_once_and_can_be_reopened() -> None:
    promise = make_promise(kind="letter", patron=make_patron(), branch=None, due_at=NOON + DAY, now=NOON)
    keep_promise(promise=promise, now=NOON + DAY)
    withdraw_promise(promise=promise, now=NOON + 2 * DAY)
    keep_promise(promise=promise, now=NOON + 3 * DAY)
    promise.refresh_from_db()
    assert (promise.kept_at, promise.withdrawn_at) == (NOON + DAY, None)
    reopen_promise(promise=promise, now=NOON)
    assert Promise.objects.open().count() == 1
    assert promise.due_at == NOON + DAY
    withdraw_promise(promise=promise, now=NOON)
    promise.refresh_from_db()
    assert promise.withdrawn_at == NOON
