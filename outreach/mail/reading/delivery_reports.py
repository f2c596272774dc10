"""Delivery reports: mails in which a mail server says that one of ours did not arrive, or not yet."""

from __future__ import annotations

import re
from dataclasses import dataclass

from outreach.mail.reading import bounce_signs as signs
from outreach.mail.reading.addresses import addresses_in, return_paths, sender_of
from outreach.mail.reading.bounce_judgement import SMTP_CODE, STATUS, Judgement, judge, plain
from outreach.mail.reading.delivery_fields import Recipient, fields_text, recipients_in
from outreach.mail.reading.mime_limits import Part
from outreach.mail.reading.opened import ANSWERING, Opened
from outreach.mail.reading.phrases import says_so
from outreach.mail.reading.returned_mail import (
    own_words,
    reported_ids,
    reported_paths,
    returned_part,
    returned_to,
    sends_back,
    without_ours,
)
from outreach.mail.reading.soft_words import DELAYED

STATUS_PARTS = ("message/delivery-status", "message/global-delivery-status")
BEGINNING = 1_500
WORDS_MOST = 300
ENOUGH, ENOUGH_FROM_A_PERSON = 5, 7
# Statuses made from words that many lines hold.
MEANS_LITTLE = {"", "5.6.0", "5.7.1"}
ARRIVED = ("deliver", "relay", "expand")
ALONE = re.compile(r"^[\s>*\-\u2022\"'<\[(]{0,20}(\S{3,260}?)[>\"')\],:;.\s]{0,10}$")


@dataclass(frozen=True)
class Report:
    """What a report says of our mail."""

    address: str = ""
    status: str = ""
    permanent: bool | None = None
    words: str = ""
    ids: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    because: str = ""


def is_report(opened: Opened) -> str:
    """Why this is a delivery report, in plain words; empty where it is none."""
    if (part := status_part(opened)) is not None:
        recipients = recipients_in(fields_text(part))
        arrived = bool(recipients) and all(recipient.action.startswith(ARRIVED) for recipient in recipients)
        return "" if arrived else "it is a delivery report (RFC 3464)"
    if opened.reports() == "disposition-notification":
        rejected = says_so(plain(own_words(opened)[:BEGINNING]), ("automatically rejected", "was rejected"))
        return "it says that the mail was rejected" if rejected else ""
    return _by_sender(opened) or _by_words(opened)


def _by_sender(opened: Opened) -> str:
    if opened.has("X-Failed-Recipients"):
        return "it names addresses that failed (X-Failed-Recipients)"
    if _from_daemon(opened) == "surely" and returned_part(opened) is not None:
        return "a mail server sends a mail back"
    if _from_daemon(opened) and opened.no_return and any(return_paths(address) for address in opened.to):
        return "a mail server writes to where reports on one of ours go"
    return ""


def _by_words(opened: Opened) -> str:
    subject = plain(opened.subject)
    if not _from_machine(opened) and not says_so(subject, signs.SUBJECT):
        return ""
    points, failed = _points(opened, subject)
    enough = points >= (ENOUGH if _from_machine(opened) else ENOUGH_FROM_A_PERSON)
    return "it is written as mail servers write that a mail did not arrive" if failed and enough else ""


def status_part(opened: Opened) -> Part | None:
    """Its machine-readable part. One that a person hands on is not theirs."""
    handed_on = bool(ANSWERING.match(opened.subject)) and opened.top.content_type != "multipart/report"
    part = opened.find(*STATUS_PARTS)
    if part is not None:
        return None if handed_on and not _from_machine(opened) else part
    if handed_on or not _from_daemon(opened):
        return None
    # Some gateways wrap the whole report once more.
    return next((part for part in opened.top.walk(inside_mails=True) if part.content_type in STATUS_PARTS), None)


def read_report(opened: Opened) -> Report:
    """What the report says: of whom, how, and of which mail."""
    part = status_part(opened)
    fields = fields_text(part) if part is not None else ""
    words = without_ours(own_words(opened))
    recipient = _failed(recipients_in(fields or words))
    if recipient is not None:
        judgement = _judge_recipient(recipient, words)
    else:
        judgement = judge(words=words, delayed=_delayed(opened, words))
    said = recipient.words if recipient is not None and recipient.words != recipient.status else ""
    return Report(
        address=(recipient.address if recipient is not None else "") or address_of(opened, words),
        status=judgement.status,
        permanent=judgement.permanent,
        words=" ".join((said or telling_line(words)).split())[:WORDS_MOST],
        ids=reported_ids(opened, fields),
        paths=reported_paths(opened, fields),
        because=judgement.because,
    )


def address_of(opened: Opened, words: str) -> str:
    """Whose mail did not arrive, where no field says so."""
    if named := addresses_in(opened.head("X-Failed-Recipients")):
        return named[0]
    ours = {address.lower() for address in (*opened.to, opened.sender[1])}
    alone = [found[1] for line in words.splitlines()[:200] if len(line) < WORDS_MOST and (found := ALONE.match(line))]
    candidates = [*addresses_in("\n".join(alone)), *addresses_in(opened.subject), *addresses_in(words[:8_000])]
    candidates += returned_to(opened)
    named = [
        address for address in candidates if not signs.DAEMON.search(address.lower()) and not return_paths(address)
    ]
    return next((address for address in named if address.lower() not in ours), next(iter(named), ""))


def telling_line(words: str) -> str:
    """The line in which the other server says why, with what belongs to it."""
    lines = [line.strip() for line in words.splitlines()[:200]]
    for number, line in enumerate(lines):
        if SMTP_CODE.search(line) or STATUS.search(line):
            return _with_rest(lines, number)
    for number, line in enumerate(lines):
        if line and judge(words=line).status not in MEANS_LITTLE:
            return _with_rest(lines, number)
    return ""


def _with_rest(lines: list[str], number: int) -> str:
    rest = lines[number : number + 4]
    end = next((place for place, line in enumerate(rest) if not line), len(rest))
    return " ".join(rest[:end])


def _failed(recipients: list[Recipient]) -> Recipient | None:
    """The recipient the report is about: the first that failed, else the first that waits."""
    missed = [recipient for recipient in recipients if not recipient.action.startswith(ARRIVED)]
    failed = [recipient for recipient in missed if not recipient.action.startswith("delay")]
    return next(iter([*failed, *missed]), None)


def _judge_recipient(recipient: Recipient, words: str) -> Judgement:
    """By its fields; where they leave it open, by what the report says for people."""
    delayed = recipient.action.startswith("delay")
    by_fields = judge(words=recipient.words, status=recipient.status, delayed=delayed)
    if by_fields.permanent is not None:
        return by_fields
    by_words = judge(words=words, status=recipient.status)
    return by_words if by_words.permanent is not None else by_fields


def _delayed(opened: Opened, words: str) -> bool:
    subject = plain(opened.subject)
    return says_so(plain(words), DELAYED) or says_so(subject, DELAYED) or "delay" in subject


def _from_daemon(opened: Opened) -> str:
    name, address = sender_of(str(opened.top.headers.get("From", "")))
    if signs.EXACTLY.match(address.lower()):
        return "surely"
    known = signs.DAEMON.search(address.lower()) or signs.DAEMON.search(name.lower())
    return "maybe" if known or not address else ""


def _from_machine(opened: Opened) -> bool:
    automatic = opened.head("Auto-Submitted").lower().startswith("auto-")
    bulk = opened.head("Precedence").lower() in {"bulk", "junk"}
    return bool(_from_daemon(opened)) or opened.no_return or automatic or bulk


def _points(opened: Opened, subject: str) -> tuple[int, bool]:
    """How much it looks like a delivery report, and whether it says that something failed at all."""
    beginning = plain(own_words(opened)[:BEGINNING])
    in_subject = says_so(subject, signs.SUBJECT) or says_so(subject, DELAYED)
    in_body = says_so(beginning, signs.BODY) or says_so(beginning, DELAYED)
    by_machine = says_so(beginning, signs.MACHINE) or bool(STATUS.search(beginning) and SMTP_CODE.search(beginning))
    counts = (
        (3, bool(_from_daemon(opened))),
        (2, opened.no_return),
        (1, opened.head("Auto-Submitted").lower().startswith("auto-")),
        (2, in_subject),
        (2, in_body),
        (2, by_machine),
        (1, sends_back(opened)),
        (2, bool(reported_paths(opened, ""))),
        (-3, bool(ANSWERING.match(opened.subject))),
    )
    # Whoever is away also writes that mail will not be delivered to anybody else.
    failed = in_subject or (in_body and (by_machine or bool(_from_daemon(opened))))
    return sum(points for points, true in counts if true), failed
