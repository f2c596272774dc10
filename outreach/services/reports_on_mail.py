"""What follows from a bounce or a complaint about a mail of ours, told by mail or by a mail service (PRIV-21).

Only for the address the mail went to, and only when the report names that mail by what strangers cannot know: our
signed return path, our Message-ID, or the call of a service that has proved itself.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256

from django.db import transaction
from django.db.models import Max

from outreach.models import Message, Reply, Thread
from outreach.services.librarians import give_to_librarian
from outreach.services.unsubscribing import stop_mail
from patrons.models import Consent, Suppression
from patrons.services.suppressions import suppress_address

SOFT_BOUNCES, SOFT_DAYS = 3, timedelta(days=14)
PAUSE = timedelta(days=14)
NO_MAILBOX = "There is no such mailbox."
CAME_BACK = "Three mails came back within two weeks; mail waits for two weeks."
COMPLAINED = "The reader told their mail service that our mail is unwanted."


def act_on_bounce(
    *, message: Message, status: str, permanent: bool | None, words: str, now: datetime
) -> Suppression | None:
    """A mail came back: an address that is no more gets no mail; three that came back for other reasons make a pause.

    `permanent` says that nobody is there (outreach.mail.reading.bounce_judgement): a full mailbox, a policy, a
    greylist or a delay stops nothing by itself. Call it when the message's fate, or the report about it, is written.
    """
    evidence = " ".join(filter(None, [status, words]))
    if permanent:
        return suppress_address(
            address=message.to_address, reason=NO_MAILBOX, cause="no_mailbox", evidence=evidence, now=now
        )
    if _came_back(message.to_address, now) < SOFT_BOUNCES:
        return None
    return suppress_address(
        address=message.to_address, reason=CAME_BACK, cause="pause", evidence=evidence, until=now + PAUSE, now=now
    )


def act_on_complaint(*, message: Message, words: str, at: datetime, now: datetime) -> None:
    """The reader called our mail unwanted: nothing more goes there, and this kind of mail loses its consent."""
    suppress_address(address=message.to_address, reason=COMPLAINED, cause="complaint", evidence=words, now=now)
    act_on_unsubscribe(message=message, at=at, now=now)


def act_on_unsubscribe(*, message: Message, at: datetime, now: datetime) -> None:
    """The reader stopped mail where the mail service let them: the consent this mail rests on ends.

    A consent given after that stays: the report is older than the reader's own word.
    """
    if not message.consent:
        return
    held = Consent.objects.active().filter(patron=message.patron_id, purpose=message.consent, given_at__lte=at)
    if held.exists():
        stop_mail(patron=message.patron, purposes=[message.consent], by_hand=False, now=now)


@transaction.atomic
def tell_of_complaint(*, message: Message, thread: Thread | None, words: str, at: datetime, now: datetime) -> None:
    """A mail service told of a complaint: a line in the thread, which waits for the librarian, once for each mail."""
    key = sha256(f"complaint:{message.pk}".encode()).hexdigest()
    line, new = Reply.objects.get_or_create(
        key=key,
        defaults={
            "kind": Reply.Kind.COMPLAINT,
            "thread": thread,
            "patron_id": message.patron_id,
            "about": message,
            "matched_by": Reply.Match.REFERENCE if thread else Reply.Match.NONE,
            "from_address": message.to_address[:254],
            "subject": message.subject,
            "text": words,
            "reported_address": message.to_address.lower()[:254],
            "received_at": at,
            "trusted": True,
        },
    )
    if new and thread is not None:
        wait_for_librarian(thread=thread, since=line.received_at)


def wait_for_librarian(*, thread: Thread, since: datetime) -> None:
    """The thread, which is locked, comes up in the inbox: without a promise, since no mail may answer."""
    thread.waiting_since = min(since, thread.waiting_since or since)
    thread.snoozed_until = None
    thread.save(update_fields=["waiting_since", "snoozed_until"])
    give_to_librarian(thread)


def _came_back(address: str, now: datetime) -> int:
    """How many mails to this address came back within the last days, since staff last allowed mail there again."""
    lifted = Suppression.objects.filter(address=address.strip().lower()).aggregate(at=Max("lifted_at"))["at"]
    since = max(now - SOFT_DAYS, lifted) if lifted else now - SOFT_DAYS
    mails = Message.objects.filter(patron__email__iexact=address, to_address__iexact=address)
    told = mails.filter(fate=Message.Fate.BOUNCED, fate_at__gt=since).values("pk")
    by_mail = Reply.objects.filter(
        kind=Reply.Kind.BOUNCE, trusted=True, received_at__gt=since, about__in=mails.values("pk")
    )
    return told.union(by_mail.values("about")).count()
