"""`manage.py receive_mail`: a mail on standard input, as a mail server's pipe hands it over."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outreach.management.commands import receive_mail
from outreach.models import Message, Reply, Thread
from outreach.services.reply_addresses import reply_address, return_path
from patrons.models import Suppression
from tests.builders import NOON, make_patron
from tests.outreach.reports import sent_mail

pytestmark = pytest.mark.django_db
MAIL = Path(__file__).resolve().parents[3] / "shared" / "data" / "mail"


def pipe(raw: bytes, monkeypatch: pytest.MonkeyPatch, **options: Any) -> tuple[str, dict[str, Any]]:
    """What the command says, and its last line."""
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(raw)))
    out = io.StringIO()
    call_command("receive_mail", json=True, now=NOON, stdout=out, **options)
    said, last = out.getvalue().strip().rsplit("\n", 1)
    return said, json.loads(last)


def lines(*said: str) -> bytes:
    return "\r\n".join(said).encode() + b"\r\n"


def answer_to(message: Message, *head: str, words: str = "I loved the first one.") -> bytes:
    return lines(
        f"From: Iris <{message.to_address}>",
        "Message-ID: <answer-1@example.org>",
        "Subject: Re: A letter",
        *head,
        "Content-Type: text/plain; charset=utf-8",
        "",
        words,
        "",
        "On Tue, 24 Nov 2026 at 12:00, Amara <library@localhost> wrote:",
        "> Dear reader",
    )


def test_an_answer_finds_its_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    message = sent_mail(make_patron())
    raw = answer_to(message, f"To: {reply_address(thread=message.thread_id or 0)}")
    said, facts = pipe(raw, monkeypatch)
    assert said == f"Taken in: written by a person, {message.to_address}, into thread {message.thread_id}."
    reply = Reply.objects.get()
    assert facts == {
        "kind": "reply",
        "text": "I loved the first one.",
        "address": message.to_address,
        "status": "",
        "permanent": None,
        "matched": True,
        "again": False,
        "reply": reply.pk,
    }
    assert "Dear reader" in reply.quoted
    again, facts = pipe(raw, monkeypatch)
    assert again == f"This mail is here already: written by a person, {message.to_address}."
    assert (facts["again"], facts["matched"], Reply.objects.count()) == (True, True, 1)


@pytest.mark.parametrize("way", ["option", "variable"])
def test_the_envelope_says_whom_it_was_sent_to(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    message = sent_mail(make_patron())
    address = reply_address(thread=message.thread_id or 0)
    if way == "variable":
        monkeypatch.setenv("ORIGINAL_RECIPIENT", address)
    options = {"envelope_to": address} if way == "option" else {}
    assert pipe(answer_to(message, "To: library@localhost"), monkeypatch, **options)[1]["matched"] is True


def test_an_out_of_office_note_answers_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    message = sent_mail(make_patron())
    raw = answer_to(message, f"In-Reply-To: {message.message_id}", "Auto-Submitted: auto-replied")
    assert pipe(raw, monkeypatch)[1]["kind"] == "auto_reply"
    assert Thread.objects.get(messages=message).waiting_since is None


def delivery_report(message: Message) -> bytes:
    return lines(
        "From: Mail Delivery System <mailer-daemon@example.org>",
        f"To: {return_path(message=message.pk)}",
        "Subject: Undelivered Mail Returned to Sender",
        "Message-ID: <report-1@example.org>",
        'Content-Type: multipart/report; report-type=delivery-status; boundary="x"',
        "",
        "--x",
        "Content-Type: text/plain",
        "",
        "It could not be delivered.",
        "--x",
        "Content-Type: message/delivery-status",
        "",
        "Reporting-MTA: dns; mx.example.org",
        "",
        f"Final-Recipient: rfc822; {message.to_address}",
        "Action: failed",
        "Status: 5.1.1",
        "Diagnostic-Code: smtp; 550 5.1.1 User unknown",
        "",
        "--x--",
    )


def test_a_delivery_report_stops_a_dead_address(monkeypatch: pytest.MonkeyPatch) -> None:
    message = sent_mail(make_patron())
    facts = pipe(delivery_report(message), monkeypatch)[1]
    assert (facts["kind"], facts["status"], facts["permanent"], facts["matched"]) == ("bounce", "5.1.1", True, True)
    assert facts["address"] == message.to_address
    assert Suppression.objects.get().cause == "no_mailbox"


def test_the_same_report_to_another_address_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    message = sent_mail(make_patron())
    raw = delivery_report(message).replace(return_path(message=message.pk).encode(), b"library@localhost")
    facts = pipe(raw, monkeypatch)[1]
    assert (facts["kind"], facts["matched"]) == ("bounce", False)
    assert not Suppression.objects.exists()


@pytest.mark.parametrize(("raw", "why"), [(b"", "No mail came in"), (b" \n", "No mail came in")])
def test_no_mail_is_said(raw: bytes, why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CommandError, match=why) as refused:
        pipe(raw, monkeypatch)
    assert refused.value.returncode == 1


def test_what_is_too_large_is_not_taken_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receive_mail, "LARGEST", 1_000_000)
    with pytest.raises(CommandError, match="larger than 1 MB"):
        pipe(b"x" * 1_000_001, monkeypatch)
    assert not Reply.objects.exists()


def test_a_mail_server_keeps_the_mail_while_the_database_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(**_facts: object) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(receive_mail, "take_in", away)
    with pytest.raises(CommandError, match="does not answer") as refused:
        pipe(b"From: iris@example.org\n\nHello", monkeypatch)
    assert refused.value.returncode == 75


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=st.binary(min_size=1, max_size=400).filter(bytes.strip))
def test_no_bytes_break_it(raw: bytes) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        assert pipe(raw, monkeypatch)[1]["kind"] in receive_mail.KINDS


def real_mails() -> Iterable[Any]:
    if not MAIL.exists():
        return [pytest.param(None, marks=pytest.mark.skip(reason="the collected mails are not on this machine"))]
    return [pytest.param(folder, id=folder.name) for folder in sorted(MAIL.iterdir()) if folder.is_dir()]


@pytest.mark.parametrize("folder", real_mails())
def test_real_mails_come_in_once_and_stop_nobody_of_ours(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """None of them names a mail of ours, so whatever they say is listed and nothing more."""
    make_patron(email="iris@example.org")
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.stat().st_size]
    mails = [raw for path in files[:150] if (raw := path.read_bytes()).strip()]
    for raw in mails:
        facts = pipe(raw, monkeypatch)[1]
        assert facts["matched"] is False
        assert pipe(raw, monkeypatch)[1]["again"] is True
    assert 0 < Reply.objects.count() <= len(mails)
    assert not Suppression.objects.exists()
    assert not Thread.objects.exclude(waiting_since=None).exists()
