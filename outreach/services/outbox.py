"""The outbox: what is to leave is a row, written in the transaction that decided it (DESIGN section 6)."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.utils import parseaddr

from django.conf import settings
from django.db import transaction
from django.utils.crypto import salted_hmac

from library.models import Branch
from outreach.models import Message, Thread
from outreach.querysets import MessageQuerySet
from patrons.models import Patron
from relcrm.kit.mail import Rendered, one_line

LIFETIMES = {
    Message.Kind.ANSWERING: timedelta(days=3),
    Message.Kind.ASKED_FOR: timedelta(days=7),
    Message.Kind.LIBRARY_STARTED: timedelta(days=3),
}


# What a row has room for.
FOLLOWED = 300


class NoAddress(Exception):
    """There is no address to write to."""


def queue_message(
    *,
    purpose: str,
    object_key: str,
    kind: str,
    patron: Patron,
    rendered: Rendered,
    links: dict[str, str],
    now: datetime,
    consent: str = "",
    thread: Thread | None = None,
    branch: Branch | None = None,
    from_name: str = "",
    reply_to: str = "",
    in_reply_to: str = "",
    due_at: datetime | None = None,
    not_after: datetime | None = None,
    to_address: str = "",
) -> Message:
    """Put one mail into the outbox, in the caller's transaction; what is queued twice is there once.

    `links` maps each placeholder of the bodies to its object key; `consent` is the purpose that must still hold
    when it leaves; after `not_after` (default 3 days past `due_at`, 7 for what was asked for) it is not sent any
    more. A suppressed address is queued all the same and stopped when it would leave, so that the attempt is seen.
    `in_reply_to`: Message-ID of the reader's mail it answers. `to_address`: one the patron is about to prove.
    Raises NoAddress, and ValueError for a kind that needs a consent and names none.
    """
    known_kind = _known_kind(kind, consent)
    leaves_at = due_at or now
    message = Message(
        purpose=purpose,
        object_key=object_key,
        kind=known_kind,
        consent=consent,
        thread=thread,
        branch_id=branch.pk if branch else patron.branch_id,
        from_name=one_line(from_name)[:120],
        reply_to=reply_to,
        in_reply_to=_follows(thread, one_line(in_reply_to)),
        links=links,
        message_id=message_id_for(purpose, object_key, step=1),
        queued_at=now,
        due_at=leaves_at,
        not_after=not_after or leaves_at + LIFETIMES[known_kind],
    )
    _address(message, patron, to_address)
    _fill(message, rendered)
    return _once(message)


def discard_queued(*, purpose: str, object_key: str) -> bool:
    """Take a mail out of the outbox as if it had never been there (undo). False: it has begun to leave."""
    with transaction.atomic():
        # Locked first: the state is looked at again once a worker that holds the row has let go of it.
        waiting = Message.objects.about(purpose, object_key).stoppable().select_for_update()
        gone, _of = Message.objects.filter(pk__in=list(waiting.values_list("pk", flat=True))).delete()
    return gone > 0


def cancel_queued(*, purpose: str, object_key: str, reason: str) -> bool:
    """Keep the row and do not send it, with the reason. False: nothing of it was still waiting."""
    with transaction.atomic():
        return _cancel(Message.objects.about(purpose, object_key).stoppable(), reason)


def cancel_message(*, message: Message, reason: str) -> bool:
    """The same for one message that a person points at."""
    with transaction.atomic():
        return _cancel(Message.objects.filter(pk=message.pk).stoppable(), reason)


def readdress_waiting(*, patron: Patron) -> int:
    """Mails that still wait go to the address now on file; how many."""
    return Message.objects.filter(patron=patron).stoppable().update(to_address=patron.email)


def message_id_for(purpose: str, object_key: str, step: int) -> str:
    """The Message-ID that belongs to this mail for good, so that a second copy can be known as one."""
    digest = salted_hmac("relcrm.message", f"{purpose}|{object_key}|{step}", algorithm="sha256").hexdigest()[:40]
    domain = parseaddr(settings.MAIL_FROM)[1].rpartition("@")[2] or "localhost"
    return f"<{purpose}.{digest}@{domain}>"


def _known_kind(kind: str, consent: str) -> Message.Kind:
    known = Message.Kind(kind)
    if known == Message.Kind.ASKED_FOR and not consent:
        raise ValueError("what was asked for names the consent it rests on")
    return known


def _follows(thread: Thread | None, answered: str) -> str:
    """Message-IDs, oldest first: the thread's first mail, the reader's own. By them mail programs keep it together."""
    ids = [answered] if answered else []
    if thread is not None:
        sent = Message.objects.filter(thread=thread, state=Message.State.SENT).order_by("pk")
        ids[:0] = sent.values_list("message_id", flat=True)[:1]
    both = " ".join(ids)
    return both if len(both) <= FOLLOWED else ids[-1][:FOLLOWED]


def _once(message: Message) -> Message:
    """The row as it stands in the outbox: this one, or the one that was queued before."""
    with transaction.atomic():
        Message.objects.bulk_create([message], ignore_conflicts=True)
        return Message.objects.get(purpose=message.purpose, object_key=message.object_key, step=message.step)


def _address(message: Message, patron: Patron, to_address: str) -> None:
    address = " ".join((to_address or patron.email).split())
    if not address:
        raise NoAddress
    message.patron, message.language = patron, patron.language
    message.to_address, message.to_name = address, one_line(patron.name)


def _fill(message: Message, rendered: Rendered) -> None:
    message.subject = one_line(rendered.subject)[:250]
    message.body_text, message.body_html = rendered.text, rendered.html


def _cancel(messages: MessageQuerySet, reason: str) -> bool:
    return messages.update(state=Message.State.CANCELLED, reason=reason[:300], lease_until=None) > 0
