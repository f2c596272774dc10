"""Mails of ours that were sent, and what comes back about them: where the tests of receiving begin."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from outreach.mail.reading.incoming import Incoming
from outreach.models import Message, Thread
from outreach.services.outbox import queue_message
from outreach.services.reply_addresses import reply_address, return_path
from patrons.models import Patron
from relcrm.kit.mail import Rendered
from tests.builders import NOON, make_request

_numbers = iter(range(1, 1_000_000))


def sent_mail(
    patron: Patron, *, state: str = "sent", consent: str = "", thread: Thread | None = None, **over: Any
) -> Message:
    """A mail to this patron in a thread of theirs, handed over at NOON."""
    message = queue_message(
        purpose="letter" if not consent else "check_in",
        object_key=f"reports:{next(_numbers)}",
        kind="asked_for" if consent else "answering",
        consent=consent,
        patron=patron,
        rendered=Rendered("A letter", "Dear reader\n", "<p>Dear reader</p>"),
        links={},
        thread=thread or make_request(patron).thread,
        now=NOON,
    )
    Message.objects.filter(pk=message.pk).update(
        **{"state": state, "attempt": 1, "sent_at": NOON if state == "sent" else None} | over
    )
    message.refresh_from_db()
    return message


def reply_to(message: Message, **over: Any) -> Incoming:
    """The reader's answer, sent to the address of the thread."""
    return replace(
        Incoming(
            kind="reply",
            message_id=f"<{next(_numbers)}@example.org>",
            from_address=message.to_address,
            to=(reply_address(thread=message.thread_id or 0),),
            subject="Re: A letter",
            text="I loved the first one.",
        ),
        **over,
    )


def bounce_of(message: Message, status: str = "5.1.1", **over: Any) -> Incoming:
    """A delivery report that came to the return path of the mail."""
    permanent = status == "5.1.1" if status else None
    return replace(
        Incoming(
            kind="bounce",
            message_id=f"<{next(_numbers)}@example.org>",
            from_address="mailer-daemon@example.org",
            to=(return_path(message=message.pk),),
            reported_address=message.to_address,
            status=status,
            permanent=permanent,
            words=f"550 {status} what the other server said",
        ),
        **over,
    )
