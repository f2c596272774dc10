"""Drifting in the words of the desk: the fact that weighed most, in a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from engagement.models import Drift
from engagement.services.drift_model import level_of

WEEK, MONTH, YEAR = 7, 365.25 / 12, 365.25
LATELY = 30  # days; who was here since is not missed yet
FEW_DAYS, FEW_WEEKS, FEW_MONTHS = 14, 60, 700  # up to here they are said as days, weeks, months
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


@dataclass(frozen=True)
class Told:
    """What the desk shows of one reader. percent: how many in 100 like this one come back in time, rounded down."""

    level: str
    percent: int
    sentence: str


def tell_drift(drift: Drift, *, on: date) -> Told:
    """Level, chance and the sentence, as of a day."""
    return Told(level_of(drift.chance), int(100 * drift.chance), sentence_of(drift, on=on))


def sentence_of(drift: Drift, *, on: date) -> str:
    """The fact that weighed most: 'usually every 3 weeks, last seen 4 months ago'."""
    away = max((on - drift.last_day).days, 0)
    if drift.days == 1:
        return f"came once, {ago(away)}"
    if drift.fact == Drift.Fact.FREQUENCY:
        since = f"last seen {ago(away)}" if away < LATELY else f"not since {_month(drift.last_day, on)}"
        return f"came {drift.days} times in {span((drift.last_day - drift.first_day).days)}, {since}"
    if drift.fact == Drift.Fact.RHYTHM and drift.rhythm_days:
        return f"usually {every(drift.rhythm_days)}, last seen {ago(away)}"
    return f"last seen {ago(away)}"


def ago(days: int) -> str:
    """'today', 'yesterday', '4 months ago'."""
    return {0: "today", 1: "yesterday"}.get(days) or f"{span(days)} ago"


def span(days: float) -> str:
    """'5 days', '3 weeks', '4 months', '2 years'."""
    number, unit = measured(days)
    return f"{number} {unit}{'' if number == 1 else 's'}"


def every(days: float) -> str:
    """'every day', 'every 3 weeks'."""
    number, unit = measured(days)
    return f"every {unit}" if number == 1 else f"every {number} {unit}s"


def measured(days: float) -> tuple[int, str]:
    """In the unit people would use, rounded; a week is said as a week."""
    if days < FEW_DAYS and round(days) != WEEK:
        return max(round(days), 1), "day"
    if days < FEW_WEEKS:
        return round(days / WEEK), "week"
    if days < FEW_MONTHS:
        return round(days / MONTH), "month"
    return round(days / YEAR), "year"


def _month(day: date, on: date) -> str:
    name = MONTHS[day.month - 1]
    return name if day.year == on.year else f"{name} {day.year}"
