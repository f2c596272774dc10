"""Sending what is due: claim, gate, hand over, write down exactly what is known (DESIGN section 6)."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage

from outreach.mail.envelope import write_mail
from outreach.models import Message
from outreach.services.gate import claim_due, end_expired_leases, mark_leaving, release
from outreach.services.links import url_for
from outreach.services.transports.choose import Transports
from outreach.services.transports.outcome import Outcome, Result
from relcrm.kit.stopwatch import Stopwatch

BATCH_SECONDS = 5.0
BACKOFF = (1, 5, 15, 60, 240)

log = logging.getLogger(__name__)


@dataclass
class DeliveryCount:
    """What one run did, in messages."""

    sent: int = 0
    put_off: int = 0
    failed: int = 0
    in_doubt: int = 0
    cancelled: int = 0
    quiet: int = 0


def deliver_due(*, now: datetime, seconds: float | None = None) -> DeliveryCount:
    """Send every message due at `now`, until nothing is due or `seconds` of real time are over.

    Any number of workers may run it at once. Must not be called inside a transaction: nothing holds a lock while
    a mail server is spoken to.
    """
    watch = Stopwatch(now)
    count = DeliveryCount()
    count.in_doubt, count.put_off = end_expired_leases(now=now)
    with Transports() as transports:
        while seconds is None or watch.seconds < seconds:
            claim = claim_due(now=now, lease_from=watch.at, kinds=transports.usable_kinds())
            count.cancelled += claim.cancelled
            count.quiet += claim.deferred
            if claim.empty:
                break
            _send_batch(claim.messages, transports, watch, count, now)
    return count


def _send_batch(
    messages: list[Message], transports: Transports, watch: Stopwatch, count: DeliveryCount, now: datetime
) -> None:
    """One message after another. What the batch cannot begin within its time goes back for the next one."""
    began = watch.seconds
    for message in messages:
        if watch.seconds - began > BATCH_SECONDS or not transports.usable(message.kind):
            release(message=message)
            continue
        outcome = _send_one(message, transports, watch, now)
        if outcome.down:
            transports.set_aside(message.kind)
        if record_outcome(message=message, outcome=outcome, now=now):
            _count(count, outcome.result)


def _send_one(message: Message, transports: Transports, watch: Stopwatch, now: datetime) -> Outcome:
    try:
        mail = _write(message, now)
    except Exception as error:
        # A row that cannot be written as a mail must not stop the others; a person sees it with its reason.
        log.exception("message %s cannot be written", message.pk)
        return Outcome(Result.FAILED, f"It could not be written as a mail: {error}"[:300])
    transport = transports.for_kind(message.kind)
    return transport.send(mail, gate=lambda: mark_leaving(message=message, at=watch.at))


def _write(message: Message, now: datetime) -> EmailMessage:
    keys = {"my": "", **message.links}
    if message.consent and "unsubscribe" not in keys:
        keys["unsubscribe"] = f"{message.patron_id}-{message.consent}"
    urls: Mapping[str, str] = {
        purpose: url_for(purpose=purpose, object_key=key, patron=message.patron, now=now)
        for purpose, key in keys.items()
    }
    return write_mail(message, urls=urls, now=now)


def record_outcome(*, message: Message, outcome: Outcome, now: datetime) -> bool:
    """Write down what happened to this attempt. False: the row has moved on, the result came too late to count.

    A definite answer still settles a row that its expired lease had put in doubt meanwhile.
    """
    if outcome.result is Result.HELD:
        release(message=message)
        return False
    attempt = Message.objects.filter(pk=message.pk, attempt=message.attempt, state__in=["sending", "unknown"])
    return attempt.update(lease_until=None, reason=outcome.words[:300], **_changes(message, outcome, now)) == 1


def _changes(message: Message, outcome: Outcome, now: datetime) -> dict[str, object]:
    if outcome.result is Result.SENT:
        return {"state": Message.State.SENT, "sent_at": now}
    if outcome.result is Result.LATER:
        wait = timedelta(minutes=BACKOFF[min(message.refusals, len(BACKOFF) - 1)])
        return {
            "state": Message.State.QUEUED,
            "phase": Message.Phase.NONE,
            "due_at": now + wait,
            "refusals": message.refusals + 1,
        }
    return {"state": Message.State.FAILED if outcome.result is Result.FAILED else Message.State.UNKNOWN}


def _count(count: DeliveryCount, result: Result) -> None:
    if result is Result.SENT:
        count.sent += 1
    elif result is Result.LATER:
        count.put_off += 1
    elif result is Result.FAILED:
        count.failed += 1
    else:
        count.in_doubt += 1
