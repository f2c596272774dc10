"""From a row of the outbox to the mail that leaves: headers, both bodies, links filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime, parseaddr

from django.conf import settings
from django.utils.encoding import punycode

from outreach.models import Message


class _AddressHeader(UnstructuredHeader, BaseHeader):
    """A header that holds a web address: it stays on its line, since mail programs read no encoded address."""

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"


HEADERS = HeaderRegistry()
HEADERS.map_to_type("List-Unsubscribe", _AddressHeader)
# ASCII on the wire, so that no server has to know more than plain SMTP.
POLICY = SMTP.clone(cte_type="7bit", header_factory=HEADERS)
PLACEHOLDER = re.compile(r"\{link:([a-z_]+)(\?[^{}\s\"'<>]*)?\}")
# Written by a person; everything else says that a machine sent it, so that no other machine answers (RFC 3834).
FROM_A_PERSON = {"letter", "reply"}
# Anyone can type anyone's address into a form: what was typed beside it as a name is not sent there.
TO_AN_ADDRESS_ONLY = {"acknowledgement", "my_link"}


class MissingLink(Exception):
    """A body asks for a link the message does not have."""


def write_mail(message: Message, *, urls: Mapping[str, str], now: datetime) -> EmailMessage:
    """The mail as it leaves, dated `now`. `urls` gives the address of every link purpose.

    Raises MissingLink, and ValueError for an address no mail can be written to.
    """
    mail = EmailMessage(policy=POLICY)
    mail["From"] = Address(message.from_name or settings.LIBRARY_NAME, addr_spec=sender_address())
    name = "" if message.purpose in TO_AN_ADDRESS_ONLY else message.to_name
    mail["To"] = Address(name, addr_spec=wire_address(message.to_address))
    if message.reply_to:
        mail["Reply-To"] = Address(message.from_name, addr_spec=wire_address(message.reply_to))
    mail["Subject"] = message.subject
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = message.message_id
    if message.purpose in FROM_A_PERSON:
        mail["Auto-Submitted"] = "no"
    else:
        mail["Auto-Submitted"] = "auto-generated"
        mail["X-Auto-Response-Suppress"] = "All"
    if "unsubscribe" in urls and message.kind != Message.Kind.ANSWERING:
        mail["List-Unsubscribe"] = f"<{urls['unsubscribe']}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(fill_links(message.body_text, urls))
    mail.add_alternative(fill_links(message.body_html, urls), subtype="html")
    return mail


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


def sender_address() -> str:
    """The address all mail is sent from, without a name."""
    return parseaddr(settings.MAIL_FROM)[1]


def wire_address(address: str) -> str:
    """The address with its domain in ASCII. Raises ValueError where there is no domain."""
    local, at, domain = address.rpartition("@")
    if not (local and at and domain):
        raise ValueError("The address is not complete.")
    return f"{local}@{punycode(domain)}"
