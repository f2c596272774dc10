"""The interval tells the truth as often as it says, and an interval that does not is found out."""

from __future__ import annotations

import functools
import math
import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagement.services.drawing_lots import is_held
from engagement.services.proof_statistics import (
    Arm,
    Difference,
    Verdict,
    Z,
    about,
    difference_between,
    judge_arms,
    readers_needed,
    readers_to_draw,
    readers_wanting,
)

RUNS = 1000
# True share of those who got it and of those who did not, readers, percent held out. Small, one-sided and rare too.
SETTINGS = [
    (0.50, 0.50, 784, 50),
    (0.42, 0.30, 340, 50),
    (0.42, 0.30, 340, 20),
    (0.30, 0.30, 60, 50),
    (0.65, 0.40, 40, 50),
    (0.20, 0.10, 120, 30),
    (0.85, 0.75, 150, 70),
    (0.06, 0.04, 1220, 20),
    (0.55, 0.20, 90, 90),
]
arms = st.integers(1, 400).flatmap(lambda people: st.builds(Arm, st.just(people), st.integers(0, people)))


def simulate(run: int, sent_share: float, held_share: float, readers: int, held_percent: int) -> tuple[Arm, Arm]:
    """One experiment: lots as they are really drawn, and what happens by the true shares."""
    dice = random.Random(f"{run}/{sent_share}/{held_share}/{readers}/{held_percent}")  # noqa: S311  (no secret)
    counts = {True: [0, 0], False: [0, 0]}
    for reader in range(1, readers + 1):
        held = is_held(salt=str(run), patron=reader, share=held_percent)
        counts[held][0] += 1
        counts[held][1] += dice.random() < (held_share if held else sent_share)
    return Arm(*counts[False]), Arm(*counts[True])


@functools.cache
def simulated(sent: float, held: float, readers: int, held_percent: int) -> list[tuple[Arm, Arm]]:
    return [simulate(run, sent, held, readers, held_percent) for run in range(RUNS)]


def coverage(
    interval: Callable[[Arm, Arm], Difference], sent: float, held: float, readers: int, held_percent: int
) -> float:
    """In how many of RUNS experiments the true difference lies inside the interval."""
    found = [interval(*arms) for arms in simulated(sent, held, readers, held_percent)]
    return sum(one.low <= sent - held <= one.high for one in found) / RUNS


@pytest.mark.parametrize(("sent", "held", "readers", "held_percent"), SETTINGS)
def test_the_truth_lies_inside_as_often_as_it_says(sent: float, held: float, readers: int, held_percent: int) -> None:
    assert 0.93 <= coverage(difference_between, sent, held, readers, held_percent) <= 0.97


def too_sure(one: Arm, other: Arm) -> Difference:
    """Wrong on purpose: one standard error and a half."""
    error = math.sqrt(sum(arm.share * (1 - arm.share) / arm.people for arm in (one, other)))
    value = one.share - other.share
    return Difference(value, value - 1.5 * error, value + 1.5 * error)


def of_the_textbook(one: Arm, other: Arm) -> Difference:
    """The usual one, which promises too much where it happens seldom and readers are few."""
    error = math.sqrt(sum(arm.share * (1 - arm.share) / arm.people for arm in (one, other)))
    value = one.share - other.share
    return Difference(value, value - Z * error, value + Z * error)


@pytest.mark.parametrize(("sent", "held", "readers", "held_percent"), SETTINGS)
def test_an_interval_that_is_too_sure_is_found_out(sent: float, held: float, readers: int, held_percent: int) -> None:
    assert coverage(too_sure, sent, held, readers, held_percent) < 0.93


def test_the_textbook_interval_breaks_its_promise_where_readers_are_few() -> None:
    few = (0.25, 0.15, 50, 80)
    assert coverage(of_the_textbook, *few) < 0.93
    assert 0.93 <= coverage(difference_between, *few) <= 0.97


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [
        (Arm(70, 56), Arm(80, 48), 0.0524, 0.3339),
        (Arm(10, 9), Arm(10, 3), 0.1705, 0.8090),
        (Arm(56, 5), Arm(29, 0), -0.0381, 0.1926),
        (Arm(10, 0), Arm(20, 0), -0.1611, 0.2775),
        (Arm(10, 10), Arm(10, 0), 0.6075, 1.0),
    ],
)
def test_the_numbers_newcombe_printed(one: Arm, other: Arm, low: float, high: float) -> None:
    """Table II of the paper, method 10, to its four digits."""
    found = difference_between(one, other)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


@given(arms, arms)
def test_the_interval_holds_what_was_seen_and_is_the_same_seen_from_the_other_side(one: Arm, other: Arm) -> None:
    found, turned = difference_between(one, other), difference_between(other, one)
    assert -1 <= found.low <= found.value <= found.high <= 1
    assert (found.low, found.high) == pytest.approx((-turned.high, -turned.low))
    value, low, high = found.points
    assert low <= value <= high
    assert low <= 100 * found.low
    assert high >= 100 * found.high


def test_nobody_at_all_proves_nothing() -> None:
    found = difference_between(Arm(0, 0), Arm(0, 0))
    assert (found.value, found.low, found.high) == (0, -1, 1)
    assert judge_arms(sent=Arm(0, 0), held=Arm(0, 0), held_percent=50) == Verdict.HIDDEN


def test_the_number_of_readers_is_the_one_in_the_tables() -> None:
    """Fleiss 1981, table A.3 without correction: .3 against .5 at 80 % takes 93 a side; 2 to 1, and both ends."""
    assert readers_needed(share=0.3, difference=0.2, held_percent=50) == 2 * 93
    assert readers_needed(share=0.5, difference=0.2, held_percent=50) == 2 * 93
    assert readers_needed(share=0.95, difference=0.2, held_percent=50) == readers_needed(
        share=0.75, difference=0.2, held_percent=50
    )
    assert readers_to_draw(held_percent=50) == 784
    assert readers_to_draw(held_percent=20) == 1220
    assert all(readers_to_draw(held_percent=percent) >= 784 for percent in range(1, 91))


def test_so_many_readers_do_see_it_in_eight_of_ten_experiments() -> None:
    seen = 0
    for run in range(400):
        sent, held = simulate(run, 0.55, 0.45, readers_to_draw(held_percent=50), 50)
        low, high = difference_between(sent, held).low, difference_between(sent, held).high
        seen += low > 0 or high < 0
    assert 0.74 <= seen / 400 <= 0.86


@pytest.mark.parametrize(
    ("sent", "held", "verdict"),
    [
        (Arm(100, 7), Arm(100, 50), Verdict.HIDDEN),
        (Arm(100, 50), Arm(57, 50), Verdict.HIDDEN),
        (Arm(100, 50), Arm(16, 8), Verdict.NOT_ENOUGH),
        (Arm(170, 80), Arm(170, 60), Verdict.SEEN),
        (Arm(170, 60), Arm(170, 80), Verdict.SEEN),
        (Arm(170, 70), Arm(170, 60), Verdict.NOT_ENOUGH),
        (Arm(392, 180), Arm(392, 175), Verdict.NONE_SEEN),
        (Arm(120, 8), Arm(120, 10), Verdict.NOT_ENOUGH),
        (Arm(220, 10), Arm(220, 12), Verdict.NONE_SEEN),
    ],
)
def test_when_it_says_that_there_is_not_enough(sent: Arm, held: Arm, verdict: Verdict) -> None:
    assert judge_arms(sent=sent, held=held, held_percent=50) == verdict
    if verdict == Verdict.NOT_ENOUGH:
        assert readers_wanting(sent=sent, held=held, held_percent=50) > 0


def test_numbers_are_said_as_one_would_say_them() -> None:
    assert [about(number) for number in (1, 390, 391, 1000, 1001, 1220)] == [10, 390, 400, 1000, 1050, 1250]
