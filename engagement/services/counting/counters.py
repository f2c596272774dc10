"""Every counter there is. A counter is one SELECT of (measure, by, slice, value, known, unknown).

measure: family and key, e.g. 'lines:letter'. by: 'branch', 'audience', 'language' or '' for all of it; slice: the
branch's number, the audience or the language. value: how many, or how much. known: distinct people named on it.
unknown: things counted that name nobody. Every one may use the facts of `counting_facts`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from engagement.services.counting.activity import ACTIVITY
from engagement.services.counting.books import PICKS, UNANSWERED
from engagement.services.counting.crowds import CROWDS
from engagement.services.counting.drifting import DRIFTING
from engagement.services.counting.effort import EFFORT
from engagement.services.counting.flows import FLOWS
from engagement.services.counting.lines import LINES
from engagement.services.counting.load import LOAD, LOAD_BY
from engagement.services.counting.marketing import MARKETING
from engagement.services.counting.mix import MIX
from engagement.services.counting.needs import NEEDS
from engagement.services.counting.outcomes import OUTCOMES
from engagement.services.counting.promises import PROMISES, WAITS
from engagement.services.counting.pulse import PULSE, PULSE_MEANS
from engagement.services.counting.reciprocity import ANSWERED, THREADS
from engagement.services.counting.slicing import Counting
from engagement.services.counting.stages import STAGES
from engagement.services.counting.types import TYPES
from engagement.services.reports.periods import Period
from engagement.services.working_days import zone_of

WHOLE_ONLY = "SELECT * FROM ({sql}) AS said (measure, by, slice, value, known, unknown) WHERE by = ''"


@dataclass(frozen=True)
class Counter:
    """`families`: what its measures begin with; its own name where there is one only. `grains`: the periods it can be
    asked for.

    `today`: it says what holds now, so it is counted for the running period alone; a period that is over keeps what
    was counted last while it ran. Its name is then the family of its measures.
    """

    name: str
    how: Counting
    families: tuple[str, ...] = ()
    grains: tuple[str, ...] = ("month", "quarter")
    today: bool = False

    @property
    def sql(self) -> str:
        return self.how.sql

    def sql_for(self, *, whole_only: bool) -> str:
        """All of it, or without the slices."""
        return (self.how.whole or WHOLE_ONLY.format(sql=self.sql)) if whole_only else self.sql

    def counts(self, measure: str) -> bool:
        return measure.partition(":")[0] in (self.families or (self.name,))


COUNTERS: tuple[Counter, ...] = (
    Counter("lines", LINES, ("lines", "transactional", "relational", "minutes")),
    Counter("crowds", CROWDS, ("crowd",)),
    Counter("picks", PICKS),
    Counter("unanswered", UNANSWERED, ("check_ins",)),
    Counter("promises", PROMISES),
    Counter("waits", WAITS, ("promise_wait", "wait")),
    Counter("answered", ANSWERED),
    Counter("threads", THREADS),
    Counter("effort", EFFORT, ("effort", "timed", "untimed", "loops")),
    Counter("outcomes", OUTCOMES, ("outcome", "giver_stage")),
    Counter("mix", MIX, ("mix", "ours", "use")),
    Counter("needs", NEEDS, ("need_met", "need_unmet")),
    Counter("load", LOAD, ("waiting",)),
    Counter("load_by", LOAD_BY, ("served_week", "open_week", "served_branch", "open_branch")),
    Counter("marketing", MARKETING, ("marketing", "marketing_of")),
    Counter("pulse", PULSE, ("pulse", "pulse_recommend", "pulse_learned", "pulse_confident", "pulse_will_do",
        "pulse_aware")),
    Counter("pulse_means", PULSE_MEANS, ("pulse_mean",)),
    Counter("drifting", DRIFTING, today=True),
    Counter("stages", STAGES),
    Counter("flows", FLOWS, ("flow",)),
    Counter("activity", ACTIVITY, ("active",)),
    Counter("types", TYPES, today=True),
)  # fmt: skip


def counter_of(measure: str) -> Counter:
    """Every measure has one counter."""
    return next(counter for counter in COUNTERS if counter.counts(measure))


def counting_facts(period: Period, now: datetime) -> dict[str, Any]:
    """First and last day, the same as moments in the library's zone (start, end; the end is not counted), and now."""
    zone = zone_of(None)
    start, end = period.moments(zone)
    first: date = period.first
    return {"first": first, "last": period.last, "start": start, "end": end, "zone": zone.key, "now": now}
