"""Invented mails of the forms that mail servers and mail programs use. Nobody received these."""

from __future__ import annotations

from dataclasses import dataclass
from email.header import Header

OUR_ID = "<letter.17.1@books.example.org>"
OUR_PATH = "bounce+m17.0123456789abcdef@books.example.org"
READER = "iris@readers.example.net"
RETURNED = f"""Return-Path: <{OUR_PATH}>
Received: from books.example.org (books.example.org [192.0.2.7]) by mx.example.net with ESMTPS id A1B2C3
\tfor <{READER}>; Mon, 2 Nov 2026 10:00:00 +0000
From: The Library <library@books.example.org>
To: Iris <{READER}>
Subject: Three books for you
Message-ID: {OUR_ID}
Date: Mon, 2 Nov 2026 10:00:00 +0000

Dear Iris, here are three books for you.
"""


@dataclass(frozen=True)
class Sample:
    """A mail, and what it is. `permanent` counts for bounces only."""

    name: str
    raw: bytes
    kind: str
    permanent: bool | None = None
    status: str = ""


def mail(headers: dict[str, str], body: str, charset: str = "utf-8") -> bytes:
    """A mail with these headers; what is not ASCII in them is encoded as mail programs do."""
    lines = []
    for name, value in headers.items():
        written = value if value.isascii() else Header(value, charset, maxlinelen=300).encode()
        lines.append(f"{name}: {written}")
    if "Content-Type" not in headers:
        lines += [
            "MIME-Version: 1.0",
            f"Content-Type: text/plain; charset={charset}",
            "Content-Transfer-Encoding: 8bit",
        ]
    return ("\n".join(lines) + "\n\n").encode() + body.encode(charset)


def report(
    words: str,
    *,
    status: str = "5.1.1",
    action: str = "failed",
    diagnostic: str = "",
    sender: str = "Mail Delivery System <MAILER-DAEMON@mx.example.net>",
    subject: str = "Undelivered Mail Returned to Sender",
    returned: str = RETURNED,
) -> bytes:
    """A delivery report as RFC 3464 has it."""
    fields = ["Reporting-MTA: dns; mx.example.net", "", f"Final-Recipient: rfc822; {READER}", f"Action: {action}"]
    fields += [f"Status: {status}"] if status else []
    fields += [f"Diagnostic-Code: {diagnostic}"] if diagnostic else []
    body = "\n".join(
        [
            "--b1",
            "Content-Type: text/plain; charset=utf-8",
            "",
            words,
            "",
            "--b1",
            "Content-Type: message/delivery-status",
            "",
            *fields,
            "",
            "--b1",
            "Content-Type: message/rfc822",
            "",
            returned,
            "--b1--",
            "",
        ]
    )
    return mail(
        {
            "Return-Path": "<>",
            "From": sender,
            "To": OUR_PATH,
            "Subject": subject,
            "Auto-Submitted": "auto-replied",
            "Message-ID": "<report.1@mx.example.net>",
            "MIME-Version": "1.0",
            "Content-Type": 'multipart/report; report-type=delivery-status; boundary="b1"',
        },
        body,
    )


def plain_report(words: str, *, sender: str, subject: str, charset: str = "utf-8", **more: str) -> bytes:
    """A delivery report in a server's own words, with our mail below."""
    headers = {"Return-Path": "<>", "From": sender, "To": OUR_PATH, "Subject": subject, **more}
    return mail(headers, words, charset)


def person(body: str, *, subject: str = "Re: Three books for you", charset: str = "utf-8", **more: str) -> bytes:
    """A mail that a person wrote."""
    headers = {
        "Return-Path": f"<{READER}>",
        "From": f"Iris Winter <{READER}>",
        "To": "reply+t5.0123456789abcdef@books.example.org",
        "Subject": subject,
        "Message-ID": "<own.1@readers.example.net>",
        "In-Reply-To": OUR_ID,
        **{name.replace("_", "-"): value for name, value in more.items()},
    }
    return mail({name: value for name, value in headers.items() if value}, body, charset)
