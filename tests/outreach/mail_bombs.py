"""Mails made to take long to read, to fill the memory or to nest without end."""

from __future__ import annotations

from collections.abc import Callable

HEAD = b"From: a@b.example\nTo: c@d.example\nSubject: Re: x\nMIME-Version: 1.0\n"


def multipart(count: int) -> bytes:
    part = b"--b\nContent-Type: text/plain\n\nx\n"
    return HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n" + part * count + b"--b--\n"


def nested(depth: int) -> bytes:
    parts = (b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (at, at) for at in range(depth))
    return HEAD + b"".join(parts) + b"\nhi"


def large_file() -> bytes:
    head = b"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: application/pdf; name=a.pdf\n"
    lines = (b"QUJD" * 18 + b"\n") * 680_000
    return HEAD + head + b"Content-Transfer-Encoding: base64\n\n" + lines + b"--b--\n"


def html(words: bytes) -> bytes:
    return HEAD + b"Content-Type: text/html\n\n" + words


BOMBS: dict[str, Callable[[], bytes]] = {
    "10,000 parts": lambda: multipart(10_000),
    "1,000 deep": lambda: nested(1_000),
    "1,000 mails deep": lambda: HEAD + b"Content-Type: message/rfc822\n\n" * 1_000 + b"hi",
    "a header of 5 MB": lambda: b"Subject: " + b"a" * 5_000_000 + b"\n\nhi",
    "500,000 headers": lambda: b"".join(b"X-%d: y\n" % at for at in range(500_000)) + b"\nhi",
    "a header of 500,000 lines": lambda: b"Subject: x\n" + b" y\n" * 500_000 + b"\nhi",
    "50 MB of text": lambda: HEAD + b"\n" + b"hello world this is a line\n" * 1_900_000,
    "50 MB in one line": lambda: HEAD + b"\n" + b"x" * 50_000_000,
    "a file of 50 MB": large_file,
    "80 MB": lambda: HEAD + b"\n" + b"a b " * 20_000_000,
    "boundaries that are none": lambda: HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n" + b"\n--bx" * 5_000_000,
    "100,000 divs": lambda: html(b"<div>" * 100_000),
    "100,000 quotes": lambda: html(b"<blockquote>a" * 100_000),
    "classes of classes": lambda: html((b"<div class='" + b"class=" * 150 + b"'>x") * 220),
    "open comments": lambda: html(b"<!--" * 100_000),
    "open tags": lambda: html(b"<" * 500_000),
    "100,000 recipients": lambda: (
        b"From: MAILER-DAEMON@x.yy\nContent-Type: message/delivery-status\n\n"
        + b"Final-Recipient: rfc822; a@b.cc\nAction: failed\nStatus: 5.1.1\n\n" * 100_000
    ),
    "punycode": lambda: HEAD + b"Content-Type: text/plain; charset=punycode\n\n" + b"a-" * 500_000,
}
