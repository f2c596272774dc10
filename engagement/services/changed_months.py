"""Months that were over and changed all the same: written down with the change, counted again by the tick.

What changes a line of the running month costs nothing here: that month has not been counted for good yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection

from engagement.models import ChangedMonth
from engagement.services.working_days import zone_of

LATE, CORRECTED, FORGOTTEN, JOINED = "late lines", "lines corrected", "readers forgotten", "two records joined"
PROMISES, NEEDS = "promises kept or withdrawn late", "needs taken back"
# Everything a person is counted by that has a day of its own: lines, promises, needs and the pulse.
NOTE_PERSONS = """
INSERT INTO engagement_changedmonth (month, because, at)
SELECT DISTINCT date_trunc('month', counted.day)::date, %(because)s, %(now)s
FROM (
    SELECT patron_id, day FROM engagement_interaction
    UNION ALL SELECT patron_id, (due_at AT TIME ZONE %(zone)s)::date FROM engagement_promise
    UNION ALL SELECT patron_id, (at AT TIME ZONE %(zone)s)::date FROM engagement_needask
    UNION ALL SELECT patron_id, (asked_at AT TIME ZONE %(zone)s)::date FROM engagement_pulse
) AS counted WHERE counted.patron_id = ANY(%(patrons)s::bigint[]) AND counted.day < %(running)s
"""
NOTE_RUN = """
INSERT INTO engagement_changedmonth (month, because, at)
SELECT DISTINCT date_trunc('month', day)::date, %(because)s, %(now)s
FROM engagement_interaction WHERE import_run = %(run)s AND day < %(running)s
"""
NOTE_ALL = """
INSERT INTO engagement_changedmonth (month, because, at)
SELECT DISTINCT first, %(because)s, %(now)s FROM engagement_snapshot
WHERE grain = 'month' AND version > 0 AND first < %(running)s
"""


def running_month(now: datetime) -> date:
    """The first day of the month that runs, where the library is."""
    return day_of(now).replace(day=1)


def day_of(at: datetime) -> date:
    """The day on which reports count what happened then, where the library is."""
    return at.astimezone(zone_of(None)).date()


def note_changed_months(*, days: Iterable[date], because: str, now: datetime) -> None:
    """What is counted on these days came, went or changed. The running month asks and writes nothing.

    Always new rows: one that stands there already may be taken away by a count that did not see this change.
    """
    running = running_month(now)
    months = sorted({day.replace(day=1) for day in days if day < running})
    if months:
        ChangedMonth.objects.bulk_create([ChangedMonth(month=month, because=because, at=now) for month in months])


def note_months_of(*, patrons: Sequence[int], because: str, now: datetime) -> None:
    """What counts these patrons is about to name somebody else, or nobody."""
    _note(NOTE_PERSONS, because, now, patrons=list(patrons), zone=zone_of(None).key)


def note_months_of_run(*, run: int, because: str, now: datetime) -> None:
    """Lines an import wrote have come, or are about to go."""
    _note(NOTE_RUN, because, now, run=run)


def note_every_month(*, because: str, now: datetime) -> None:
    """All that was counted is to be counted again: lines were judged anew."""
    _note(NOTE_ALL, because, now)


def imported_on(now: datetime) -> str:
    """Why an import changed months that were over."""
    return f"late lines from an import of {now.astimezone(zone_of(None)):%-d %b}"


def taken_back_on(now: datetime) -> str:
    """Why taking an import back changed them."""
    return f"an import taken back on {now.astimezone(zone_of(None)):%-d %b}"


def _note(statement: str, because: str, now: datetime, **facts: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"because": because, "now": now, "running": running_month(now), **facts})
