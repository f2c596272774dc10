"""Quiet hours: nothing but answers is sent between 20:00 and 08:00 where the reader is."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from library.models import Branch
from patrons.models import Patron

BEGINS, ENDS = time(20), time(8)


def zone_of(patron: Patron, branch: Branch | None) -> ZoneInfo:
    """The zone set on the reader's own page, else the branch's, else the library's. A name unknown here is skipped."""
    for name in (patron.time_zone, branch.time_zone if branch else ""):
        try:
            if name:
                return ZoneInfo(name)
        except (KeyError, OSError, ValueError):
            continue
    return ZoneInfo(settings.TIME_ZONE)


def quiet_until(now: datetime, zone: ZoneInfo) -> datetime | None:
    """When the quiet hours around `now` end in that zone (in UTC); None outside of them."""
    local = now.astimezone(zone)
    if ENDS <= local.time() < BEGINS:
        return None
    morning = local.date() + timedelta(days=1) if local.time() >= BEGINS else local.date()
    return datetime.combine(morning, ENDS, tzinfo=zone).astimezone(UTC)
