"""Sending over real sockets: after every kind of break the row says exactly what is known."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.core import mail as django_mail
from django.test import override_settings

from outreach.models import Message
from outreach.services.batch import record_outcome
from outreach.services.claiming import claim_due
from outreach.services.delivery import DeliveryCount, deliver_due
from outreach.services.gate import LEASE, mark_leaving, pass_gate
from outreach.services.outbox import queue_message
from outreach.services.reply_addresses import message_of
from outreach.services.transports.outcome import Outcome, Result
from patrons.models import Patron
from patrons.services.consents import withdraw_consent
from patrons.services.suppressions import lift_suppression, suppress_address
from relcrm.kit.mail import Rendered
from tests.builders import NOON, make_patron
from tests.smtp_sink import SmtpSink

pytestmark = pytest.mark.django_db
KINDS = ["answering", "asked_for", "library_started"]


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    with SmtpSink() as server, override_settings(MAILERS=server.mailers):
        yield server


def queue(patron: Patron | None = None, key: str = "1", **over: object) -> Message:
    values: dict[str, object] = {
        "purpose": "letter",
        "object_key": key,
        "kind": "answering",
        "rendered": Rendered(
            "Three books", "Dear reader,\n.\nread: {link:letter}\n", '<a href="{link:letter}">Read</a>'
        ),
        "links": {"letter": key},
        "now": NOON,
        "from_name": "Amara at The Library",
        "reply_to": "reply+1@library.example",
    }
    return queue_message(patron=patron or make_patron(), **(values | over))  # type: ignore[arg-type]  # as named above


def queue_check_in(patron: Patron, key: str = "5", **over: object) -> Message:
    values: dict[str, object] = {"purpose": "check_in", "kind": "asked_for", "consent": "check_in"}
    return queue(patron, key, **(values | over))


def settled(message: Message) -> Message:
    message.refresh_from_db()
    return message


def test_a_letter_leaves_as_it_was_written(sink: SmtpSink) -> None:
    patron = make_patron(name="Tomás Ríos")
    message = queue(
        patron, rendered=Rendered("Tres libros, señor", "Hola\n.\nfin {link:my}\n", "<p>Hola {link:my}</p>")
    )
    assert deliver_due(now=NOON) == DeliveryCount(sent=1)
    (received,) = sink.messages
    mail = received.mail
    assert received.recipients == [patron.email]
    assert message_of(received.sender) == message.pk
    assert mail["From"].addresses[0].display_name == "Amara at The Library"
    assert mail["To"].addresses[0].display_name == "Tomás Ríos"
    assert mail["Reply-To"].addresses[0].addr_spec == "reply+1@library.example"
    assert mail["Subject"] == "Tres libros, señor"
    assert mail["Message-ID"] == message.message_id
    assert mail["Date"].datetime == NOON
    assert mail["Auto-Submitted"] == "no"
    assert mail["List-Unsubscribe"] is None
    assert received.text.replace("\r", "") == "Hola\n.\nfin http://testserver/my/\n"
    assert "<p>Hola http://testserver/my/</p>" in received.html
    state = settled(message)
    assert (state.state, state.sent_at, state.lease_until, state.reason) == ("sent", NOON, None, "")
    assert "{link:my}" in state.body_text


def test_what_was_asked_for_says_how_to_stop_it(sink: SmtpSink) -> None:
    patron = make_patron("check_in")
    queue_check_in(
        patron, rendered=Rendered("How were they?", "{link:checkin?pick-7=loved}", "x"), links={"checkin": "5"}
    )
    assert deliver_due(now=NOON).sent == 1
    mail = sink.messages[0].mail
    assert mail["List-Unsubscribe"].startswith("<http://testserver/unsubscribe/")
    # Mail programs look for the address itself: a long one must not be written as encoded words.
    assert b"\nList-Unsubscribe: <http://testserver/unsubscribe/" in sink.messages[0].raw
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert "/?pick-7=loved" in sink.messages[0].text


@pytest.mark.parametrize(
    ("mode", "state", "accepted", "words"),
    [
        ("refuse-rcpt", "failed", 0, "No such reader here"),
        ("refuse-data", "failed", 0, "Not wanted"),
        ("put-off-rcpt", "queued", 0, "Come back later"),
        ("put-off-data", "queued", 0, "Try again later"),
        ("busy", "queued", 0, "Too many connections"),
        ("drop-mid-data", "queued", 0, "broke before"),
        ("drop-before-accept", "unknown", 0, "never came"),
        ("accept-then-drop", "unknown", 1, "never came"),
    ],
)
def test_each_break_leaves_exactly_what_is_known(
    sink: SmtpSink, monkeypatch: pytest.MonkeyPatch, *, mode: str, state: str, accepted: int, words: str
) -> None:
    def pass_once_the_server_is_gone(**facts: object) -> tuple[bool, bool]:
        assert mode != "drop-mid-data" or sink.mode != mode or sink.hung_up.wait(5)
        return pass_gate(**facts)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr("outreach.services.batch.pass_gate", pass_once_the_server_is_gone)
    message = queue()
    sink.mode = mode
    count = deliver_due(now=NOON)
    row = settled(message)
    assert row.state == state
    assert words in row.reason
    assert len(sink.messages) == accepted
    assert row.lease_until is None
    assert (count.failed, count.put_off, count.in_doubt) == (
        int(state == "failed"),
        int(state == "queued"),
        int(state == "unknown"),
    )
    sink.mode = "accept"
    deliver_due(now=NOON + timedelta(minutes=1))
    assert settled(message).state == ("sent" if state == "queued" else state)
    assert len(sink.messages) == accepted + int(state == "queued")


def test_an_answer_that_does_not_come_in_time_is_in_doubt(sink: SmtpSink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("outreach.services.transports.smtp.ANSWER_SECONDS", 0.3)
    message = queue()
    sink.mode = "hang-after-dot"
    assert deliver_due(now=NOON).in_doubt == 1
    assert settled(message).state == "unknown"


def test_refusals_wait_longer_each_time_and_end_when_it_is_too_late(sink: SmtpSink) -> None:
    message = queue()
    sink.mode = "put-off-rcpt"
    at, waits = NOON, []
    for _ in range(7):
        deliver_due(now=at, chance=lambda: 0.0)
        waits.append((settled(message).due_at - at) // timedelta(minutes=1))
        at = message.due_at
    assert waits == [1, 5, 15, 60, 240, 240, 240]
    sink.mode = "accept"
    assert deliver_due(now=NOON + timedelta(days=4)) == DeliveryCount(cancelled=1)
    assert settled(message).state == "cancelled"
    assert "Too late" in message.reason
    assert "Come back later" in message.reason
    assert sink.messages == []


def test_what_was_refused_together_does_not_come_back_together(sink: SmtpSink) -> None:
    first, second = queue(key="1"), queue(key="2")
    sink.mode = "put-off-rcpt"
    chances = iter([0.5, 1.0])
    assert deliver_due(now=NOON, chance=lambda: next(chances)).put_off == 2
    assert settled(first).due_at == NOON + timedelta(seconds=54)
    assert settled(second).due_at == NOON + timedelta(seconds=48)


def test_a_server_that_is_away_is_asked_once_and_nothing_is_lost() -> None:
    with SmtpSink() as closed:
        mailers = closed.mailers
    first, second = queue(key="1"), queue(key="2")
    with override_settings(MAILERS=mailers):
        assert deliver_due(now=NOON) == DeliveryCount(put_off=1)
    assert "cannot be reached" in settled(first).reason
    assert (settled(second).state, second.due_at, second.refusals) == ("queued", NOON, 0)


def test_one_connection_carries_many_messages_and_is_opened_anew_when_the_server_closed_it(sink: SmtpSink) -> None:
    for number in range(5):
        queue(key=str(number))
    assert deliver_due(now=NOON).sent == 5
    assert sink.connections == 1

    queue(key="6")
    queue(key="7")
    sink.before_answer = lambda: setattr(sink, "mode", "accept-then-drop" if len(sink.messages) == 6 else "accept")
    deliver_due(now=NOON)
    assert {message.mail["Message-ID"] for message in sink.messages} == set(
        Message.objects.filter(state__in=["sent", "unknown"]).values_list("message_id", flat=True)
    )


def test_a_worker_killed_before_the_phase_mark_loses_nothing(sink: SmtpSink) -> None:
    message = queue()
    claim = claim_due(now=NOON, lease_from=NOON, kinds=KINDS)
    assert [found.pk for found in claim.messages] == [message.pk]
    assert deliver_due(now=NOON + LEASE / 2) == DeliveryCount()
    count = deliver_due(now=NOON + LEASE)
    assert (count.put_off, count.sent, settled(message).state) == (1, 0, "queued")
    assert deliver_due(now=NOON + LEASE + timedelta(minutes=1)).sent == 1
    assert len(sink.messages) == 1


def test_a_worker_killed_after_the_phase_mark_leaves_a_doubt_and_no_second_mail(sink: SmtpSink) -> None:
    message = queue()
    (claimed,) = claim_due(now=NOON, lease_from=NOON, kinds=KINDS).messages
    assert mark_leaving(message=claimed, at=NOON)
    assert deliver_due(now=NOON + LEASE).in_doubt == 1
    assert settled(message).state == "unknown"
    assert deliver_due(now=NOON + timedelta(days=1)) == DeliveryCount()
    assert sink.messages == []


def test_a_late_worker_is_held_at_the_gate_and_its_results_are_not_believed(sink: SmtpSink) -> None:
    message = queue()
    (late,) = claim_due(now=NOON, lease_from=NOON, kinds=KINDS).messages
    deliver_due(now=NOON + LEASE)
    assert deliver_due(now=NOON + LEASE + timedelta(minutes=1)).sent == 1
    assert not mark_leaving(message=late, at=NOON + LEASE)
    assert not record_outcome(message=late, outcome=Outcome(Result.FAILED, "late"), now=NOON)
    assert (settled(message).state, message.attempt, message.reason) == ("sent", 2, "")


def test_the_gate_opens_once_for_one_attempt_and_never_after_the_lease() -> None:
    queue()
    (claimed,) = claim_due(now=NOON, lease_from=NOON, kinds=KINDS).messages
    assert not mark_leaving(message=claimed, at=NOON + LEASE)
    assert mark_leaving(message=claimed, at=NOON)
    assert not mark_leaving(message=claimed, at=NOON)


def test_an_answer_that_comes_after_the_lease_still_settles_the_doubt() -> None:
    message = queue()
    (slow,) = claim_due(now=NOON, lease_from=NOON, kinds=KINDS).messages
    mark_leaving(message=slow, at=NOON)
    deliver_due(now=NOON + LEASE)
    assert settled(message).state == "unknown"
    assert record_outcome(message=slow, outcome=Outcome(Result.SENT), now=NOON + LEASE)
    assert settled(message).state == "sent"


def test_stopping_between_queueing_and_sending_wins(sink: SmtpSink) -> None:
    patron = make_patron("check_in")
    message = queue_check_in(patron)
    withdraw_consent(patron=patron, purpose="check_in", now=NOON)
    assert deliver_due(now=NOON) == DeliveryCount(cancelled=1)
    assert (settled(message).state, message.reason) == ("cancelled", "The reader has withdrawn the consent this needs.")
    assert sink.messages == []


def test_stopping_between_claim_and_dot_wins() -> None:
    patron = make_patron("check_in")
    queue_check_in(patron)
    (claimed,) = claim_due(now=NOON, lease_from=NOON, kinds=KINDS).messages
    withdraw_consent(patron=patron, purpose="check_in", now=NOON)
    assert not mark_leaving(message=claimed, at=NOON)
    assert record_outcome(message=claimed, outcome=Outcome(Result.HELD), now=NOON) is False
    assert deliver_due(now=NOON) == DeliveryCount(cancelled=1)


def test_stopping_while_the_body_is_on_its_way_leaves_nothing_at_the_server(
    sink: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    patron = make_patron("check_in")
    message, other = queue_check_in(patron, "5"), queue(make_patron(), "6")

    def stop_then_ask(**facts: object) -> tuple[bool, bool]:
        withdraw_consent(patron=patron, purpose="check_in", now=NOON)
        return pass_gate(**facts)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr("outreach.services.batch.pass_gate", stop_then_ask)
    assert deliver_due(now=NOON) == DeliveryCount(sent=1, cancelled=1)
    assert settled(message).state == "cancelled"
    assert [received.mail["Message-ID"] for received in sink.messages] == [other.message_id]


def test_nothing_leaves_for_a_suppressed_address_until_it_is_lifted(sink: SmtpSink) -> None:
    patron = make_patron(email="Iris@Example.org")
    suppress_address(address=" iris@example.ORG ", reason="bounced", now=NOON)
    message = queue(patron)
    assert deliver_due(now=NOON) == DeliveryCount(cancelled=1)
    assert "Nothing may be sent" in settled(message).reason
    assert lift_suppression(address="iris@example.org", reason="wrote to us", now=NOON)
    assert not lift_suppression(address="iris@example.org", reason="again", now=NOON)
    queue(patron, "2")
    assert deliver_due(now=NOON).sent == 1


def test_a_patron_without_an_address_by_now_gets_nothing(sink: SmtpSink) -> None:
    patron = make_patron()
    message = queue(patron)
    Patron.objects.filter(pk=patron.pk).update(email="")
    assert deliver_due(now=NOON).cancelled == 1
    assert "no address" in settled(message).reason


def test_a_row_that_cannot_be_written_fails_with_its_reason_and_the_others_leave(sink: SmtpSink) -> None:
    poisoned = queue(key="1", rendered=Rendered("a", "{link:nowhere}", "b"))
    strange = queue(make_patron(email='"a b"@@example.org'), key="2")
    foreign = queue(make_patron(email="jürgen@example.org"), key="3")
    queue(make_patron(email="anna@bücher.example"), key="4")
    assert deliver_due(now=NOON) == DeliveryCount(sent=1, failed=3)
    assert "There is no link for “nowhere”" in settled(poisoned).reason
    assert settled(strange).state == settled(foreign).state == "failed"
    assert sink.messages[0].recipients == ["anna@xn--bcher-kva.example"]


def test_no_header_can_be_smuggled_in(sink: SmtpSink) -> None:
    message = queue()
    Message.objects.filter(pk=message.pk).update(subject="Books\r\nBcc: all@example.org", to_name="A\r\nX-Evil: 1")
    assert deliver_due(now=NOON) == DeliveryCount(sent=1)
    mail = sink.messages[0].mail
    assert (mail["Subject"], mail["Bcc"], mail["X-Evil"]) == ("Books Bcc: all@example.org", None, None)
    assert mail["To"].addresses[0].display_name == "A X-Evil: 1"


def test_a_message_not_due_yet_stays(sink: SmtpSink) -> None:
    queue(due_at=NOON + timedelta(seconds=60))
    assert deliver_due(now=NOON) == DeliveryCount()
    assert deliver_due(now=NOON + timedelta(seconds=60)).sent == 1


def test_a_run_ends_when_its_time_is_over_and_the_next_goes_on(sink: SmtpSink) -> None:
    queue()
    assert deliver_due(now=NOON, seconds=0) == DeliveryCount()
    assert deliver_due(now=NOON).sent == 1


def test_what_a_batch_cannot_begin_in_time_goes_back_untouched(sink: SmtpSink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("outreach.services.batch.BATCH_SECONDS", -1.0)
    message = queue()
    with pytest.raises(TimeoutError):
        _claim_twice(monkeypatch)
    assert (settled(message).state, message.lease_until) == ("queued", None)


def _claim_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    claims = iter([claim_due])

    def once(**facts: object) -> object:
        for claim in claims:
            return claim(**facts)  # type: ignore[arg-type]  # passed on as they came
        raise TimeoutError

    monkeypatch.setattr("outreach.services.delivery.claim_due", once)
    deliver_due(now=NOON)


def test_a_folder_gets_one_whole_file_for_each_message(tmp_path: Path) -> None:
    message = queue(rendered=Rendered("Büchergruß", "Grüße\n", "<p>Grüße</p>"))
    mailers = {
        alias: {
            "BACKEND": "django.core.mail.backends.filebased.EmailBackend",
            "OPTIONS": {"file_path": str(tmp_path / "m")},
        }
        for alias in ("default", "bulk")
    }
    with override_settings(MAILERS=mailers):
        assert deliver_due(now=NOON).sent == 1
        assert deliver_due(now=NOON).sent == 0
    (file,) = (tmp_path / "m").iterdir()
    assert file.suffix == ".eml"
    assert message.message_id.encode() in file.read_bytes()


def test_a_folder_that_cannot_be_written_keeps_the_message(tmp_path: Path) -> None:
    (tmp_path / "m").write_text("a file where the folder should be")
    backend = "django.core.mail.backends.filebased.EmailBackend"
    message = queue()
    with override_settings(MAILERS={"default": {"BACKEND": backend, "OPTIONS": {"file_path": str(tmp_path / "m")}}}):
        assert deliver_due(now=NOON) == DeliveryCount(put_off=1)
    assert "cannot be written to" in settled(message).reason


def test_djangos_other_backends_get_the_same_mail() -> None:
    patron = make_patron("check_in", name="Iris Okafor")
    message = queue_check_in(patron)
    assert deliver_due(now=NOON).sent == 1
    (sent,) = django_mail.outbox
    assert isinstance(sent, django_mail.EmailMultiAlternatives)
    assert sent.to == [f"Iris Okafor <{patron.email}>"]
    assert sent.extra_headers["Message-ID"] == message.message_id
    assert sent.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert sent.reply_to == ["Amara at The Library <reply+1@library.example>"]
    assert [kind for _, kind in sent.alternatives] == ["text/html"]
