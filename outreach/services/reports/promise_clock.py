"""How long a reader has waited and how the promise stands, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.formats import date_format

from outreach.models import Request, Thread

SOON = 2


@dataclass(frozen=True)
class Clock:
    """`tone`: late, soon, kept or empty; never the only sign, the words say it too."""

    words: str
    tone: str = ""


def clock_of(request: Request | Thread, *, now: datetime) -> Clock | None:
    """How the promise of this request, or of a thread that waits, stands; None while nothing was promised.

    Days are those of the branch.
    """
    promise = request.promise
    if promise is None:
        return None
    zone = zone_of(request)
    if promise.withdrawn_at:
        return None
    if promise.kept_at:
        late = promise.kept_at > promise.due_at
        return Clock("answered late" if late else "answered in time", "late" if late else "kept")
    days = _days(now, promise.due_at, zone)
    if promise.due_at < now:
        return Clock(f"late by {_count(-days)}" if days else "late since today", "late")
    if days <= SOON:
        return Clock({0: "due today", 1: "due tomorrow"}.get(days, f"due in {_count(days)}"), "soon")
    return Clock(f"due {date_format(promise.due_at.astimezone(zone), 'j F')}")


def asked_in_words(request: Request, *, now: datetime) -> str:
    """When the reader asked: 'today', 'yesterday', '3 days ago'."""
    return since_in_words(request.asked_at, now=now, zone=zone_of(request))


def since_in_words(at: datetime, *, now: datetime, zone: tzinfo) -> str:
    """How long ago that was, in days of that zone: 'today', 'yesterday', '3 days ago'."""
    days = max(0, _days(at, now, zone))
    return {0: "today", 1: "yesterday"}.get(days, f"{_count(days)} ago")


def zone_of(request: Request | Thread) -> tzinfo:
    """The time zone the days of this request or thread are counted in."""
    return ZoneInfo(request.branch.time_zone if request.branch else settings.TIME_ZONE)


def _days(start: datetime, end: datetime, zone: tzinfo) -> int:
    return (end.astimezone(zone).date() - start.astimezone(zone).date()).days


def _count(days: int) -> str:
    return "1 day" if days == 1 else f"{days} days"
