"""Whatever bytes a stranger sends, reading ends, raises nothing, and says what was left out. How soon: `make bench`."""

from __future__ import annotations

import re
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.mail.reading.incoming import Incoming, read_mail
from tests.outreach.mail_bombs import BOMBS, large_file
from tests.outreach.mail_samples_kinds import KINDS
from tests.outreach.mail_samples_servers import SERVERS

MATERIAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "mail"
TEXT_MOST, FILES_MOST = 200_000, 20
WHOLE = [sample.raw for sample in (*KINDS, *SERVERS)]
FRAGMENTS = [
    b"\n", b"\r\n", b"\0", b"--b", b"--b--", b": ", b"=?utf-8?b?", b"?=", b"=", b"<", b">", b'"', b"Content-Type: ",
    b"multipart/report; boundary=b", b"message/rfc822", b"message/delivery-status", b"charset=idna", b"charset=utf-7",
    b"Content-Transfer-Encoding: base64", b"Final-Recipient: ", b"Status: 5.1.1", b"From: MAILER-DAEMON", b"\xff\xfe",
    b"text/html", b"<div><a href='javascript:", b"&#0;", b"boundary*0*=utf-8''b", b"filename*=x'y'%00",
    b"name==?x?q?=00?=",
]  # fmt: skip


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
    check(read_mail(BOMBS[bomb]()))


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
