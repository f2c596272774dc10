"""Taking due messages for sending: one short transaction that decides about up to 200 of them at once."""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection, transaction

from library.services.settings import current_settings
from outreach.models import Message
from outreach.services.due import Due, any_due, lock_due
from outreach.services.gate import LEASE
from outreach.services.limits import day_of, left_this_minute, left_today, take_turn
from outreach.services.postbox import mail_is_paused
from outreach.services.restraint import A_MOMENT, PAUSED_ADDRESS, Restraint
from patrons.models import Patron
from patrons.services.tombstones import mails_stopped

BATCH = 200
ERASED = "This address belonged to someone who was erased; they have not come back."
OTHER_WAY = "The reader prefers to be reached another way: {way}."
TOO_LATE = "Too late: it could not leave in time."
REASONS = {
    "no_address": "The reader has no address any more.",
    "suppressed": "Nothing may be sent to this address.",
    "child": "A child's record gets only what was asked for.",
    "no_consent": "The reader has withdrawn the consent this needs.",
}
DAY_IS_FULL = "As many mails as the library sends in one day have left; this one waits for the next."
ANSWERING, STARTED = Message.Kind.ANSWERING, Message.Kind.LIBRARY_STARTED
# A claim must reach the disk whatever the server's settings are: a mark after it need not (docs/decisions/0011).
REACH_THE_DISK = (
    "SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'"
)
BEGIN_LIFE = "INSERT INTO outreach_serverlife (id, token) VALUES (1, gen_random_uuid()) ON CONFLICT DO NOTHING"
TAKE = """
UPDATE outreach_message
SET state = 'sending', phase = '', attempt = attempt + 1, lease_until = %(until)s,
    claim = (SELECT token FROM outreach_serverlife)
WHERE id = ANY (%(keys)s)
"""
CANCEL = """
UPDATE outreach_message AS message SET state = 'cancelled', reason = said.reason
FROM unnest(%(keys)s::bigint[], %(reasons)s::text[]) AS said (id, reason) WHERE message.id = said.id
"""
PUT_OFF = """
UPDATE outreach_message AS message
SET due_at = said.due_at, reason = coalesce(nullif(said.reason, ''), message.reason)
FROM unnest(%(keys)s::bigint[], %(due)s::timestamptz[], %(reasons)s::text[]) AS said (id, due_at, reason)
WHERE message.id = said.id
"""


@dataclass
class Claim:
    """What one look into the outbox brought: messages to send, and how many were decided otherwise."""

    messages: list[Message] = field(default_factory=list)
    cancelled: int = 0
    deferred: int = 0

    @property
    def empty(self) -> bool:
        """Nothing may leave now, and nothing was decided."""
        return not (self.messages or self.cancelled or self.deferred)


@dataclass
class _Verdicts:
    """What is to become of the rows of one claim."""

    take: list[int] = field(default_factory=list)
    cancel: dict[int, str] = field(default_factory=dict)
    put_off: dict[int, tuple[datetime, str]] = field(default_factory=dict)


def claim_due(
    *, now: datetime, lease_from: datetime, kinds: Iterable[str], limit: int = BATCH, paced: bool = False
) -> Claim:
    """Take up to `limit` due messages of these kinds for sending; stop or put off what may not leave now.

    `lease_from` is the time the lease counts from, which moves on while a long run keeps its `now`. `paced`: no more
    than the library lets out in a minute. Two workers never get the same row: each skips what the other has locked.
    Must not be called inside a transaction.
    """
    wanted = [Message.Kind(kind).value for kind in kinds]
    if not any_due(now=now, kinds=wanted):
        return Claim()
    with transaction.atomic(durable=True):
        verdicts = _decide_due(wanted, now=now, at=lease_from, limit=limit, paced=paced)
        _write_down(verdicts, lease_from + LEASE)
    return Claim(_in_order(verdicts.take), len(verdicts.cancel), len(verdicts.put_off))


def _decide_due(kinds: list[str], *, now: datetime, at: datetime, limit: int, paced: bool) -> _Verdicts:
    has_answers_only = kinds == [ANSWERING.value]
    if paced or not has_answers_only:
        take_turn()
    kept = current_settings()
    if mail_is_paused():
        return _Verdicts()
    if paced:
        limit = min(limit, left_this_minute(kinds=kinds, at=at, kept=kept))
    rows = lock_due(now=now, kinds=kinds, limit=limit) if limit else []
    room = limit if has_answers_only else left_today(now=now, kept=kept)
    return _decide(rows, Restraint(rows, now=now, budget=kept.contact_budget), now=now, room=room)


def _decide(rows: list[Due], restraint: Restraint, *, now: datetime, room: int) -> _Verdicts:
    """`room`: how many may leave of what the library's day counts."""
    verdicts = _Verdicts()
    asked = [(row.patron, row.address, row.consent) for row in rows if row.kind == STARTED and not row.against]
    stopped = mails_stopped(asked)
    for row in rows:
        waits = _wait_at_address(row, now)
        against = "" if waits else _against(row, stopped)
        waits = waits or restraint.until(row)
        if against:
            verdicts.cancel[row.pk] = against[:300]
        elif waits:
            verdicts.put_off[row.pk] = waits
        elif row.kind != ANSWERING and room <= 0:
            verdicts.put_off[row.pk] = (day_of(now)[1], DAY_IS_FULL)
        else:
            room -= row.kind != ANSWERING
            restraint.let_pass(row)
            verdicts.take.append(row.pk)
    return verdicts


def _wait_at_address(row: Due, now: datetime) -> tuple[datetime, str] | None:
    """Mail to the address is stopped, but will not be for as long as this message may wait."""
    until = row.paused_until
    if row.against != "suppressed" or until is None or until > row.not_after:
        return None
    return max(until, now + A_MOMENT), PAUSED_ADDRESS


def _against(row: Due, stopped: Set[tuple[int, str, str]]) -> str:
    """Why it must never be sent, as a librarian reads it beside the message; empty: nothing speaks against it."""
    if row.against == "too_late":
        return f"{TOO_LATE} {row.reason}".strip()
    if row.against == "other_way":
        return OTHER_WAY.format(way=Patron.Channel(row.channel).label)
    if row.against:
        return REASONS[row.against]
    return ERASED if row.kind == STARTED and (row.patron, row.address, row.consent) in stopped else ""


def _write_down(verdicts: _Verdicts, lease_until: datetime) -> None:
    with connection.cursor() as cursor:
        if verdicts.cancel:
            cursor.execute(CANCEL, {"keys": list(verdicts.cancel), "reasons": list(verdicts.cancel.values())})
        if verdicts.put_off:
            due, reasons = (list(part) for part in zip(*verdicts.put_off.values(), strict=True))
            cursor.execute(PUT_OFF, {"keys": list(verdicts.put_off), "due": due, "reasons": reasons})
        if verdicts.take:
            cursor.execute(REACH_THE_DISK)
            cursor.execute(BEGIN_LIFE)
            cursor.execute(TAKE, {"keys": verdicts.take, "until": lease_until})


def _in_order(keys: list[int]) -> list[Message]:
    """The messages with their patrons; one deleted since then is missing."""
    if not keys:
        return []
    found = Message.objects.select_related("patron").in_bulk(keys)
    return [found[key] for key in keys if key in found]
