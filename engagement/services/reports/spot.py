"""Counting on the spot: quarters that still run, periods not counted yet, and any days the command asks for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from engagement.models import Rule, RuleVersion
from engagement.services.counting.statement import SET_UP, Asked, counting_statement
from engagement.services.reports.periods import Period, months_of
from engagement.services.reports.raw import Kept, Place, gather
from engagement.services.reports.verdicts import settle
from engagement.services.working_days import zone_of

Verdicts = Mapping[Place, Mapping[str, Kept]]


class NotCounted(Exception):
    """Of these quarters, which nobody counted yet, there are more lines than a page counts while somebody waits."""

    def __init__(self, periods: Sequence[Period]) -> None:
        super().__init__(*periods)
        self.periods = tuple(periods)


def count_now(periods: Sequence[Period], now: datetime) -> dict[Period, Verdicts]:
    """Each of these quarters, or other days, with the verdict on every cell: the counters as one statement."""
    asked = [(period, one) for period in periods for one in (Asked(period), *_months(period, now))]
    sql, facts = counting_statement([one for _period, one in asked], now)
    rows: dict[Period, list[Any]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(SET_UP + sql, facts)
        for number, measure, by, key, *numbers in cursor.fetchall():
            period, one = asked[number]
            place = Place(by, key, one.period.key if one.whole_only else "")
            rows[period].append((place, measure, *numbers))
    groups = kinds_by_measure()
    return {period: settle(gather(rows[period]), groups) for period in periods}


def kinds_by_measure() -> dict[str, list[str]]:
    """Measures that count the lines of several kinds, as the rules in force group them."""
    groups: dict[str, list[str]] = defaultdict(list)
    newest = RuleVersion.objects.order_by("-number").values("pk")[:1]
    for kind, group, outcome in Rule.objects.filter(version__in=newest).values_list("kind", "group", "outcome"):
        if group:
            groups[f"mix:{group}"].append(kind)
        if outcome:
            groups[f"outcome:{outcome}"].append(kind)
    return dict(groups)


def _months(period: Period, now: datetime) -> list[Asked]:
    """The months of a quarter that have begun; they are told for the whole library only."""
    if period.grain != "quarter":
        return []
    today = now.astimezone(zone_of(None)).date()
    return [Asked(month, whole_only=True) for month in months_of(period) if month.first <= today]
