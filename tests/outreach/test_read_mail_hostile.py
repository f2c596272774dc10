"""Whatever bytes a stranger sends, reading ends soon, raises nothing, and says what was left out."""

from __future__ import annotations

import re
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.mail.reading.incoming import Incoming, read_mail
from tests.outreach.mail_samples_kinds import KINDS
from tests.outreach.mail_samples_servers import SERVERS

MATERIAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "mail"
HEAD = b"From: a@b.example\nTo: c@d.example\nSubject: Re: x\nMIME-Version: 1.0\n"
SECONDS, NORMAL_SECONDS = 2.0, 0.01
TEXT_MOST, FILES_MOST = 200_000, 20
WHOLE = [sample.raw for sample in (*KINDS, *SERVERS)]
FRAGMENTS = [
    b"\n", b"\r\n", b"\0", b"--b", b"--b--", b": ", b"=?utf-8?b?", b"?=", b"=", b"<", b">", b'"', b"Content-Type: ",
    b"multipart/report; boundary=b", b"message/rfc822", b"message/delivery-status", b"charset=idna", b"charset=utf-7",
    b"Content-Transfer-Encoding: base64", b"Final-Recipient: ", b"Status: 5.1.1", b"From: MAILER-DAEMON", b"\xff\xfe",
    b"text/html", b"<div><a href='javascript:", b"&#0;", b"boundary*0*=utf-8''b", b"filename*=x'y'%00",
    b"name==?x?q?=00?=",
]  # fmt: skip


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


def check(found: Incoming) -> None:
    """What holds of every mail, so that the database and the pages can hold it."""
    assert found.kind in {"reply", "auto_reply", "bounce", "complaint", "other"}
    assert len(found.text) <= TEXT_MOST
    assert len(found.quoted) <= TEXT_MOST
    assert len(found.files) <= FILES_MOST
    for text in (found.text, found.quoted, found.html, found.subject, found.from_name, found.words, found.message_id):
        assert "\0" not in text
        text.encode()
    for line in (found.subject, found.from_name, found.from_address, found.words, found.message_id, *found.to):
        assert not re.search(r"[\r\n]", line)


@pytest.mark.parametrize("bomb", BOMBS)
def test_bombs_are_contained(bomb: str) -> None:
    raw = BOMBS[bomb]()
    start = time.process_time()
    found = read_mail(raw)
    assert time.process_time() - start < SECONDS
    check(found)


@pytest.mark.parametrize("bomb", ["10,000 parts", "1,000 deep", "a header of 5 MB", "50 MB of text", "a file of 50 MB"])
def test_what_was_left_out_is_said(bomb: str) -> None:
    found = read_mail(BOMBS[bomb]())
    assert found.cut
    assert ";" in found.why


def test_a_large_file_costs_no_memory() -> None:
    raw = large_file()
    tracemalloc.start()
    found = read_mail(raw)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < len(raw) / 5
    assert found.files[0].content is None
    assert found.files[0].size == 680_000 * 54


@given(st.lists(st.sampled_from(FRAGMENTS) | st.binary(max_size=20), max_size=40))
@settings(max_examples=50, deadline=None)
def test_any_bytes_can_be_read(parts: list[bytes]) -> None:
    check(read_mail(b"".join(parts)))


@given(st.sampled_from(WHOLE), st.data())
@settings(max_examples=50, deadline=None)
def test_damaged_mails_can_be_read(raw: bytes, data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(1, 5))):
        place = data.draw(st.integers(0, len(raw)))
        cut = data.draw(st.integers(0, 60))
        raw = raw[:place] + data.draw(st.sampled_from(FRAGMENTS) | st.binary(max_size=8)) + raw[place + cut :]
    check(read_mail(raw))


@pytest.mark.skipif(not MATERIAL.is_dir(), reason=f"there are no recorded mails at {MATERIAL}")
def test_recorded_mails_cut_short_can_be_read() -> None:
    for path in sorted(path for path in MATERIAL.rglob("*.*") if path.is_file()):
        raw = path.read_bytes()
        check(read_mail(raw[: len(raw) // 2].replace(b"\n", b"\r\n")))


def test_a_usual_mail_is_read_at_once() -> None:
    usual = WHOLE[:40]
    best = []
    for raw in usual:
        times = []
        for _ in range(3):
            start = time.process_time()
            read_mail(raw)
            times.append(time.process_time() - start)
        best.append(min(times))
    assert max(best) < NORMAL_SECONDS
