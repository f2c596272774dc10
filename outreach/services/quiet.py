"""When a reader is left in peace: at night, and, by what the library starts, on days it is closed."""

from __future__ import annotations

from collections.abc import Set
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

BEGINS, ENDS = time(20), time(8)
LONGEST_CLOSING = timedelta(days=366)


def zone_of(*names: str) -> ZoneInfo:
    """The first zone that is one (the reader's own, then the branch's), else the library's."""
    for name in names:
        try:
            if name:
                return ZoneInfo(name)
        except (KeyError, OSError, ValueError):
            continue
    return ZoneInfo(settings.TIME_ZONE)


def quiet_until(now: datetime, zone: ZoneInfo, closed: Set[date] = frozenset()) -> datetime | None:
    """When the night around `now`, or the row of `closed` days, ends in that zone (in UTC); None outside of them."""
    local = now.astimezone(zone)
    today = local.date()
    if ENDS <= local.time() < BEGINS and today not in closed:
        return None
    morning = today if local.time() < ENDS else today + timedelta(days=1)
    while morning in closed and morning - today < LONGEST_CLOSING:
        morning += timedelta(days=1)
    return datetime.combine(morning, ENDS, tzinfo=zone).astimezone(UTC)
