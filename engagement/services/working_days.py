"""Days on which the library works: weekends and holidays are left out, in the time zone of the branch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Set
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from library.models import Branch, Holiday

SATURDAY = 5
LAST_SECOND = time(23, 59, 59)
LONGEST_CLOSING = timedelta(days=366)


def zone_of(branch: Branch | None) -> ZoneInfo:
    """The branch's time zone; the library's own where there is no branch or its zone has no such name."""
    return zone_named(branch.time_zone if branch else "")


def zone_named(name: str) -> ZoneInfo:
    """The zone of this name; the library's own where the name is empty or there is no such zone."""
    for known in filter(None, (name, settings.TIME_ZONE)):
        try:
            return ZoneInfo(known)
        except (ValueError, OSError, KeyError):
            continue
    return ZoneInfo("UTC")


class Holidays:
    """The library's holidays, read once: those of the whole house count in every branch."""

    def __init__(self) -> None:
        self._by_branch: dict[int | None, set[date]] = defaultdict(set)
        for branch_id, day in Holiday.objects.values_list("branch_id", "day"):
            self._by_branch[branch_id].add(day)

    def closed(self, branch_id: int | None) -> frozenset[date]:
        """The days on which this branch (None: the library as a whole) is closed."""
        return frozenset(self._by_branch.get(None, set()) | self._by_branch.get(branch_id, set()))


def is_working(day: date, closed: Set[date]) -> bool:
    return day.weekday() < SATURDAY and day not in closed


def working_day_after(start: date, days: int, closed: Set[date]) -> date:
    """The day that many working days after `start`. A library closed for more than a year still gets an answer."""
    day, left = start, days
    furthest = start + LONGEST_CLOSING + timedelta(days=2 * days)
    while left > 0 and day < furthest:
        day += timedelta(days=1)
        left -= is_working(day, closed)
    return day


def working_days_between(start: date, end: date, closed: Set[date]) -> int:
    """How many working days after `start` the day `end` is: 0 on the same day."""
    if end <= start:
        return 0
    weeks, rest = divmod((end - start).days, 7)
    days = 5 * weeks + sum((start + timedelta(days=7 * weeks + n)).weekday() < SATURDAY for n in range(1, rest + 1))
    return days - sum(start < day <= end and day.weekday() < SATURDAY for day in closed)


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The last second of that day where the branch is, as UTC; right across changes of summer time."""
    return datetime.combine(day, LAST_SECOND, zone).astimezone(UTC)
