"""Everything that is due: what the beat asks for every 30 seconds, and the `tick` command at any time."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import datetime

from engagement.services.scores import retest_stages
from outreach.services.checkins import queue_due
from outreach.services.delivery import deliver_due
from relcrm.desk.services.forgetting import forget_unproved

# The beat comes back in 30 seconds; a run of its own must not outlive its worker's patience.
BEAT_SECONDS = 60.0

log = logging.getLogger(__name__)
Counts = dict[str, int]


def run_tick(*, now: datetime, seconds: float | None = BEAT_SECONDS) -> Counts:
    """Do all that is due at `now`; returns what was done, by name, and the number of steps that broke (`errors`).

    Each step stands alone: one that breaks is logged, and the others still run. `seconds` bounds the sending
    (None: until nothing is due). Safe to run in any number of processes at once.
    """
    counts: Counts = {}
    errors = 0
    for name, step in _steps(now, seconds):
        try:
            counts |= step()
        except Exception:
            log.exception("tick: %s broke", name)
            errors += 1
    return counts | {"errors": errors}


def _steps(now: datetime, seconds: float | None) -> Iterator[tuple[str, Callable[[], Counts]]]:
    """What a tick does, in this order: a check-in queued now leaves in the same tick."""
    yield "check-ins", lambda: {"check_ins": queue_due(now=now)}
    yield "deliveries", lambda: asdict(deliver_due(now=now, seconds=seconds))
    yield "stages", lambda: {"stages": retest_stages(now=now)}
    yield "forgetting", lambda: {"forgotten": forget_unproved(now=now)}
