"""What is due as a calendar file (RFC 5545). It is read by calendar services: no reader is named or quoted in it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings

from library.models import User
from outreach.services.reports.due_list import DueLine

if TYPE_CHECKING:
    from icalendar import Event, Timezone

PRODUCT = "-//Relcrm//What is due//EN"
LOOK_AGAIN = timedelta(hours=1)


def due_calendar(*, lines: Sequence[DueLine], user: User) -> bytes:
    """One event for each promise, at its due time; whoever opens its link signs in first."""
    from icalendar import Calendar, vDuration  # noqa: PLC0415  (takes 0.2 s to load, and only calendars need it)

    calendar = Calendar.new(
        prodid=PRODUCT,
        uid=f"due-{user.pk}@{_host()}",
        name=f"Due at {settings.LIBRARY_NAME}",
        # A calendar without a single part is none to some programs; a zone shows nowhere.
        subcomponents=[_utc(), *(_event(line) for line in lines)],
    )
    calendar.add("refresh-interval", vDuration(LOOK_AGAIN), parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(LOOK_AGAIN))  # the same for programs older than that name
    written: bytes = calendar.to_ical()
    return written


def _event(line: DueLine) -> Event:
    from icalendar import TRANSP, Event  # noqa: PLC0415  (as above)

    link = f"{settings.PUBLIC_URL}{line.path}"
    return Event.new(
        uid=f"promise-{line.promise.pk}@{_host()}",
        stamp=line.promise.made_at.astimezone(UTC),
        start=line.promise.due_at.astimezone(UTC),
        summary=f"{line.what}: {line.reference}" if line.reference else line.what,
        description=f"At the desk, after signing in: {link}",
        url=link,
        transparency=TRANSP.TRANSPARENT,  # it takes none of the day's time
    )


def _utc() -> Timezone:
    from icalendar import Timezone, TimezoneStandard  # noqa: PLC0415  (as above)

    zone, standard = Timezone(), TimezoneStandard()
    zone.add("tzid", "Etc/UTC")
    standard.add("dtstart", datetime(1970, 1, 1))  # noqa: DTZ001  (a zone begins in its own time)
    standard.add("tzoffsetfrom", timedelta(0))
    standard.add("tzoffsetto", timedelta(0))
    zone.add_component(standard)
    return zone


def _host() -> str:
    return urlsplit(settings.PUBLIC_URL).hostname or "localhost"
