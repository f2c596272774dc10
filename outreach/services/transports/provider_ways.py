"""What each mail service can be told with a mail, and what it keeps from us (docs/mail.md has the same as a table)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from anymail.message import AnymailMessage
from django.core.mail.backends.base import BaseEmailBackend

from outreach.mail.headers import Mailbox
from outreach.mail.reading.told import MESSAGE_NUMBER
from outreach.mail.wire import OutgoingMail

MESSAGE_ID = "relcrm_message_id"
# Postmark refuses longer values.
LONGEST_FACT = 80


@dataclass(frozen=True)
class Ways:
    """metadata: it gives our own facts back with its events. tracking: it can be told not to follow opens and clicks.
    return_path: it sends reports to an address of ours on the sender's own domain. without: headers it would refuse.
    repeats: it takes a mail once for each key of ours, so that a request without an answer may be made again.
    """

    metadata: bool = False
    tracking: bool = False
    return_path: bool = False
    without: frozenset[str] = frozenset()
    repeats: bool = False


NOTHING = Ways()
WAYS = {
    "Amazon SES": Ways(metadata=True, return_path=True),
    "Brevo": Ways(metadata=True, repeats=True),
    "MailerSend": Ways(
        tracking=True,
        without=frozenset(
            {"Message-ID", "References", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post", "Auto-Submitted"}
            | {"X-Auto-Response-Suppress"}
        ),
    ),
    "Mailgun": Ways(metadata=True, tracking=True),
    "Mailjet": Ways(metadata=True, tracking=True, without=frozenset({"Message-ID", "List-Id"})),
    "Mailtrap": Ways(metadata=True),
    "Mandrill": Ways(metadata=True, tracking=True),
    "Postal": Ways(),
    "Postmark": Ways(metadata=True, tracking=True),
    "Resend": Ways(metadata=True, repeats=True),
    "Scaleway": Ways(metadata=True),
    "SendGrid": Ways(metadata=True, tracking=True),
    "SparkPost": Ways(metadata=True, tracking=True),
    "Unisender Go": Ways(metadata=True, tracking=True),
}


def ways_of(backend: BaseEmailBackend) -> Ways:
    """What this backend's service can do; a backend that is not Anymail's gets the mail and nothing else."""
    return WAYS.get(getattr(backend, "esp_name", ""), NOTHING)


def as_django(mail: OutgoingMail, backend: BaseEmailBackend) -> AnymailMessage:
    """The mail as this backend takes it. Its date is the service's own."""
    ways, service = ways_of(backend), getattr(backend, "esp_name", "")
    headers = {"Message-ID": mail.message_id, **dict(mail.headers)}
    message = AnymailMessage(
        subject=mail.subject,
        body=mail.text,
        from_email=_pair(mail.written_by),
        to=[_pair(mail.written_to)],
        reply_to=[_pair(mail.reply_to)] if mail.reply_to else [],
        headers={name: value for name, value in headers.items() if name not in ways.without},
    )
    message.attach_alternative(mail.html, "text/html")
    if ways.metadata:
        facts = {MESSAGE_NUMBER: str(mail.number), MESSAGE_ID: mail.message_id}
        message.metadata = {name: fact for name, fact in facts.items() if len(fact) <= LONGEST_FACT}
    if ways.tracking:
        message.track_opens = message.track_clicks = False
    if ways.return_path and mail.sender.rpartition("@")[2] == mail.written_by.address.rpartition("@")[2]:
        message.envelope_sender = mail.sender
    _in_its_own_way(message, service, mail)
    return message


def key_of(mail: OutgoingMail) -> str:
    """What makes a repeated request the same one: made of the Message-ID, so always the same for a mail."""
    return str(uuid5(NAMESPACE_URL, f"mid:{mail.message_id}"))


def _in_its_own_way(message: AnymailMessage, service: str, mail: OutgoingMail) -> None:
    """What Anymail has no word for."""
    extra: dict[str, Any] = {}
    if service == "Brevo":
        message.extra_headers["idempotencyKey"] = key_of(mail)
    elif service == "Postmark":
        message.extra_headers["X-PM-KeepID"] = "true"
    elif service == "Unisender Go":
        extra["idempotence_key"] = key_of(mail)
    elif service == "MailerSend" and "List-Unsubscribe" in dict(mail.headers):
        extra["list_unsubscribe"] = dict(mail.headers)["List-Unsubscribe"]
    if extra:
        message.esp_extra = extra


def _pair(mailbox: Mailbox) -> str:
    """Quoted, not encoded: the service encodes it in its own way."""
    if not mailbox.name:
        return mailbox.address
    return str(mailbox.as_address())
