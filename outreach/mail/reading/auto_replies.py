"""Mails that nobody wrote: answers of programs (RFC 3834, and the headers they used before it), receipts, lists."""

from __future__ import annotations

import re

from outreach.mail.reading import auto_signs as signs
from outreach.mail.reading.bounce_judgement import plain
from outreach.mail.reading.opened import ANSWERING, Opened, parameter, text_of
from outreach.mail.reading.phrases import says_so

BEGINNING = 1_200
# Set by what answers by itself, whatever they say, unless that is "no".
BY_PROGRAMS = (
    "X-Autoreply",
    "X-Auto-Reply",
    "X-Autoreply-From",
    "X-Mail-Autoreply",
    "X-Autorespond",
    "X-Autoresponder",
    "X-Auto-Responder",
    "X-Autorespond-To",
    "X-AutoResponse",
    "X-Autoreply-Domain",
    "X-Amazon-Auto-Reply",
    "X-Vacation",
    "X-MS-Exchange-Inbox-Rules-Loop",
    "X-FC-MachineGenerated",
    "X-OOF-Reply",
    "X-Facebook-Notify",
    "X-Cron-Env",
)
GENERATED = {"yes", "1", "true", "reply", "group", "forward", "autoreply", "auto"}
PROGRAMS = re.compile(
    r"vacation|autorespond|auto-?reply|autoresponse|out.of.office|oof |zendesk|freshdesk|otrs|request tracker|jitbit",
    re.I,
)
NOBODY = re.compile(
    r"^(?:no[._-]?reply|do[._-]?not[._-]?reply|auto[._-]?(?:reply|responder|response|confirm)|autoreply|vacation|mailer[._-]?d(?:ae|e)mon"
    r"|ne[._-]?pas[._-]?repondre|no[._-]?responder|nicht[._-]?antworten|nao[._-]?responda)(?:[+._-][\w.+-]{0,80})?@",
    re.IGNORECASE,
)
NO = {"no", "none", "false", "0", ""}
REPLY_ADDRESS = re.compile(r"reply\+t\d{1,18}\.[0-9a-f]{16}@", re.IGNORECASE)


def is_automatic(opened: Opened) -> str:
    """Why no person wrote this, in plain words; empty where one may have."""
    return _by_form(opened) or _by_headers(opened) or _by_two_signs(opened)


def is_no_answer(opened: Opened) -> str:
    """Why this is neither a person's answer to us nor a program's; empty where it may be a person's."""
    if says_so(plain(opened.words[:BEGINNING]), signs.CHALLENGES) or opened.has("X-Boxtrapper"):
        return "it asks the sender to prove that they are a person"
    to_us = opened.answers or any(REPLY_ADDRESS.search(address) for address in opened.to)
    lists = opened.has("List-Id") or opened.has("List-Post") or _precedence(opened) == "list"
    if not to_us and (lists or opened.has("List-Unsubscribe") or _precedence(opened) in {"bulk", "junk"}):
        return "it comes from a mailing list"
    flags = ("X-Spam-Flag", "X-Spam", "X-Spam-Status", "X-Mailgun-Sflag", "X-MS-Exchange-Organization-Spam")
    if not to_us and any(opened.head(name).lower().startswith("yes") for name in flags):
        return "a filter on its way called it spam"
    if not to_us and NOBODY.search(opened.sender[1]):
        return "its sender reads no answers"
    return ""


def _by_form(opened: Opened) -> str:
    if opened.reports() == "disposition-notification" or opened.find("message/disposition-notification"):
        return "it is a receipt (RFC 8098)"
    invitation = opened.find("text/calendar")
    if invitation is not None:
        method = parameter(invitation, "method") or _method(text_of(invitation, 2_000))
        if method in {"reply", "counter"} or (not method and plain(opened.subject).startswith(signs.INVITATIONS)):
            return "it is an answer to an invitation, sent by a calendar"
    if "calendarmessage" in opened.head("Content-Class").lower() and plain(opened.subject).startswith(
        signs.INVITATIONS
    ):
        return "it is an answer to an invitation, sent by a calendar"
    return ""


def _method(calendar: str) -> str:
    found = re.search(r"^METHOD:(\w{1,20})", calendar, re.IGNORECASE | re.MULTILINE)
    return found[1].lower() if found else ""


def _by_headers(opened: Opened) -> str:
    """Signs that each suffice alone."""
    submitted = opened.head("Auto-Submitted").lower()
    signs_found = (
        (bool(submitted) and not submitted.startswith("no"), "it says that a program sent it (Auto-Submitted)"),
        (_named_program(opened), "it says that a program sent it"),
        (
            _precedence(opened) in {"auto_reply", "auto-reply", "autoreply"},
            "it says that a program sent it (Precedence)",
        ),
        (_wants_no_programs(opened), "it wants no answer from programs (X-Auto-Response-Suppress)"),
        (opened.no_return, "it wants no report on itself, as programs do (an empty return path)"),
        (opened.answers and bool(NOBODY.search(opened.sender[1])), "it answers from an address that reads no answers"),
        (_by_subject(opened), "its subject begins as programs begin it"),
    )
    return next((why for found, why in signs_found if found), "")


def _named_program(opened: Opened) -> bool:
    """A header, or a mail program, that only programs which answer for people have."""
    if any(opened.has(name) and opened.head(name).lower() not in NO for name in BY_PROGRAMS):
        return True
    source = opened.head("X-MS-Exchange-Generated-Message-Source").lower()
    return (
        opened.head("X-Autogenerated").lower() in GENERATED
        or any("autoresponder" in value.lower() for value in opened.heads("Delivered-To"))
        or bool(PROGRAMS.search(opened.head("X-Mailer")))
        or "mailbox rules" in source
    )


def _wants_no_programs(opened: Opened) -> bool:
    suppress = opened.head("X-Auto-Response-Suppress").lower()
    return "all" in suppress.replace(",", " ").split() or ("oof" in suppress and "autoreply" in suppress)


def _by_subject(opened: Opened) -> bool:
    subject = plain(opened.subject)
    return _prefixed(subject) or (opened.answers and subject.startswith(signs.RECEIPTS))


def _prefixed(subject: str) -> bool:
    """'Automatic reply: ...': what a mail program writes before the subject it answers."""
    start, colon, _rest = subject.replace("\uff1a", ":").partition(":")
    return bool(colon) and start.strip() in signs.PREFIXES


def _by_two_signs(opened: Opened) -> str:
    """A subject about being away, and words to the same effect or a header that people's mails seldom have."""
    subject = plain(opened.subject)
    if ANSWERING.match(subject) or not says_so(subject, signs.SUBJECTS):
        return ""
    bulk = _precedence(opened) in {"bulk", "junk"} or opened.has("X-Auto-Response-Suppress")
    if bulk or (says_so(plain(opened.words[:BEGINNING]), signs.BODIES) and not _converses(opened)):
        return "its subject and its words are those of a notice of absence"
    return ""


def _converses(opened: Opened) -> bool:
    """A long mail about holidays is a letter."""
    return len(opened.words) > BEGINNING and "\n>" not in opened.words


def _precedence(opened: Opened) -> str:
    return (opened.head("Precedence") or opened.head("X-Precedence")).lower()
