"""Experiments as they may be shown: whoever holds a Trial can leak nothing.

Nothing of an outcome is shown before an experiment is over and everybody drawn has been looked at. So nobody can end
one because it looks good just then, and the interval keeps its promise (docs/decisions/0014-proof-is-shown-once.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db import connection

from engagement.models import Experiment
from engagement.services.experiments import UNDO_FOR
from engagement.services.proof_statistics import (
    Arm,
    Difference,
    Verdict,
    difference_between,
    judge_arms,
    readers_to_draw,
    readers_wanting,
)
from engagement.services.reports.small_numbers import Shown, show_people, show_share

MOST = 50
DRAWN = """
SELECT experiment_id, count(*) FILTER (WHERE arm = 'sent'), count(*) FILTER (WHERE arm = 'held'),
    count(*) FILTER (WHERE arm = 'sent' AND happened IS NOT NULL), count(*) FILTER (WHERE arm = 'sent' AND happened),
    count(*) FILTER (WHERE arm = 'held' AND happened IS NOT NULL), count(*) FILTER (WHERE arm = 'held' AND happened),
    count(*) FILTER (WHERE looked_at IS NOT NULL AND happened IS NULL), max(drawn_at) FILTER (WHERE looked_at IS NULL)
FROM engagement_draw WHERE experiment_id = ANY(%s) GROUP BY experiment_id
"""


class State(StrEnum):
    RUNNING = "running"
    WAITING = "waiting"
    OVER = "over"


@dataclass(frozen=True)
class Raw:
    """What was drawn and seen, before suppression. `last`: when the last of those not looked at yet was drawn."""

    drawn_sent: int = 0
    drawn_held: int = 0
    sent: Arm = Arm(0, 0)
    held: Arm = Arm(0, 0)
    left: int = 0
    last: datetime | None = None

    @property
    def drawn(self) -> int:
        return self.drawn_sent + self.drawn_held


@dataclass(frozen=True)
class Group:
    """One of the two groups. share: percent of them for whom it happened; None before it is over."""

    people: Shown
    share: Shown


@dataclass(frozen=True)
class Trial:
    """One experiment. `wanting`: how many readers more it takes; `difference` only where it may be shown.

    left: readers who withdrew or were erased before they were looked at. ready_at: when the last one will have been.
    """

    experiment: Experiment
    state: State
    people: Shown
    wanting: int
    sent: Group
    held: Group
    left: Shown
    ready_at: datetime | None = None
    verdict: Verdict | None = None
    difference: Difference | None = None

    def ran_between(self, start: datetime, end: datetime) -> bool:
        """Whether it drew readers, or looked at them, in that time."""
        experiment = self.experiment
        done = experiment.ended_at and experiment.ended_at + timedelta(days=experiment.days)
        return experiment.started_at < end and (done is None or done >= start)


def read_trials(*, now: datetime) -> list[Trial]:
    """The newest experiments, newest first (2 queries)."""
    experiments = list(Experiment.objects.order_by("-started_at", "-pk")[:MOST])
    with connection.cursor() as cursor:
        cursor.execute(DRAWN, [[experiment.pk for experiment in experiments]])
        drawn = {row[0]: _raw(row[1:]) for row in cursor.fetchall()}
    return [tell_trial(experiment, drawn.get(experiment.pk, Raw()), now) for experiment in experiments]


def tell_trial(experiment: Experiment, raw: Raw, now: datetime) -> Trial:
    """What may be said of it at `now`."""
    needed = readers_to_draw(held_percent=experiment.share)
    ended = raw.drawn >= needed if experiment.ended_at is None else now > experiment.ended_at + UNDO_FOR
    if ended and raw.last is None:
        return _over(experiment, raw)
    running = experiment.ended_at is None and raw.drawn < needed
    return Trial(
        experiment,
        State.RUNNING if running else State.WAITING,
        people=show_people(raw.drawn),
        wanting=max(0, needed - raw.drawn),
        sent=Group(show_people(raw.drawn_sent), None),
        held=Group(show_people(raw.drawn_held), None),
        left=None,
        ready_at=raw.last + timedelta(days=experiment.days) if raw.last else None,
    )


def _over(experiment: Experiment, raw: Raw) -> Trial:
    sent, held = raw.sent, raw.held
    verdict = judge_arms(sent=sent, held=held, held_percent=experiment.share)
    return Trial(
        experiment,
        State.OVER,
        people=show_people(sent.people + held.people),
        wanting=readers_wanting(sent=sent, held=held, held_percent=experiment.share),
        sent=_group(sent),
        held=_group(held),
        left=show_people(raw.left),
        verdict=verdict,
        difference=None if verdict == Verdict.HIDDEN else difference_between(sent, held),
    )


def _group(arm: Arm) -> Group:
    no = arm.people - arm.happened
    return Group(show_people(arm.people), show_share(arm.happened, no, part_people=arm.happened, rest_people=no))


def _raw(row: Sequence[Any]) -> Raw:
    drawn_sent, drawn_held, sent, sent_yes, held, held_yes, left, last = row
    return Raw(drawn_sent, drawn_held, Arm(sent, sent_yes), Arm(held, held_yes), left, last)
