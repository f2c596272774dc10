"""A reader wrote to us in their own words: somebody has to answer, and the ledger says so."""

from __future__ import annotations

from datetime import datetime

from engagement.services.ledger import record_interaction
from outreach.models import Letter, Message, Reply, Request, Thread
from outreach.services.librarians import give_to_librarian
from outreach.services.waiting import begin_waiting
from outreach.services.welcome import nobody_asked

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
    first = answers_a_letter_of_ours(thread) and not _wrote_before(reply, thread)
    record_interaction(
        kind="proactive_answer" if first else "reply",
        source=f"reply:{reply.pk}",
        at=min(reply.received_at, now),
        patron=thread.patron,
        started_by="patron",
        branch=thread.branch,
        tests=None if first else {"used_knowledge": _answers_what_was_for_them(thread)},
        thread=thread.pk,
        now=now,
    )


def answers_a_letter_of_ours(thread: Thread) -> bool:
    """Nobody had asked for the letter of this thread, and its check-in is not answered: what comes now answers it."""
    ours = Letter.objects.filter(request__thread=thread, request__state=Request.State.WRITTEN)
    letter = ours.exclude(check_in__answered_at__isnull=False).select_related("request").first()
    return letter is not None and nobody_asked(letter.request)


def _wrote_before(reply: Reply, thread: Thread) -> bool:
    return Reply.objects.filter(thread=thread, kind=Reply.Kind.REPLY).exclude(pk=reply.pk).exists()


def _answers_what_was_for_them(thread: Thread) -> bool:
    ours = Message.objects.filter(thread=thread, purpose__in=USED_KNOWLEDGE)
    return ours.filter(state__in=[Message.State.SENT, Message.State.UNKNOWN]).exists()
