"""What mail services tell of our mails: stored once as it came, applied when the mail is known (DESIGN section 6)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import connection, transaction

from outreach.mail.reading.told import Told
from outreach.models import Message, ProviderEvent, Thread
from outreach.querysets import ProviderEventQuerySet
from outreach.services.fates import note_not_sent, note_taken, raise_fate, settle_doubts
from outreach.services.holding import hold_threads
from outreach.services.reports_on_mail import act_on_bounce, act_on_complaint, act_on_unsubscribe, tell_of_complaint

Fate = Message.Fate
FATES = {"deferred": Fate.DEFERRED, "delivered": Fate.DELIVERED, "bounced": Fate.BOUNCED, "complained": Fate.COMPLAINED}
# The service has the mail; "rejected" and "failed" say that it will not send it.
TAKEN = {"queued", "sent", "unsubscribed", "autoresponded"}
NOT_SENT = {"rejected", "failed"}
# Of a mail we never get to know: another program writes through the same service.
WAITS_FOR = timedelta(days=2)
BATCH = 500
FIND_MESSAGES = """
UPDATE outreach_providerevent AS event SET message_id = found.message
FROM (
    SELECT waiting.id AS event, message.id AS message
    FROM outreach_providerevent AS waiting
    JOIN outreach_message AS message ON message.provider_id = waiting.message_key AND message.provider_id <> ''
    WHERE waiting.applied_at IS NULL AND waiting.message_id IS NULL AND waiting.message_key <> ''
    UNION
    SELECT waiting.id, message.id
    FROM outreach_providerevent AS waiting
    JOIN outreach_message AS message ON message.message_id = waiting.message_key
    WHERE waiting.applied_at IS NULL AND waiting.message_id IS NULL AND waiting.message_key <> ''
) AS found
WHERE event.id = found.event AND event.applied_at IS NULL
"""


@transaction.atomic
def take_events(*, told: Iterable[Told], now: datetime) -> int:
    """Store what one call told, each event once however often it comes, and apply what can be; returns how many."""
    rows = {(one.source, one.event_id): _row(one, now) for one in told}
    if not rows:
        return 0
    _know_numbers(rows.values())
    ProviderEvent.objects.bulk_create([rows[name] for name in sorted(rows)], ignore_conflicts=True)
    # A call is of one service.
    mine = ProviderEvent.objects.filter(source__in={name for name, _ in rows}, event_id__in=[name for _, name in rows])
    return _apply(mine.waiting(), now)


def apply_waiting(*, now: datetime) -> int:
    """Apply events that came before their mail was known, and settle doubts they clear up; returns how many.

    What no mail of ours answers to within two days is closed unapplied; it stays to be looked at until it is let go.
    """
    done = settle_doubts()
    waiting = ProviderEvent.objects.waiting()
    if not waiting.exists():
        return done
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(FIND_MESSAGES)
        waiting.filter(message=None, received_at__lt=now - WAITS_FOR).update(applied_at=now)
    while True:
        with transaction.atomic():
            ready = waiting.filter(message__isnull=False).exclude(message__state=Message.State.SENDING)
            batch = list(ready.order_by("pk").values_list("pk", flat=True)[:BATCH])
            applied = _apply(waiting.filter(pk__in=batch), now)
        done += applied
        if applied == 0:
            return done


def _row(told: Told, now: datetime) -> ProviderEvent:
    return ProviderEvent(
        source=told.source,
        event_id=told.event_id,
        kind=told.kind,
        message_id=told.number,
        message_key=told.key,
        recipient=told.recipient,
        status=told.status,
        permanent=told.permanent,
        words=told.words,
        happened_at=told.happened_at,
        received_at=now,
        raw=told.raw,
    )


def _know_numbers(rows: Iterable[ProviderEvent]) -> None:
    """Our own number, where the service gave it back; else what the service or we call the mail."""
    rows = list(rows)
    numbers = {row.message_id for row in rows if row.message_id}
    known = set(Message.objects.filter(pk__in=numbers).values_list("pk", flat=True)) if numbers else set()
    keys = {row.message_key for row in rows if row.message_key}
    named: dict[str, int] = {}
    for name in ("provider_id", "message_id"):
        named |= dict(Message.objects.filter(**{f"{name}__in": keys}).values_list(name, "pk")) if keys else {}
    for row in rows:
        row.message_id = row.message_id if row.message_id in known else named.get(row.message_key)


def _apply(events: ProviderEventQuerySet, now: datetime) -> int:
    """Apply those whose mail is known and not just being handed over; each once, whoever else is at it."""
    found = dict(events.filter(message__isnull=False).values_list("pk", "message_id"))
    complained = events.filter(kind="complained", pk__in=found).values("message__thread")
    threads = hold_threads(Thread.objects.filter(pk__in=complained)) if found else {}
    messages = _held([number for number in found.values() if number])
    applied = 0
    rows = events.filter(pk__in=found, message__in=messages).select_for_update(of=("self",)).order_by("pk")
    # Two calls that stop the same addresses do so in one order, or they would wait for each other.
    for event in sorted(rows, key=lambda row: messages[row.message_id or 0].to_address.lower()):
        message = messages[event.message_id or 0]
        if message.state == Message.State.SENDING:
            continue
        _apply_one(event, message, threads.get(message.thread_id or 0), now)
        ProviderEvent.objects.filter(pk=event.pk).update(applied_at=now)
        applied += 1
    return applied


def _held(numbers: Iterable[int]) -> dict[int, Message]:
    """The mails, held in one order; not their numbers, which another call holds that is storing an event of them."""
    rows = Message.objects.filter(pk__in=set(numbers)).select_related("patron").order_by("pk")
    return {message.pk: message for message in rows.select_for_update(of=("self",), no_key=True)}


def _apply_one(event: ProviderEvent, message: Message, thread: Thread | None, now: datetime) -> None:
    at, words = event.happened_at, event.words
    if event.kind in FATES:
        raise_fate(message=message, fate=FATES[event.kind], at=at, words=words)
    elif event.kind in TAKEN:
        note_taken(messages=Message.objects.filter(pk=message.pk), proof=False)
    elif event.kind in NOT_SENT:
        note_not_sent(message=message, words=words)
    if event.kind == "bounced":
        act_on_bounce(message=message, status=event.status, permanent=event.permanent, words=words, now=now)
    elif event.kind == "complained":
        act_on_complaint(message=message, words=words, at=at, now=now)
        tell_of_complaint(message=message, thread=thread, words=words, at=at, now=now)
    elif event.kind == "unsubscribed":
        act_on_unsubscribe(message=message, at=at, now=now)
