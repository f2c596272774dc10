"""A mail that is ready to leave, for the tests of the ways out."""

from __future__ import annotations

from typing import Any

from outreach.mail.headers import Mailbox
from outreach.mail.wire import OutgoingMail
from tests.builders import NOON


def a_mail(**over: Any) -> OutgoingMail:
    values: dict[str, Any] = {
        "number": 7,
        "sender": "bounce+m7.0123456789abcdef@library.example",
        "to": "iris@example.org",
        "written_by": Mailbox("Amara Lee", "letters@library.example"),
        "written_to": Mailbox("Iris", "iris@example.org"),
        "reply_to": Mailbox("Amara Lee", "reply+t12.0123456789abcdef@library.example"),
        "subject": "Three books",
        "date": NOON,
        "message_id": "<letter.0123@library.example>",
        "headers": (("Auto-Submitted", "no"),),
        "text": "..\n.\nlast",
        "html": "<p>last</p>",
    }
    return OutgoingMail(**(values | over))
