"""What comes in by mail: told apart, matched to its thread or laid into the tray, once however often it arrives.

A mail's sender proves nothing, since anyone can write any address there. Placed by itself is only what was sent to a
signed address of ours or names a Message-ID of ours; everything else waits in the tray, with a proposal.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.db import IntegrityError, transaction
from django.db.models import Q

from outreach.mail.reading.bounce_judgement import plain
from outreach.mail.reading.incoming import Incoming, IncomingFile, read_mail
from outreach.mail.reading.phrases import says_so
from outreach.mail.reading.soft_words import DELAYED
from outreach.models import Message, Reply, ReplyFile, Thread
from outreach.services.checkins import answered_by_mail
from outreach.services.fates import raise_fate
from outreach.services.holding import hold_thread
from outreach.services.matching import find_match
from outreach.services.reports_on_mail import act_on_bounce, act_on_complaint, wait_for_librarian
from outreach.services.written_back import hear_words
from patrons.models import Patron
from patrons.services.patrons import prove_address

Kind = Reply.Kind
REPORTS = {Kind.BOUNCE, Kind.COMPLAINT}


@dataclass(frozen=True)
class Found:
    """What of ours a mail belongs to. `trusted`: it is a report we may act on."""

    thread: Thread | None
    message: Message | None
    by: str
    trusted: bool

    @property
    def ours(self) -> bool:
        return self.thread is not None or self.message is not None

    @property
    def patron(self) -> Patron | None:
        if self.thread is not None:
            return self.thread.patron
        return self.message.patron if self.message is not None else None


@dataclass(frozen=True)
class Taken:
    """What became of one mail. `matched`: we know which mail or thread of ours it belongs to. `again`: it was here."""

    mail: Incoming
    reply: Reply
    matched: bool
    again: bool = False

    @property
    def kind(self) -> str:
        return self.reply.kind

    @property
    def address(self) -> str:
        """Whom a report is about, else who wrote."""
        return self.mail.reported_address or self.mail.from_address


def take_in(*, raw: bytes | Incoming, now: datetime, envelope_to: str = "", named: str = "") -> Taken:
    """Take in one mail, in one transaction; the same mail again, also at the same time, changes nothing.

    `named`: what whoever hands it over calls it, for a mail without a Message-ID.
    """
    mail = raw if isinstance(raw, Incoming) else read_mail(raw, envelope_to=envelope_to)
    key = _key(mail, raw, named)
    with transaction.atomic():
        known = Reply.objects.filter(key=key).first()
        if known is not None:
            return _known(mail, known)
        found = _hold(mail, now)
        try:
            with transaction.atomic():
                reply = _write(mail, key, found, now)
        except IntegrityError:
            # Another process was quicker with the same mail.
            return _known(mail, Reply.objects.get(key=key))
        _follow(reply, mail, found, now)
    return Taken(mail, reply, matched=found.ours)


def _known(mail: Incoming, reply: Reply) -> Taken:
    return Taken(mail, reply, matched=bool(reply.thread_id or reply.about_id), again=True)


def _key(mail: Incoming, raw: bytes | Incoming, named: str) -> str:
    """A mail is the same when its Message-ID and sender are; one without a Message-ID, when all of it is."""
    words = f"{mail.message_id}\n{mail.from_address.lower()}" if mail.message_id else named
    whole = words or (raw if isinstance(raw, bytes) else repr(raw))
    return sha256(whole if isinstance(whole, bytes) else whole.encode(errors="replace")).hexdigest()


def _hold(mail: Incoming, now: datetime) -> Found:
    """The thread and the mail of ours it belongs to, held in the order everybody holds them in."""
    match = find_match(mail)
    thread = hold_thread(match.thread) if match.thread else None
    if thread is not None and mail.kind == Kind.REPLY:
        answered_by_mail(thread=thread, now=now)
    rows = Message.objects.select_related("patron").select_for_update(of=("self",), no_key=True)
    message = rows.filter(pk=match.message).first() if match.message else None
    by = match.by if thread else Reply.Match.NONE
    return Found(thread, message, by, match.trusted and message is not None)


def _write(mail: Incoming, key: str, found: Found, now: datetime) -> Reply:
    # A report that was acted on and has no thread to lie in leaves nothing to do.
    dealt_with = found.trusted and found.thread is None and mail.kind == Kind.BOUNCE
    reply = Reply.objects.create(
        key=key,
        kind=mail.kind if mail.kind in Kind.values else Kind.OTHER,
        thread=found.thread,
        patron=found.patron,
        about=found.message,
        proposed=None if found.thread else _proposal(mail, found),
        matched_by=found.by,
        message_id=_fit(mail.message_id, 300),
        from_address=_fit(mail.from_address, 254),
        from_name=_fit(mail.from_name, 120),
        to_address=_fit(mail.to[0] if mail.to else "", 254),
        subject=_fit(mail.subject, 250),
        text=_fit(mail.text or (mail.words if mail.kind in REPORTS else "")),
        quoted=_fit(mail.quoted),
        html=_fit(mail.html),
        received_at=now,
        cut=mail.cut,
        reported_address=_fit(mail.reported_address.lower(), 254),
        status=_fit(mail.status, 20),
        permanent=mail.permanent,
        trusted=found.trusted,
        handled_at=now if dealt_with else None,
    )
    ReplyFile.objects.bulk_create(_file(reply, file) for file in mail.files)
    return reply


def _file(reply: Reply, file: IncomingFile) -> ReplyFile:
    name, content_type = _fit(file.name, 200), _fit(file.content_type, 100)
    return ReplyFile(reply=reply, name=name, content_type=content_type, size=file.size, content=file.content)


def _proposal(mail: Incoming, found: Found) -> Thread | None:
    """A guess for a person: the newest thread of whoever has that address. It is never followed by itself."""
    if mail.kind in REPORTS or not (found.message or mail.from_address):
        return None
    address = _fit(mail.from_address, 254)
    whose = Q(patron=found.message.patron_id) if found.message else Q(patron__email__iexact=address)
    return Thread.objects.filter(whose, channel=Thread.Channel.MAIL).order_by("-started_at", "-pk").first()


def _follow(reply: Reply, mail: Incoming, found: Found, now: datetime) -> None:
    """What a mail sets going. Machines answer too, and prove no more than that ours arrived."""
    if found.message is not None and mail.kind in {Kind.REPLY, Kind.AUTO_REPLY}:
        raise_fate(message=found.message, fate=Message.Fate.DELIVERED, at=now)
    if found.thread is not None and mail.kind == Kind.REPLY:
        hear_words(reply=reply, thread=found.thread, now=now)
        _prove(mail, found, now)
    if found.trusted and found.message is not None:
        _believe(mail, found.message, now)
        if found.thread is not None and mail.kind == Kind.COMPLAINT:
            wait_for_librarian(thread=found.thread, since=now)


def _prove(mail: Incoming, found: Found, now: datetime) -> None:
    """Who answers our mail from the address it went to has read it there: the same as using a link in it."""
    patron = found.patron
    if patron is not None and found.by == Reply.Match.ADDRESS and mail.from_address.lower() == patron.email.lower():
        prove_address(patron=patron, now=now)


def _believe(mail: Incoming, message: Message, now: datetime) -> None:
    """A report that names our mail by what strangers cannot know."""
    words = _fit(" ".join(mail.words.split()))
    if mail.kind == Kind.COMPLAINT:
        raise_fate(message=message, fate=Message.Fate.COMPLAINED, at=now, words=words)
        act_on_complaint(message=message, words=words, at=now, now=now)
    elif mail.kind == Kind.BOUNCE:
        raise_fate(message=message, fate=_fate_of(mail), at=now, words=words)
        act_on_bounce(message=message, status=mail.status, permanent=mail.permanent, words=words, now=now)


def _fate_of(mail: Incoming) -> str:
    """A server that goes on trying says so; every other report is of a mail that came back."""
    said = plain(f"{mail.subject} {mail.words} {mail.text}")
    trying = mail.permanent is False and ("delay" in mail.subject.lower() or says_so(said, DELAYED))
    return Message.Fate.DEFERRED if trying else Message.Fate.BOUNCED


def _fit(words: str, most: int | None = None) -> str:
    """As much as the column takes, without what the database takes nowhere."""
    return words.replace("\0", "\ufffd").encode(errors="replace").decode()[:most]
