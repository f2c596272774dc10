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
from engagement.services.counting.stages import STAGES
from engagement.services.counting.types import TYPES
from engagement.services.reports.periods import Period
from engagement.services.working_days import zone_of


@dataclass(frozen=True)
class Counter:
    """`grains`: the periods it can be asked for.

    `today`: it says what holds now, so it is counted for the running period alone; a period that is over keeps what
    was counted last while it ran. Its name is then the family of its measures.
    """

    name: str
    sql: str
    grains: tuple[str, ...] = ("month", "quarter")
    today: bool = False


COUNTERS: tuple[Counter, ...] = (
    Counter("lines", LINES),
    Counter("crowds", CROWDS),
    Counter("picks", PICKS),
    Counter("unanswered", UNANSWERED),
    Counter("promises", PROMISES),
    Counter("waits", WAITS),
    Counter("answered", ANSWERED),
    Counter("threads", THREADS),
    Counter("effort", EFFORT),
    Counter("outcomes", OUTCOMES),
    Counter("mix", MIX),
    Counter("needs", NEEDS),
    Counter("load", LOAD),
    Counter("load_by", LOAD_BY),
    Counter("marketing", MARKETING),
    Counter("pulse", PULSE),
    Counter("pulse_means", PULSE_MEANS),
    Counter("drifting", DRIFTING, today=True),
    Counter("stages", STAGES),
    Counter("flows", FLOWS),
    Counter("activity", ACTIVITY),
    Counter("types", TYPES, today=True),
)


def counting_facts(period: Period, now: datetime) -> dict[str, Any]:
    """First and last day, the same as moments in the library's zone (start, end; the end is not counted), and now."""
    start, end = period.moments(zone_of(None))
    first: date = period.first
    return {"first": first, "last": period.last, "start": start, "end": end, "now": now}
