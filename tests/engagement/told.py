"""Drifting in tests, with nothing but what the test is about."""

from __future__ import annotations

from typing import Any

from engagement.models import Drift
from patrons.models import Patron
from tests.builders import NOON


def drift(patron: Patron, **over: Any) -> Drift:
    """A row as the night leaves it: 20 days in two years, every three weeks, seen four months ago."""
    today = NOON.date()
    values: dict[str, Any] = {
        "days": 20,
        "first_day": today.replace(year=today.year - 2),
        "last_day": today.replace(month=today.month - 4),
        "rhythm_days": 21.0,
        "chance": 0.15,
        "fact": "rhythm",
        "model": 1,
        "counted_on": today,
    }
    return Drift.objects.create(patron=patron, **(values | over))
