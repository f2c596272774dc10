"""A reader wrote to us in their own words: somebody has to answer, and the ledger says so."""

from __future__ import annotations

from datetime import datetime

from engagement.services.ledger import record_interaction
from outreach.models import Message, Reply, Thread
from outreach.services.librarians import give_to_librarian
from outreach.services.waiting import begin_waiting

# What a librarian wrote, or asked, from what she knows of this reader.
USED_KNOWLEDGE = ("letter", "check_in", "check_in_reminder", "check_in_again", "reply")


def hear_words(*, reply: Reply, thread: Thread, now: datetime) -> None:
    """A person's words came into this locked thread, by themselves or by a colleague's hand: it waits for an answer,
    of the librarian they were written to.

    One line in the ledger: they continue what we wrote, and what we knew of them. Whoever calls this ends the reminder
    of the check-in before (`checkins.answered_by_mail`), because its row is held before those of messages.
    """
    begin_waiting(thread=thread, since=reply.received_at, now=now)
    give_to_librarian(thread)
    record_interaction(
        kind="reply",
        source=f"reply:{reply.pk}",
        at=min(reply.received_at, now),
        patron=thread.patron,
        started_by="patron",
        branch=thread.branch,
        tests={"used_knowledge": _answers_what_was_for_them(thread)},
        thread=thread.pk,
        now=now,
    )


def _answers_what_was_for_them(thread: Thread) -> bool:
    ours = Message.objects.filter(thread=thread, purpose__in=USED_KNOWLEDGE)
    return ours.filter(state__in=[Message.State.SENT, Message.State.UNKNOWN]).exists()
