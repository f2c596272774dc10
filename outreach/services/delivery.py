"""Sending what is due: claim, gate, hand over, write down exactly what is known (DESIGN section 6)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from random import SystemRandom
from socket import gethostname
from zlib import crc32

from django.db import connection

from outreach.services.batch import Batch
from outreach.services.claiming import Claim, claim_due
from outreach.services.due import any_due
from outreach.services.gate import end_expired_leases
from outreach.services.postbox import check_house
from outreach.services.transports.choose import KINDS_OF, SENDERS, Transports
from outreach.services.transports.outcome import Result
from relcrm.kit.softstop import SoftStop
from relcrm.kit.stopwatch import Stopwatch

# A run of a worker; it comes back at once when more is due, so that a hanging server is asked less often than that.
RUN_SECONDS = 25.0
FIELD_OF = {
    Result.SENT: "sent",
    Result.LATER: "put_off",
    Result.FAILED: "failed",
    Result.UNKNOWN: "in_doubt",
}
CHANCE = SystemRandom().random


@dataclass
class DeliveryCount:
    """What one run did, in messages."""

    sent: int = 0
    put_off: int = 0
    failed: int = 0
    in_doubt: int = 0
    cancelled: int = 0
    quiet: int = 0

    def add(self, claim: Claim, results: Sequence[Result]) -> None:
        """What became of one claim."""
        self.cancelled += claim.cancelled
        self.quiet += claim.deferred
        for result in results:
            name = FIELD_OF[result]
            setattr(self, name, getattr(self, name) + 1)


def deliver_due(
    *,
    now: datetime,
    seconds: float | None = None,
    senders: Sequence[str] = SENDERS,
    paced: bool = False,
    stop: Callable[[], bool] = lambda: False,
    chance: Callable[[], float] = CHANCE,
) -> DeliveryCount:
    """Send every message due at `now`, until nothing is due, `seconds` of real time are over, or `stop` says so.

    Answers go first: they are looked for again after every batch. `paced`: no faster than the library's setting.
    Any number of workers may run it at once. Must not be called inside a transaction: nothing holds a lock while
    a mail server is spoken to.
    """
    watch = Stopwatch(now)
    count = DeliveryCount()
    count.in_doubt, count.put_off = end_expired_leases(now=now)
    if not check_house(now=now):
        return count
    with SoftStop() as asked, Transports() as transports:

        def over() -> bool:
            return asked.asked or stop()

        while not over() and (seconds is None or watch.seconds < seconds):
            found = _next_claim(senders, transports, watch, now=now, paced=paced)
            if found is None:
                break
            sender, claim = found
            batch = Batch(transports.of(sender), now, watch, chance)
            batch.send(claim.messages, stop=over)
            if batch.down:
                transports.set_aside(sender)
            count.add(claim, batch.results)
    return count


def run_sender(*, sender: str, now: datetime, stop: Callable[[], bool]) -> bool:
    """One worker's run for one sender. True: its time was over before everything was sent.

    A machine sends for a sender in one process at a time, so that a hanging server never takes all of them; several
    machines share its queue.
    """
    watch = Stopwatch(now)
    with _alone_on_this_machine(sender) as alone:
        if alone:
            deliver_due(now=now, seconds=RUN_SECONDS, senders=[sender], paced=True, stop=stop)
    return alone and watch.seconds >= RUN_SECONDS and not stop()


def _next_claim(
    senders: Sequence[str], transports: Transports, watch: Stopwatch, *, now: datetime, paced: bool
) -> tuple[str, Claim] | None:
    """Of the first sender that has something to send or to decide."""
    usable = [sender for sender in senders if transports.usable(sender)]
    if not any_due(now=now, kinds=[kind for sender in usable for kind in KINDS_OF[sender]]):
        return None
    for sender in usable:
        claim = claim_due(now=now, lease_from=watch.at, kinds=KINDS_OF[sender], paced=paced)
        if not claim.empty:
            return sender, claim
    return None


@contextmanager
def _alone_on_this_machine(sender: str) -> Iterator[bool]:
    """Whether no other process here runs this sender; kept by the database connection, so it ends with the process."""
    key = crc32(f"{sender}@{gethostname()}".encode()) + (7_016_305 << 32)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        alone: bool = cursor.fetchone()[0]
    try:
        yield alone
    finally:
        if alone:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [key])
