"""Forward decay: stored sums mean the same at every time."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagement.services.decay import (
    RELATIONAL_HALF_LIFE,
    TRANSACTIONAL_HALF_LIFE,
    at_landmark,
    faded,
    share,
    shown,
    value_at,
)
from tests.builders import NOON

EPOCH = datetime(1890, 1, 1, tzinfo=UTC)
times = st.timedeltas(timedelta(0), timedelta(days=310 * 365)).map(lambda since: EPOCH + since)
# A score is read after most of what made it; 1990 still leaves events up to 210 years ahead of the reading.
readings = st.timedeltas(timedelta(days=100 * 365), timedelta(days=310 * 365)).map(lambda since: EPOCH + since)
half_lives = st.sampled_from([RELATIONAL_HALF_LIFE, TRANSACTIONAL_HALF_LIFE])
points = st.floats(0.01, 1000)
events = st.lists(st.tuples(points, times), min_size=1, max_size=20)


@given(points, times, half_lives)
def test_points_are_whole_at_their_time_and_half_after_a_half_life(won: float, at: datetime, half: timedelta) -> None:
    stored = at_landmark(won, at, half)
    assert math.isfinite(stored)
    assert value_at(stored, at, half) == pytest.approx(won, rel=1e-9)
    assert value_at(stored, at + half, half) == pytest.approx(won / 2, rel=1e-9)


@given(events, readings, half_lives)
def test_a_stored_sum_is_the_sum_of_the_faded_points(
    won: list[tuple[float, datetime]], now: datetime, half: timedelta
) -> None:
    stored = sum(at_landmark(value, at, half) for value, at in won)
    assert value_at(stored, now, half) == pytest.approx(sum(faded(value, at, now, half) for value, at in won), rel=1e-9)


@given(events, events, readings, readings, half_lives)
def test_the_order_between_two_readers_never_turns_round(
    one: list[tuple[float, datetime]],
    two: list[tuple[float, datetime]],
    now: datetime,
    later: datetime,
    half: timedelta,
) -> None:
    sums = [sum(at_landmark(value, at, half) for value, at in won) for won in (one, two)]
    if not math.isclose(*sums, rel_tol=1e-9):
        less, more = sorted(sums)
        # Two who have both faded to next to nothing may read the same; never the other way round.
        assert value_at(less, now, half) <= value_at(more, now, half)
        assert value_at(less, later, half) <= value_at(more, later, half)


@given(st.floats(0, 1e6), st.floats(0.1, 1e3))
def test_the_number_shown_lies_between_0_and_100(value: float, s50: float) -> None:
    assert 0 <= shown(value, s50) <= 100
    assert shown(s50, s50) == 50
    assert shown(0, s50) == 0


@given(st.lists(points, min_size=1, max_size=15))
def test_shares_add_up_to_the_number(parts: list[float]) -> None:
    number = shown(sum(parts), 40)
    assert sum(share(number, part, sum(parts)) for part in parts) == pytest.approx(number)


def test_no_points_have_no_share() -> None:
    assert share(0, 0, 0) == 0


def test_a_loop_on_two_books_shows_about_a_third() -> None:
    """The weights of the first table: letter, check-in, answer, two books."""
    assert shown(6 + 0.5 + 12 + 2 * 3, 40) == 35
    assert faded(40, NOON, NOON + timedelta(days=365), RELATIONAL_HALF_LIFE) == 20
