"""Which mail or thread of ours an incoming mail belongs to, by what only we can have written."""

from __future__ import annotations

from dataclasses import dataclass

from outreach.mail.reading.incoming import Incoming
from outreach.models import Message, Reply
from outreach.services.reply_addresses import message_of, thread_of

# More names of mails than any mail program writes.
MOST_NAMES = 100


@dataclass(frozen=True)
class Match:
    """`by`: how the thread was found. `trusted`: a report names a mail of ours by what strangers cannot know."""

    thread: int | None = None
    message: int | None = None
    by: str = Reply.Match.NONE
    trusted: bool = False


def find_match(mail: Incoming) -> Match:
    """By our signed address first, then by the Message-IDs it refers to. A sender's address matches nothing."""
    if mail.kind in {Reply.Kind.BOUNCE, Reply.Kind.COMPLAINT}:
        return _match_report(mail)
    message = _named(mail.refers_to) or _signed(mail.to)
    thread = next((number for number in map(thread_of, mail.to) if number), None)
    if thread is not None:
        about = message.pk if message and message.thread_id == thread else None
        return Match(thread, about, Reply.Match.ADDRESS)
    if message is None:
        return Match()
    return Match(message.thread_id, message.pk, Reply.Match.REFERENCE)


def _match_report(mail: Incoming) -> Match:
    message = _signed((*mail.reported_paths, *mail.to)) or _named(mail.reported_ids)
    if message is None:
        return Match()
    return Match(message.thread_id, message.pk, Reply.Match.REFERENCE, trusted=True)


def _signed(addresses: tuple[str, ...]) -> Message | None:
    """The mail whose return path, with our signature, is among these addresses."""
    number = next((number for number in map(message_of, addresses) if number), None)
    return Message.objects.filter(pk=number).first() if number else None


def _named(names: tuple[str, ...]) -> Message | None:
    """The first of these Message-IDs that is one of ours; the nearest comes first."""
    names = tuple(name for name in names[:MOST_NAMES] if "\0" not in name)
    ours = {message.message_id: message for message in Message.objects.filter(message_id__in=names)} if names else {}
    return next((ours[name] for name in names if name in ours), None)
