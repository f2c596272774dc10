"""How many messages may leave now: the library's day and the minute, exact also when several workers take at once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection

from library.models import LibrarySettings
from outreach.models import Message

ONE_AT_A_TIME = 7_016_304  # an advisory lock of our own: who counts also takes before anybody else counts
MINUTE = timedelta(minutes=1)
# What may have arrived counts, and so does what is leaving just now.
THIS_DAY = """
SELECT (
    SELECT count(*) FROM outreach_message WHERE sent_at >= %(since)s AND kind <> 'answering'
) + (
    SELECT count(*) FROM outreach_message WHERE state = 'sending' AND kind <> 'answering'
) + (
    SELECT count(*) FROM outreach_message
    WHERE state = 'unknown' AND kind <> 'answering' AND due_at >= %(since)s - interval '1 day'
)
"""
THIS_MINUTE = """
SELECT (
    SELECT count(*) FROM outreach_message WHERE sent_at > %(since)s AND kind = ANY (%(kinds)s)
) + (
    SELECT count(*) FROM outreach_message WHERE state = 'sending' AND kind = ANY (%(kinds)s)
)
"""
ANSWERS_DUE = """
SELECT count(*) FROM (
    SELECT FROM outreach_message
    WHERE state = 'queued' AND kind = 'answering' AND due_at <= %(now)s LIMIT %(most)s
) AS waiting
"""
EVERY_KIND = [kind.value for kind in Message.Kind]


def take_turn() -> None:
    """Wait for whoever is counting; held until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_AT_A_TIME])


def left_today(*, now: datetime, kept: LibrarySettings) -> int:
    """How many more check-ins and mails of the library's own may leave on this day."""
    return max(0, kept.mails_per_day - _count(THIS_DAY, since=day_of(now)[0]))


def left_this_minute(*, kinds: Iterable[str], at: datetime, kept: LibrarySettings) -> int:
    """How many more of these kinds may leave within a minute.

    Answers are counted by themselves, and what else leaves makes room for those that wait: a reader who asked never
    waits for check-ins.
    """
    only_answers = set(kinds) == {Message.Kind.ANSWERING.value}
    counted = [Message.Kind.ANSWERING.value] if only_answers else EVERY_KIND
    used = _count(THIS_MINUTE, since=at - MINUTE, kinds=counted)
    if not only_answers:
        used += _count(ANSWERS_DUE, now=at, most=kept.mails_per_minute)
    return max(0, kept.mails_per_minute - used)


def day_of(now: datetime) -> tuple[datetime, datetime]:
    """When the library's day around `now` began and when it ends, by its own zone."""
    zone = ZoneInfo(settings.TIME_ZONE)
    today = now.astimezone(zone).date()
    begins, ends = (datetime.combine(day, time.min, zone) for day in (today, today + timedelta(days=1)))
    return begins.astimezone(UTC), ends.astimezone(UTC)


def _count(statement: str, **facts: datetime | int | list[str]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, facts)
        number: int = cursor.fetchone()[0]
    return number
