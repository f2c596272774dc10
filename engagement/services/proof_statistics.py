"""What two groups of readers can and cannot tell: difference, interval, and how many readers it takes. Pure.

The interval is Newcombe's hybrid of two Wilson scores: R. G. Newcombe, Interval estimation for the difference between
independent proportions: comparison of eleven methods, Statistics in Medicine 17 (1998), 873-890, method 10; E. B.
Wilson, Journal of the American Statistical Association 22 (1927), 209-212. It stays inside what is possible and is
right for small groups, where the usual "plus or minus two standard errors" promises too much. The number of readers
is that of the two-sided test of two proportions with groups of different size: J. L. Fleiss, Statistical Methods for
Rates and Proportions, 2nd edition (1981), section 3.4, without the correction for continuity.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from statistics import NormalDist

from engagement.services.reports.small_numbers import FEWEST

CONFIDENCE, POWER = 0.95, 0.80
Z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
Z_POWER = NormalDist().inv_cdf(POWER)
WORTH_KNOWING = 0.10
ABOUT = 10
ROUGHLY_FROM, ROUGHLY = 1000, 50


@dataclass(frozen=True)
class Arm:
    """Readers of one group, and for how many of them it happened."""

    people: int
    happened: int

    @property
    def share(self) -> float:
        return self.happened / self.people if self.people else 0.0

    @property
    def is_small(self) -> bool:
        """Whether either side of its share rests on too few readers to be shown."""
        return min(self.happened, self.people - self.happened) < FEWEST


@dataclass(frozen=True)
class Difference:
    """Shares of the one group less that of the other, and where the truth lies in 95 of 100 experiments."""

    value: float
    low: float
    high: float

    @property
    def points(self) -> tuple[int, int, int]:
        """In whole readers of a hundred; the ends are rounded outwards, so that they never promise more."""
        return round(100 * self.value), math.floor(100 * self.low), math.ceil(100 * self.high)

    @property
    def is_seen(self) -> bool:
        """Whether no difference at all lies outside the interval, as it is shown."""
        _value, low, high = self.points
        return low > 0 or high < 0


class Verdict(StrEnum):
    HIDDEN = "hidden"
    NOT_ENOUGH = "not_enough"
    NONE_SEEN = "none_seen"
    SEEN = "seen"


def wilson(arm: Arm) -> tuple[float, float]:
    """Where the true share lies; anywhere where nobody was looked at."""
    if not arm.people:
        return 0.0, 1.0
    n, p, square = arm.people, arm.share, Z * Z
    middle = (p + square / (2 * n)) / (1 + square / n)
    reach = Z / (1 + square / n) * math.sqrt(p * (1 - p) / n + square / (4 * n * n))
    return max(0.0, middle - reach), min(1.0, middle + reach)


def difference_between(one: Arm, other: Arm) -> Difference:
    """What the share of `one` is above that of `other`, with its 95 % interval."""
    (low, high), (other_low, other_high) = wilson(one), wilson(other)
    value = one.share - other.share
    down = math.hypot(one.share - low, other_high - other.share)
    up = math.hypot(high - one.share, other.share - other_low)
    return Difference(value, value - down, value + up)


def readers_needed(*, share: float, difference: float, held_percent: int) -> int:
    """Readers of both groups together, so that a difference this large from `share` is seen in 8 of 10 experiments."""
    other = share + difference if share + difference <= 1 else share - difference
    ratio = (100 - held_percent) / held_percent
    middle = (share + ratio * other) / (1 + ratio)
    by_chance = Z * math.sqrt((1 + 1 / ratio) * middle * (1 - middle))
    by_truth = Z_POWER * math.sqrt(share * (1 - share) + other * (1 - other) / ratio)
    held = ((by_chance + by_truth) / difference) ** 2
    return math.ceil(held) + math.ceil(held * ratio)


def readers_to_draw(*, held_percent: int) -> int:
    """How many an experiment draws, fixed before it starts: enough to see a difference worth knowing.

    Around one half, where chance is greatest: whatever the true shares are, it is enough.
    """
    return readers_needed(share=0.5 - WORTH_KNOWING / 2, difference=WORTH_KNOWING, held_percent=held_percent)


def readers_wanting(*, sent: Arm, held: Arm, held_percent: int) -> int:
    """How many more it would have taken to see the difference seen, or one worth knowing where that is smaller."""
    seen = max(abs(sent.share - held.share), WORTH_KNOWING)
    needed = readers_needed(share=held.share, difference=seen, held_percent=held_percent)
    return max(0, needed - sent.people - held.people)


def judge_arms(*, sent: Arm, held: Arm, held_percent: int) -> Verdict:
    """What may be said once everybody drawn has been looked at.

    HIDDEN where a side of a share rests on fewer than 8 readers. SEEN where the interval leaves out nought. Otherwise
    NOT_ENOUGH as long as readers are wanting (`readers_wanting`), and NONE_SEEN where there were enough.
    """
    if sent.is_small or held.is_small:
        return Verdict.HIDDEN
    if difference_between(sent, held).is_seen:
        return Verdict.SEEN
    wanting = readers_wanting(sent=sent, held=held, held_percent=held_percent)
    return Verdict.NOT_ENOUGH if wanting else Verdict.NONE_SEEN


def about(readers: int) -> int:
    """Rounded up to what one would say: to tens, from a thousand to fifties."""
    step = ROUGHLY if readers > ROUGHLY_FROM else ABOUT
    return step * math.ceil(readers / step)
