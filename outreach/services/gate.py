"""Who may send which message: claim, phase mark, release. Each is one short transaction or one statement.

A claim raises the attempt number; whatever a worker does later counts only while its attempt is the row's. The
phase mark is given once for an attempt and is committed before the last bytes of a mail are handed over, so a row
without it has certainly not been accepted by anyone, and a row with it is never sent again by itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from outreach.models import Message
from outreach.services.quiet import quiet_until, zone_of
from patrons.models import Suppression
from patrons.services.tombstones import mail_stopped
from patrons.services.wishes import next_contact_from, wants_mail

BATCH = 20
# Longer than connecting, greeting, every command and the answer to the last dot can take together.
LEASE = timedelta(minutes=4)
NO_CONSENT = "The reader has withdrawn the consent this needs."
SUPPRESSED = "Nothing may be sent to this address."
NO_ADDRESS = "The reader has no address any more."
OTHER_WAY = "The reader prefers to be reached another way: {way}."
CHILD = "A child's record gets only what was asked for."
ERASED = "This address belonged to someone who was erased; they have not come back."
TOO_LATE = "Too late: it could not leave in time."
CRASHED = "The worker that was sending it stopped before handing it over."
IN_DOUBT = "It was handed to the mail server, but no answer came. It may have arrived or not."


@dataclass
class Claim:
    """What one look into the outbox brought: messages to send, and how many were decided otherwise."""

    messages: list[Message] = field(default_factory=list)
    cancelled: int = 0
    deferred: int = 0

    @property
    def empty(self) -> bool:
        """Nothing was due."""
        return not (self.messages or self.cancelled or self.deferred)


def claim_due(*, now: datetime, lease_from: datetime, kinds: Iterable[str], limit: int = BATCH) -> Claim:
    """Take up to `limit` due messages of these kinds for sending; stop or put off what may not leave now.

    `lease_from` is the time the lease counts from, which moves on while a long run keeps its `now`. Two workers
    never get the same row: each skips what the other has locked. Must not be called inside a transaction.
    """
    claim = Claim()
    with transaction.atomic(durable=True):
        due = Message.objects.due(now).filter(kind__in=list(kinds)).select_related("patron", "branch")
        rows = list(due.select_for_update(of=("self",), skip_locked=True)[:limit])
        # Asked after the rows are locked, so that a withdrawal committed meanwhile is seen.
        known = Message.objects.filter(pk__in=[message.pk for message in rows])
        permitted = set(known.permitted().values_list("pk", flat=True))
        for message in rows:
            _decide(message, claim, now, permitted=message.pk in permitted)
        _take(claim.messages, lease_from + LEASE)
    return claim


def mark_leaving(*, message: Message, at: datetime) -> bool:
    """The gate: record, in one statement, that this attempt hands the mail over now. False: do not send it.

    Looks again at state, attempt, lease, consent and suppression, so a withdrawal between claim and here wins.
    """
    ready = Message.objects.taken(message).filter(phase="", lease_until__gt=at).permitted()
    return ready.update(phase=Message.Phase.DATA) == 1


def release(*, message: Message) -> None:
    """Give back a message that was claimed and not begun; whoever claims next decides about it anew."""
    mine = Message.objects.taken(message).filter(phase="")
    mine.update(state=Message.State.QUEUED, lease_until=None)


def end_expired_leases(*, now: datetime) -> tuple[int, int]:
    """Take back what a dead worker left: (how many are in doubt now, how many wait again).

    With the phase mark the mail may have been accepted: in doubt, never repeated by itself. Without it, it was not.
    """
    with transaction.atomic():
        expired = Message.objects.filter(state="sending", lease_until__lte=now)
        doubtful = expired.filter(phase="data").update(state="unknown", lease_until=None, reason=IN_DOUBT)
        again = expired.filter(phase="").update(
            state="queued",
            lease_until=None,
            reason=CRASHED,
            refusals=F("refusals") + 1,
            due_at=now + timedelta(minutes=1),
        )
    return doubtful, again


def _take(messages: list[Message], lease_until: datetime) -> None:
    taken = Message.objects.filter(pk__in=[message.pk for message in messages])
    taken.update(attempt=F("attempt") + 1, state=Message.State.SENDING, phase="", lease_until=lease_until)
    for message in messages:
        message.attempt += 1


def _decide(message: Message, claim: Claim, now: datetime, *, permitted: bool) -> None:
    against = _against(message, now, permitted)
    if against:
        claim.cancelled += 1
        message.state, message.reason = Message.State.CANCELLED, against[:300]
        message.save(update_fields=["state", "reason"])
        return
    morning = _put_off_until(message, claim, now)
    if morning:
        claim.deferred += 1
        message.due_at = morning
        message.save(update_fields=["due_at"])
        return
    claim.messages.append(message)


def _against(message: Message, now: datetime, permitted: bool) -> str:
    """Why this must never be sent; empty: nothing speaks against it."""
    if not message.patron.email:
        return NO_ADDRESS
    if not permitted:
        return _why_not(message)
    if message.kind == Message.Kind.LIBRARY_STARTED and mail_stopped(
        patron=message.patron, address=message.to_address, consent=message.consent
    ):
        return ERASED
    if message.not_after < now:
        return f"{TOO_LATE} {message.reason}".strip()
    return ""


def _why_not(message: Message) -> str:
    if Suppression.objects.holds(message.to_address):
        return SUPPRESSED
    if message.patron.is_child and message.kind != Message.Kind.ANSWERING:
        return CHILD
    if message.kind == Message.Kind.LIBRARY_STARTED and not wants_mail(message.patron):
        return OTHER_WAY.format(way=message.patron.get_preferred_channel_display())
    return NO_CONSENT


def _put_off_until(message: Message, claim: Claim, now: datetime) -> datetime | None:
    """When the quiet hours end, or when as much time has passed as the reader wants between two messages of ours."""
    if message.kind == Message.Kind.ANSWERING:
        return None
    quiet = quiet_until(now, zone_of(message.patron, message.branch))
    if message.kind != Message.Kind.LIBRARY_STARTED:
        return quiet
    again = next_contact_from(patron=message.patron, last=_last_started(message, claim, now))
    return max((at for at in (quiet, again) if at and at > now), default=None)


def _last_started(message: Message, claim: Claim, now: datetime) -> datetime | None:
    """When the library last began something with this reader, another message of this claim included."""
    if any(taken.patron_id == message.patron_id and taken.kind == message.kind for taken in claim.messages):
        return now
    last = Message.objects.started_for(message.patron).exclude(pk=message.pk).first()
    return (last.sent_at or last.due_at) if last else None
