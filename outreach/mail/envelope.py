"""From a row of the outbox to the mail that leaves: envelope, headers, both bodies, links filled in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from email.utils import parseaddr
from functools import lru_cache

from django.conf import settings
from django.utils.encoding import punycode

from outreach.mail.headers import ADDRESS, ATOMS, Mailbox, header_words
from outreach.mail.wire import OutgoingMail
from outreach.models import Message
from relcrm.kit.mail import Rendered

PLACEHOLDER = re.compile(r"\{link:([a-z_]+)(\?[^{}\s\"'<>]*)?\}")
# Written by a person; everything else says that a machine sent it, so that no other machine answers (RFC 3834).
FROM_A_PERSON = {"letter", "reply"}
# Anyone can type anyone's address into a form: what was typed beside it as a name is not sent there.
TO_AN_ADDRESS_ONLY = {"acknowledgement", "my_link"}
# What mail programs and gateways tell one kind of our mail from another by (RFC 2919), by the consent it rests on.
LISTS = {"check_in": "check-ins", "proactive": "suggestions", "community": "circles"}
OTHER_LIST = "notices"
MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,250}>")
# Letters; what is longer is a mistake that mail servers refuse (in characters, both parts together).
LONGEST = 2_000_000
# Halves of characters and NUL: no mail can hold them.
IMPOSSIBLE = re.compile(r"[\x00\ud800-\udfff]")


class MissingLink(Exception):
    """A body asks for a link the message does not have."""


def write_mail(
    message: Message, *, words: Rendered, urls: Mapping[str, str], return_path: str, now: datetime
) -> OutgoingMail:
    """The mail as it leaves, dated `now`; `urls` has every link of the words, reports on it go to `return_path`.

    Raises MissingLink, and ValueError for an address no mail can be written to or words that are no letter.
    """
    if len(words.text) + len(words.html) > LONGEST:
        raise ValueError("The words are too long for a mail.")
    sender = header_words(message.from_name)
    name = "" if message.purpose in TO_AN_ADDRESS_ONLY else header_words(message.to_name)
    to = wire_address(message.to_address)
    return OutgoingMail(
        number=message.pk,
        sender=return_path,
        to=to,
        written_by=Mailbox(sender or header_words(settings.LIBRARY_NAME), sender_address(message.kind)),
        written_to=Mailbox(name, to),
        reply_to=Mailbox(sender, wire_address(message.reply_to)) if message.reply_to else None,
        subject=header_words(words.subject[:250]),
        date=now,
        message_id=message.message_id,
        headers=(*_thread_headers(message), *_list_headers(message, urls), *_machine_headers(message)),
        text=IMPOSSIBLE.sub("", fill_links(words.text, urls)),
        html=IMPOSSIBLE.sub("", fill_links(words.html, urls)),
    )


def _thread_headers(message: Message) -> tuple[tuple[str, str], ...]:
    """What it follows. A stranger's Message-ID that is none is left out."""
    followed = MESSAGE_ID.findall(message.in_reply_to)
    return (("In-Reply-To", followed[-1]), ("References", " ".join(followed))) if followed else ()


def _list_headers(message: Message, urls: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What a mail program shows its button from (RFC 2369, 8058); nothing on answers to the reader."""
    if message.kind == Message.Kind.ANSWERING:
        return
    library, domain = header_words(settings.LIBRARY_NAME), sender_address(message.kind).rpartition("@")[2]
    shown = f"{library} " if ATOMS.fullmatch(library) else ""
    yield "List-Id", f"{shown}<{LISTS.get(message.consent, OTHER_LIST)}.{domain}>"
    if "unsubscribe" in urls:
        yield "List-Unsubscribe", f"<{urls['unsubscribe']}>"
        yield "List-Unsubscribe-Post", "List-Unsubscribe=One-Click"
    if message.kind == Message.Kind.LIBRARY_STARTED:
        yield "Precedence", "bulk"


def _machine_headers(message: Message) -> tuple[tuple[str, str], ...]:
    if message.purpose in FROM_A_PERSON:
        return (("Auto-Submitted", "no"),)
    return ("Auto-Submitted", "auto-generated"), ("X-Auto-Response-Suppress", "All")


def fill_links(words: str, urls: Mapping[str, str]) -> str:
    """The words with every `{link:purpose}` and `{link:purpose?query}` turned into its address. Raises MissingLink."""

    def address(found: re.Match[str]) -> str:
        purpose, query = found.groups(default="")
        if purpose not in urls:
            raise MissingLink(f"There is no link for “{purpose}”.")
        return urls[purpose] + query

    filled = PLACEHOLDER.sub(address, words)
    if "{link:" in filled:
        raise MissingLink("A link in the text is not written as a link.")
    return filled


def sender_address(kind: str) -> str:
    """The address mail of this kind is sent from, without a name: what readers did not write for has its own."""
    return _bare(settings.MAIL_FROM if kind == Message.Kind.ANSWERING else settings.MAIL_FROM_BULK)


def wire_address(address: str) -> str:
    """The address with its domain in ASCII. Raises ValueError where no mail can be sent to it."""
    local, _at, domain = address.rpartition("@")
    wired = f"{local}@{domain if domain.isascii() else punycode(domain)}"
    if not ADDRESS.fullmatch(wired):
        raise ValueError("The address is not one that mail can be sent to.")
    return wired


@lru_cache(maxsize=8)
def _bare(address: str) -> str:
    return parseaddr(address)[1]
