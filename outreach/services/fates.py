"""What is heard of a mail after it was handed over, from whichever side and in whichever order (DESIGN section 6).

A message ends the same whether its reports come once or often, in turn or reversed: the fate with the higher rank
stays, and what shows that the mail was taken outweighs a service's word that it never sent it.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, Value
from django.db.models.functions import Coalesce, Greatest

from outreach.models import Message
from outreach.querysets import MessageQuerySet

State, Fate = Message.State, Message.Fate
RANK = {fate: rank for rank, fate in enumerate(Fate.values)}
# Only a mail that was taken can be delivered, come back from another server, or be complained about.
PROOF = (Fate.DELIVERED, Fate.BOUNCED, Fate.COMPLAINED)
NOT_SENT = "The mail service did not send it"


def raise_fate(*, message: Message, fate: str, at: datetime, words: str = "") -> None:
    """Note what became of a locked message, unless something that weighs more is known of it."""
    words = words[:300]
    known = (RANK[message.fate], message.fate_at or at, message.fate_words)
    if RANK[message.fate] < RANK[fate] or (message.fate == fate and known < (RANK[fate], at, words)):
        message.fate, message.fate_at, message.fate_words = fate, at, words
        message.save(update_fields=["fate", "fate_at", "fate_words"])
    note_taken(messages=Message.objects.filter(pk=message.pk), proof=fate in PROOF)
    message.refresh_from_db(fields=["state", "reason", "sent_at"])


def note_taken(*, messages: MessageQuerySet, proof: bool = True) -> int:
    """A mail server took these: none is in doubt any more, and one that was put back is not sent again.

    Without `proof` a service only says that it has the mail, and may still have said that it will not send it.
    What is with a worker is left alone: its outcome comes first. Returns how many changed.
    """
    states = Q(state=State.UNKNOWN) | Q(state__in=[State.QUEUED, State.CANCELLED], attempt__gt=0)
    if proof:
        states |= Q(state=State.FAILED)
    return messages.filter(states).update(
        state=State.SENT, reason="", phase=Message.Phase.NONE, sent_at=Coalesce("sent_at", "due_at")
    )


def note_not_sent(*, message: Message, words: str) -> None:
    """The service refused a locked message after taking it over; what is known to have arrived stays."""
    reason = (f"{NOT_SENT}: {words}" if words else f"{NOT_SENT}.")[:300]
    taken = Message.objects.filter(pk=message.pk).exclude(fate__in=PROOF)
    again = taken.filter(state=State.FAILED, reason__startswith=NOT_SENT)
    again.update(reason=Greatest("reason", Value(reason)))
    waits = Q(state__in=[State.QUEUED, State.CANCELLED], attempt__gt=0)
    taken.filter(waits | Q(state__in=[State.SENT, State.UNKNOWN])).update(
        state=State.FAILED, reason=reason, phase=Message.Phase.NONE, sent_at=Coalesce("sent_at", "due_at")
    )


def note_link_used(*, object_key: str) -> None:
    """The reader used the link of a mail about this object: the only one that can have brought it has arrived."""
    mails = Message.objects.filter(object_key=object_key)
    left = list(mails.filter(state__in=[State.SENT, State.UNKNOWN, State.SENDING]).values_list("pk", flat=True)[:2])
    if len(left) == 1:
        note_taken(messages=mails.filter(pk=left[0], state=State.UNKNOWN))


def settle_doubts() -> int:
    """Messages that came into doubt after we had already heard of them; returns how many are settled."""
    told_of = Message.objects.in_doubt().exclude(fate=Fate.NONE)
    return note_taken(messages=told_of) if told_of.exists() else 0
