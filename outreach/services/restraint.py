"""What holds a message back for a while: nights, closed days, what the reader wishes, and the contact budget."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cached_property

from django.db import connection

from engagement.services.working_days import Holidays
from outreach.models import Message
from outreach.services.due import Due
from outreach.services.quiet import quiet_until, zone_of
from patrons.models import Patron
from patrons.services.wishes import PAUSES

BUDGET_DAYS = timedelta(days=30)
BUDGET_SPENT = "The reader has had as many mails from the library as it sends in 30 days; this one waits."
WISHES_FEWER = "The reader wishes fewer mails; this one waits."
PAUSED_ADDRESS = "Mail to this address is paused for a while; this one waits."
A_MOMENT = timedelta(minutes=5)
# What the library began with these readers and may have arrived, in the longest time that counts.
BEGUN = """
SELECT patron_id, coalesce(sent_at, due_at) FROM outreach_message
WHERE patron_id = ANY (%(patrons)s) AND kind = 'library_started' AND state IN ('sending', 'sent', 'unknown')
    AND coalesce(sent_at, due_at) > %(since)s
"""


class Restraint:
    """Decides for one claim; what it lets pass counts for the next message to the same reader."""

    def __init__(self, rows: Iterable[Due], *, now: datetime, budget: int) -> None:
        self._now = now
        self._budget = budget
        self._readers = sorted({row.patron for row in rows if row.kind == Message.Kind.LIBRARY_STARTED})
        self._quiet: dict[tuple[str, str, int | None], datetime | None] = {}

    def until(self, row: Due) -> tuple[datetime, str] | None:
        """Until when this one waits, and the reason where it is not the hour; None: it may leave now."""
        if row.kind == Message.Kind.ANSWERING:
            return None
        waits = [(at, "") for at in [self._quiet_until(row)] if at]
        if row.kind == Message.Kind.LIBRARY_STARTED:
            waits += self._for_the_readers_sake(row.patron, row.frequency)
        return max(waits, default=None)

    def let_pass(self, row: Due) -> None:
        """This one leaves now."""
        if row.kind == Message.Kind.LIBRARY_STARTED:
            self._begun.setdefault(row.patron, []).append(self._now)

    def _quiet_until(self, row: Due) -> datetime | None:
        """The night's end where the reader is; the next open day's morning for what the library begins."""
        started = row.kind == Message.Kind.LIBRARY_STARTED
        key = (row.reader_zone, row.branch_zone, row.branch if started else -1)
        if key not in self._quiet:
            closed = self._holidays.closed(row.branch) if started else frozenset()
            self._quiet[key] = quiet_until(self._now, zone_of(row.reader_zone, row.branch_zone), closed)
        return self._quiet[key]

    def _for_the_readers_sake(self, patron: int, frequency: str) -> list[tuple[datetime, str]]:
        return waits_for(self._begun.get(patron, []), frequency, now=self._now, budget=self._budget)

    @cached_property
    def _holidays(self) -> Holidays:
        return Holidays()

    @cached_property
    def _begun(self) -> dict[int, list[datetime]]:
        return _begun_with(self._readers, self._now)


def next_slot(patron: Patron, *, now: datetime, budget: int) -> datetime | None:
    """When the library may begin something with this reader again; None: now."""
    begun = _begun_with([patron.pk], now).get(patron.pk, [])
    return max((at for at, _ in waits_for(begun, patron.frequency, now=now, budget=budget)), default=None)


def waits_for(begun: Iterable[datetime], frequency: str, *, now: datetime, budget: int) -> list[tuple[datetime, str]]:
    """Until when the next thing we begin waits, and why, after those begun at these times."""
    newest = sorted(begun, reverse=True)
    pause = PAUSES.get(Patron.Frequency(frequency))
    waits = []
    if newest and pause:
        waits.append((newest[0] + pause, WISHES_FEWER))
    counted = [at for at in newest if at > now - BUDGET_DAYS]
    if len(counted) >= budget:
        # The one that has to be 30 days old before there is room again.
        last = counted[budget - 1] if budget else now
        waits.append((last + BUDGET_DAYS, BUDGET_SPENT))
    return [(at, why) for at, why in waits if at > now]


def _begun_with(readers: list[int], now: datetime) -> dict[int, list[datetime]]:
    begun: dict[int, list[datetime]] = {}
    if readers:
        with connection.cursor() as cursor:
            since = now - max(BUDGET_DAYS, *PAUSES.values())
            cursor.execute(BEGUN, {"patrons": readers, "since": since})
            for patron, at in cursor.fetchall():
                begun.setdefault(patron, []).append(at)
    return begun
