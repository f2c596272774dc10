"""Complaints: a mail service hands on that its reader called one of our mails spam (RFC 5965, and older forms)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from outreach.mail.reading.addresses import addresses_in
from outreach.mail.reading.delivery_fields import fields_text, without_type
from outreach.mail.reading.mime_limits import Part
from outreach.mail.reading.opened import Opened
from outreach.mail.reading.returned_mail import reported_ids, reported_paths, returned_part, returned_text, returned_to

FEEDBACK = ("message/feedback-report",)
# Reports in the same form that are no reader's complaint: "this is not spam", and reports on signatures.
NO_COMPLAINT = ("not-spam", "auth-failure", "dmarc", "dkim", "tls")
TYPE_LINE = re.compile(r"^feedback-type\s?:\s?([\w-]{2,30})", re.IGNORECASE | re.MULTILINE)
ADDRESS_LINE = re.compile(
    r"^(?:original-rcpt-to|removal-recipient|x-hmxmroriginalrecipient|x-apparently-to|redacted-address)\s?:(.{3,400})$",
    re.IGNORECASE | re.MULTILINE,
)
# Services that send the mail complained about back as it is, with no fields.
FORMS = (
    re.compile(r"^(?:staff@hotmail\.com|scomp@aol\.(?:net|com)|feedback@arf\.mail\.yahoo\.com|fbl[\w.-]{0,40}@)", re.I),
    re.compile(r"^(?:complaint about message from|email feedback report for|abuse report for|spam report for)\b", re.I),
)


@dataclass(frozen=True)
class Complaint:
    """What a complaint says of our mail."""

    address: str
    words: str
    ids: tuple[str, ...]
    paths: tuple[str, ...]


def is_complaint(opened: Opened) -> str:
    """Why this is a complaint, in plain words; empty where it is none."""
    part = feedback_part(opened)
    if part is None and opened.reports() != "feedback-report":
        return _by_form(opened)
    kind = feedback_type(opened)
    return "" if kind in NO_COMPLAINT else f"it is a complaint ({kind or 'abuse'}, RFC 5965)"


def is_other_feedback(opened: Opened) -> str:
    """Why this is a report of the same form that nobody complains in; empty where it is none."""
    if (feedback_part(opened) is not None or opened.reports() == "feedback-report") and not is_complaint(opened):
        return f"it is a report of another kind ({feedback_type(opened)})"
    return ""


def read_complaint(opened: Opened) -> Complaint:
    """Who complained, and of which mail."""
    part = feedback_part(opened)
    fields = fields_text(part) if part is not None else ""
    below = returned_text(opened)
    own = "\n".join(f"{name}: {opened.head(name)}" for name in ("X-HmXmrOriginalRecipient", "X-Original-Rcpt-To"))
    lines = ADDRESS_LINE.findall(f"{fields}\n{own}\n{below}")
    found = [address for line in lines for address in addresses_in(without_type(line))]
    ours = {address.lower() for address in (*opened.to, opened.sender[1])}
    named = [address for address in [*found, *returned_to(opened)] if address.lower() not in ours]
    named = [address for address in named if not address.lower().startswith("redacted")]
    return Complaint(
        address=next(iter(named), ""),
        words=feedback_type(opened) or "abuse",
        ids=reported_ids(opened, fields),
        paths=reported_paths(opened, fields),
    )


def feedback_part(opened: Opened) -> Part | None:
    return opened.find(*FEEDBACK)


def feedback_type(opened: Opened) -> str:
    part = feedback_part(opened)
    found = TYPE_LINE.search(fields_text(part) if part is not None else opened.text[:4_000])
    return found[1].lower() if found else ""


def _by_form(opened: Opened) -> str:
    known = any(form.search(place) for form, place in zip(FORMS, (opened.sender[1], opened.subject), strict=True))
    if opened.has("X-HmXmrOriginalRecipient") or (known and returned_part(opened) is not None):
        return "a mail service hands on that its reader called a mail of ours spam"
    return ""
