"""Forward decay (DESIGN section 5): points fade with a half-life, yet a stored sum never has to be touched for time.

A sum is kept as seen from a fixed landmark, 2000-01-01 UTC: `points * 2^((t_i - L)/H)`. Double precision carries this
from 1890 to 2200. To read it at time t, multiply by `2^(-(t - L)/H)`. The order between sums is the same at any time.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

LANDMARK = datetime(2000, 1, 1, tzinfo=UTC)
EARLIEST = datetime(1890, 1, 1, tzinfo=UTC)
TRANSACTIONAL_HALF_LIFE = timedelta(days=90)
RELATIONAL_HALF_LIFE = timedelta(days=365)


def at_landmark(points: float, at: datetime, half_life: timedelta) -> float:
    """Points of an event at `at` as the stored sum counts them."""
    return float(points * 2.0 ** ((at - LANDMARK) / half_life))


def value_at(stored: float, now: datetime, half_life: timedelta) -> float:
    """A stored sum (or one stored addend) as it is worth at `now`, in points."""
    return float(stored * 2.0 ** (-((now - LANDMARK) / half_life)))


def faded(points: float, at: datetime, now: datetime, half_life: timedelta) -> float:
    """What is left at `now` of points won at `at`."""
    return float(points * 2.0 ** (-((now - at) / half_life))) if points else 0.0


def shown(value: float, s50: float) -> int:
    """The number on screen, 0 to 100, for a sum of `value` points; `s50` points show as 50."""
    return round(100 * (1 - float(2.0 ** (-value / s50))))


def share(number: int, part: float, whole: float) -> float:
    """How much of a shown number is due to one reason; the shares of all reasons add up to the number."""
    return number * part / whole if whole > 0 else 0.0
