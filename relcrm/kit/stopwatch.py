"""How long something takes. It measures durations only: what time it is, is always an argument (`now`)."""

from __future__ import annotations

import time
from datetime import datetime, timedelta


class Stopwatch:
    """Runs from its making, beside the `now` the work was given."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._started = time.monotonic()

    @property
    def seconds(self) -> float:
        """Seconds since it was started."""
        return time.monotonic() - self._started

    @property
    def at(self) -> datetime:
        """The given `now` plus the time that went by since: for leases, which must outlast real work."""
        return self._now + timedelta(seconds=self.seconds)


class Deadline:
    """How long something may still take."""

    def __init__(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds that are left; below zero: it is over."""
        return self._ends - time.monotonic()
