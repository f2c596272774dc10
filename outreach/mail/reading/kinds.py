"""Which kind of mail it is. The order matters: a complaint encloses a mail, a report may come through a list."""

from __future__ import annotations

from outreach.mail.reading.auto_replies import is_automatic, is_no_answer
from outreach.mail.reading.complaints import is_complaint, is_other_feedback
from outreach.mail.reading.delivery_reports import STATUS_PARTS, is_report
from outreach.mail.reading.opened import Opened

COMPLAINT, BOUNCE, AUTO_REPLY, REPLY, OTHER = "complaint", "bounce", "auto_reply", "reply", "other"
TOP_PARTS = ("multipart/report",)


def kind_of(opened: Opened) -> tuple[str, str]:
    """The kind, and how we know, in plain words."""
    for kind, why in (
        (COMPLAINT, is_complaint(opened)),
        (OTHER, is_other_feedback(opened)),
        (BOUNCE, is_report(opened)),
        (OTHER, _arrived(opened)),
        (AUTO_REPLY, is_automatic(opened)),
        (OTHER, is_no_answer(opened)),
        (OTHER, _empty(opened)),
    ):
        if why:
            return kind, why
    return REPLY, "nothing says that a program sent it"


def _arrived(opened: Opened) -> str:
    reports = opened.top.content_type in TOP_PARTS and opened.find(*STATUS_PARTS) is not None
    return "it reports that the mail arrived" if reports else ""


def _empty(opened: Opened) -> str:
    files = any(not part.content_type.startswith("text/") for part in opened.leaves())
    return "" if opened.words.strip() or files else "there is nothing in it"
