"""The gate: the one statement that lets a mail leave, and what becomes of rows whose worker is gone.

A claim (outreach.services.claiming) raises the attempt number; whatever a worker does later counts only while its
attempt is the row's. The phase mark is given once for an attempt and is committed before the last bytes of a mail are
handed over, so a row without it has certainly not been accepted by anyone, and a row with it is never sent again by
itself. The mark does not wait for the disk; what makes that safe is ServerLife (docs/decisions/0011).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from weakref import WeakSet

from django.db import connection, transaction
from django.db.models import Case, F, Value, When

from outreach.models import Message, ServerLife

# Longer than connecting, greeting, every command and the answer to the last dot can take together.
LEASE = timedelta(minutes=4)
CRASHED = "The worker that was sending it stopped before handing it over."
IN_DOUBT = "It was handed to the mail server, but no answer came. It may have arrived or not."
LOST_MARK = "The database stopped while it was leaving. It may have arrived or not."

# What speaks for good against a `message` to its `reader` at the time {at}; empty: nothing. The claim asks it to
# cancel, the gate to be sure: what was withdrawn before the gate's statement began is seen by it.
AGAINST = """
CASE
    WHEN reader.email = '' THEN 'no_address'
    WHEN EXISTS (
        SELECT FROM patrons_suppression AS stopped
        WHERE stopped.address = lower(message.to_address) AND stopped.lifted_at IS NULL
    ) THEN 'suppressed'
    WHEN reader.audience = 'child' AND message.kind <> 'answering' THEN 'child'
    WHEN message.kind = 'library_started' AND reader.preferred_channel <> 'email' THEN 'other_way'
    WHEN message.consent <> '' AND NOT EXISTS (
        SELECT FROM patrons_consent AS given
        WHERE given.patron_id = message.patron_id AND given.purpose = message.consent AND given.withdrawn_at IS NULL
    ) THEN 'no_consent'
    WHEN message.not_after < {at} THEN 'too_late'
    ELSE ''
END
"""
# One round trip for two things: the message before ($1 to $5) was accepted, and this one ($6 to $9) leaves now.
# A row somebody else holds is skipped, so that the statement never waits and then decides by what it saw before.
LEAVE = """
PREPARE relcrm_leave (bigint, integer, timestamptz, text, text, bigint, integer, text, timestamptz) AS
WITH settled AS (
    UPDATE outreach_message
    SET state = 'sent', sent_at = $3, receipt = $4, provider_id = $5, lease_until = NULL, reason = ''
    WHERE id = $1 AND attempt = $2 AND state IN ('sending', 'unknown')
    RETURNING set_config('synchronous_commit', 'off', true)
), ready AS (
    SELECT message.id
    FROM outreach_message AS message
    JOIN patrons_patron AS reader ON reader.id = message.patron_id
    JOIN outreach_serverlife AS life ON life.token = message.claim
    WHERE message.id = $6 AND message.attempt = $7 AND message.to_address = $8 AND message.lease_until > $9
        AND message.state = 'sending' AND message.phase = ''
        AND NOT EXISTS (SELECT FROM outreach_postbox AS postbox WHERE postbox.paused_at IS NOT NULL)
        AND ({against}) = ''
    FOR NO KEY UPDATE OF message SKIP LOCKED
), marked AS (
    UPDATE outreach_message AS message SET phase = 'data' FROM ready WHERE message.id = ready.id
    RETURNING set_config('synchronous_commit', 'off', true)
)
SELECT (SELECT count(*) FROM settled), (SELECT count(*) FROM marked)
""".replace("{against}", AGAINST.replace("{at}", "$9"))
GO_THROUGH = "EXECUTE relcrm_leave (%s, %s, %s, %s, %s, %s, %s, %s, %s)"
NOBODY = (None, None, None, None, None)
# Connections that know the statement.
_prepared: WeakSet[object] = WeakSet()


@dataclass(frozen=True, slots=True)
class Accepted:
    """The message before, taken by its mail server and not written down yet."""

    message: Message
    at: datetime
    receipt: str = ""
    provider_id: str = ""


def pass_gate(*, message: Message, at: datetime, before: Accepted | None = None) -> tuple[bool, bool]:
    """Record that this attempt hands its mail over now, and that the one before was accepted.

    Returns whether the mail may leave, and whether the one before was still ours to settle. Looks at state, attempt,
    address, lease, pause, consent and suppression as they are now, so what was withdrawn before this began wins.
    """
    owed = (
        (before.message.pk, before.message.attempt, before.at, before.receipt, before.provider_id) if before else NOBODY
    )
    with connection.cursor() as cursor:
        _know(cursor)
        cursor.execute(GO_THROUGH, [*owed, message.pk, message.attempt, message.to_address, at])
        settled, marked = cursor.fetchone()
    return marked == 1, settled == 1


def mark_leaving(*, message: Message, at: datetime) -> bool:
    """The gate for one message by itself. False: do not send it."""
    return pass_gate(message=message, at=at)[0]


def release(*, messages: Iterable[Message]) -> int:
    """Give back what was claimed and certainly not accepted; whoever claims next decides about it anew.

    Also a row that was put in doubt meanwhile: its own worker knows. Returns how many were still this worker's.
    """
    by_attempt: dict[int, list[int]] = {}
    for message in messages:
        by_attempt.setdefault(message.attempt, []).append(message.pk)
    given_back = 0
    for attempt, keys in by_attempt.items():
        mine = Message.objects.filter(pk__in=keys, attempt=attempt, state__in=["sending", "unknown"])
        doubt_no_more = Case(When(state="unknown", then=Value("")), default=F("reason"))
        given_back += mine.update(state="queued", phase="", lease_until=None, reason=doubt_no_more)
    return given_back


def end_expired_leases(*, now: datetime) -> tuple[int, int]:
    """Take back what a dead worker left: (how many are in doubt now, how many wait again).

    With the phase mark the mail may have been accepted: in doubt, never repeated by itself. Without it, it was not.
    After a crash of the database a mark may be missing that was given: everything claimed before is in doubt at once.
    """
    sending = Message.objects.filter(state="sending")
    if not sending.exists():  # most ticks
        return 0, 0
    with transaction.atomic():
        lost = sending.exclude(claim__in=ServerLife.objects.values("token"), claim__isnull=False)
        doubtful = lost.update(state="unknown", lease_until=None, reason=LOST_MARK)
        expired = sending.filter(lease_until__lte=now)
        doubtful += expired.filter(phase="data").update(state="unknown", lease_until=None, reason=IN_DOUBT)
        again = expired.filter(phase="").update(
            state="queued",
            lease_until=None,
            reason=CRASHED,
            refusals=F("refusals") + 1,
            due_at=now + timedelta(minutes=1),
        )
    return doubtful, again


def _know(cursor: object) -> None:
    """Teach this connection the statement, once: planning it costs more than running it."""
    raw = connection.connection
    if raw not in _prepared:
        cursor.execute(LEAVE)  # type: ignore[attr-defined]  # Django's wrapper has no public type
        _prepared.add(raw)
