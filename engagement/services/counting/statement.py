"""All counters over several periods as one statement."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engagement.services.counting.counters import COUNTERS, Counter, counting_facts
from engagement.services.reports.periods import Period

FACT = re.compile(r"%\((\w+)\)s")
ONE = "SELECT {number} AS asked, said.* FROM ({sql}) AS said (measure, by, slice, value, known, unknown)"
# Sorting a million rows in memory; compiling sixty small queries would take longer than running them. Where the planner
# does not know yet how many rows there are (a new library, a first import), it would look up each of them alone.
SET_UP = """
SET LOCAL jit = off; SET LOCAL work_mem = '128MB';
SELECT set_config('enable_nestloop', CASE WHEN min(reltuples) < 10000 THEN 'off' ELSE 'on' END, true)
FROM pg_class WHERE oid IN ('engagement_interaction'::regclass, 'patrons_patron'::regclass);
"""


@dataclass(frozen=True)
class Asked:
    """A period to count: in all slices, or only as a whole (a month)."""

    period: Period
    whole_only: bool = False


def counters_for(period: Period, now: datetime) -> Sequence[Counter]:
    """What can be counted for a period: what only holds today is counted for a period that runs today."""
    facts = counting_facts(period, now)
    runs = facts["start"] <= now < facts["end"]
    return [one for one in COUNTERS if (not period.grain or period.grain in one.grains) and (runs or not one.today)]


def counting_statement(asked: Iterable[Asked], now: datetime) -> tuple[str, dict[str, Any]]:
    """One SELECT of (number of the period asked for, measure, by, slice, value, known, unknown), and its facts."""
    parts: list[str] = []
    facts: dict[str, Any] = {}
    for number, one in enumerate(asked):
        facts |= {f"{name}_{number}": fact for name, fact in counting_facts(one.period, now).items()}
        for counter in counters_for(one.period, now):
            sql = FACT.sub(rf"%(\1_{number})s", counter.sql_for(whole_only=one.whole_only))
            parts.append(ONE.format(number=number, sql=sql))
    return " UNION ALL ".join(parts), facts
