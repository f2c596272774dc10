"""A mail as it goes over the wire: what it says, for whom, and its bytes.

The email package needs 1.5 ms for a mail, more than everything else on its way together. All our mails have the same
structure (a text and an HTML part that say the same), so their bytes are written here directly; the package stays the
measure of what they have to mean.
"""

from __future__ import annotations

from binascii import b2a_qp
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from hashlib import sha256

from outreach.mail.headers import POLICY, Mailbox, address_line, text_line

LONGEST_LINE = 998
# What a body may hold as it stands, in every mail system.
SAFE = bytes(range(0x20, 0x7F)) + b"\t\r\n"


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    """One mail, ready to leave. `sender` and `to` are the envelope's; `number` is our message's.

    Made by `write_mail`, which lets no line break or control code into a header.
    """

    number: int
    sender: str
    to: str
    written_by: Mailbox
    written_to: Mailbox
    reply_to: Mailbox | None
    subject: str
    date: datetime
    message_id: str
    headers: tuple[tuple[str, str], ...]
    text: str
    html: str

    def as_bytes(self) -> bytes:
        """The mail as SMTP carries it: ASCII, lines of at most 998 bytes, each ended by CR LF."""
        text, html = _part("plain", self.text), _part("html", self.html)
        boundary = boundary_for(self.message_id, text, html)
        head = [address_line("From", self.written_by), address_line("To", self.written_to)]
        if self.reply_to:
            head.append(address_line("Reply-To", self.reply_to))
        head.append(text_line("Subject", self.subject))
        head.append(f"Date: {format_datetime(self.date)}\r\nMessage-ID: {self.message_id}\r\n")
        head += [f"{name}: {value}\r\n" for name, value in self.headers]
        head.append(f'MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="{boundary}"\r\n\r\n')
        line = f"--{boundary}".encode("ascii")
        return b"".join(
            ("".join(head).encode("ascii"), line, b"\r\n", text, b"\r\n", line, b"\r\n", html, b"\r\n", line, b"--\r\n")
        )

    def as_mail(self) -> EmailMessage:
        """The same as the email package writes it: what `as_bytes` is read as must be what this is read as."""
        mail = EmailMessage(policy=POLICY)
        mail["From"] = self.written_by.as_address()
        mail["To"] = self.written_to.as_address()
        if self.reply_to:
            mail["Reply-To"] = self.reply_to.as_address()
        mail["Subject"] = self.subject
        mail["Date"] = format_datetime(self.date)
        mail["Message-ID"] = self.message_id
        for name, value in self.headers:
            mail[name] = value
        mail.set_content(self.text)
        mail.add_alternative(self.html, subtype="html")
        return mail


def boundary_for(message_id: str, *parts: bytes) -> str:
    """The line between the parts: always the same for a mail, and in none of its parts."""
    number = 0
    while True:
        boundary = "part-" + sha256(f"{message_id}{number or ''}".encode()).hexdigest()[:32]
        if not any(boundary.encode() in part for part in parts):
            return boundary
        number += 1


def _part(kind: str, words: str) -> bytes:
    """Headers and body of one part; as it stands if every mail system leaves it alone, else quoted-printable."""
    body = _lines(words)
    encoding = b"7bit"
    if not _travels_safely(body):
        # A line that begins with "From " gets a ">" before it in some mailboxes.
        body = b2a_qp(body).replace(b"\nFrom ", b"\n=46rom ")
        body = b"=46" + body[1:] if body.startswith(b"From ") else body
        encoding = b"quoted-printable"
    return b'Content-Type: text/%b; charset="utf-8"\r\nContent-Transfer-Encoding: %b\r\n\r\n%b' % (
        kind.encode(),
        encoding,
        body,
    )


def _lines(words: str) -> bytes:
    """The words in UTF-8 with one kind of line end, the last line ended too."""
    body = words.encode()
    if b"\r" in body:
        body = body.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if not body.endswith(b"\n"):
        body += b"\n"
    return body.replace(b"\n", b"\r\n")


def _travels_safely(body: bytes) -> bool:
    return not (
        body.translate(None, SAFE)
        or b" \r\n" in body
        or b"\t\r\n" in body
        or b"\nFrom " in body
        or body.startswith(b"From ")
        or max(map(len, body.split(b"\r\n"))) > LONGEST_LINE
    )
