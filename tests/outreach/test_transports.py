"""What a mail service's exceptions mean, and which way a message takes."""

from __future__ import annotations

import socket
from datetime import timedelta
from typing import Any

import pytest
import requests
from anymail.exceptions import AnymailRecipientsRefused, AnymailRequestsAPIError, AnymailUnsupportedFeature
from django.core.mail.backends.base import BaseEmailBackend
from django.test import override_settings

from outreach.models import Message
from outreach.services.delivery import DeliveryCount, deliver_due
from outreach.services.transports.choose import transport_for
from outreach.services.transports.folder import FolderTransport
from outreach.services.transports.outcome import Result
from outreach.services.transports.provider import ProviderTransport
from outreach.services.transports.provider_verdict import judge
from outreach.services.transports.smtp import SmtpServer, SmtpTransport
from relcrm.kit.env import mailer
from tests.builders import NOON, make_patron
from tests.outreach.mails import a_mail
from tests.outreach.test_delivery import queue, settled
from tests.smtp_faults import Fault
from tests.smtp_sink import SmtpSink

HOUR = timedelta(hours=1)


def answered(status: int) -> AnymailRequestsAPIError:
    response = requests.Response()
    response.status_code = status
    response.reason = "as the service says"
    return AnymailRequestsAPIError(response=response)


def posting(url: str, timeout: tuple[float, float]) -> Exception:
    """What a real attempt to reach that address raises, as Anymail passes it on."""
    try:
        requests.post(url, data=b"x", timeout=timeout)
    except requests.RequestException as error:
        passed_on: Exception = type("Passed", (AnymailRequestsAPIError, type(error)), {})("Error posting")
        passed_on.__cause__ = error
        return passed_on
    raise AssertionError("nobody should answer there")


@pytest.mark.parametrize(
    ("status", "result"),
    [(400, Result.FAILED), (401, Result.LATER), (422, Result.FAILED), (429, Result.LATER), (500, Result.UNKNOWN)]
    + [(503, Result.UNKNOWN), (408, Result.UNKNOWN), (302, Result.UNKNOWN), (200, Result.UNKNOWN)],
)
def test_a_services_answer_decides(status: int, result: Result) -> None:
    assert judge(answered(status)).result is result


def test_refused_readers_and_impossible_mails_fail() -> None:
    assert judge(AnymailRecipientsRefused()).result is Result.FAILED
    assert judge(AnymailUnsupportedFeature("no such thing")).result is Result.FAILED


def test_no_connection_is_a_certain_no_and_a_broken_one_is_a_doubt() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        outcome = judge(posting(f"http://127.0.0.1:{closed.getsockname()[1]}/", (5, 5)))
    assert (outcome.result, outcome.down) == (Result.LATER, True)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        outcome = judge(posting(f"http://127.0.0.1:{silent.getsockname()[1]}/", (5, 0.2)))
    assert (outcome.result, outcome.down) == (Result.UNKNOWN, False)
    assert judge(RuntimeError("anything")).result is Result.UNKNOWN


class Failing(BaseEmailBackend):
    """A backend of MAILERS that answers with an HTTP status."""

    def __init__(self, *, status: int, alias: str) -> None:
        super().__init__(alias=alias)
        self.status = status

    def send_messages(self, email_messages: Any) -> int:
        raise answered(self.status)


@pytest.mark.django_db
@pytest.mark.parametrize(("status", "state"), [(422, "failed"), (429, "queued"), (200, "unknown")])
def test_what_a_service_answers_is_what_the_row_says(status: int, state: str) -> None:
    message = queue()
    backend = {"BACKEND": "tests.outreach.test_transports.Failing", "OPTIONS": {"status": status}}
    with override_settings(MAILERS={"default": backend, "bulk": backend}):
        deliver_due(now=NOON)
    assert settled(message).state == state


@pytest.mark.django_db
def test_a_service_that_is_not_set_up_keeps_the_message() -> None:
    message = queue()
    backend = {"BACKEND": "tests.outreach.test_transports.NoSuchBackend"}
    with override_settings(MAILERS={"default": backend, "bulk": backend}):
        assert deliver_due(now=NOON) == DeliveryCount(put_off=1)
    assert "cannot be used" in settled(message).reason


@pytest.mark.django_db
def test_one_sender_that_is_down_does_not_hold_up_the_other() -> None:
    down = {"BACKEND": "tests.outreach.test_transports.NoSuchBackend"}
    works = {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}
    patron = make_patron("proactive")
    for number in range(3):
        queue(patron, f"a{number}", kind="library_started", consent="proactive")
        queue(patron, f"b{number}")
    with override_settings(MAILERS={"default": works, "bulk": down}):
        assert deliver_due(now=NOON) == DeliveryCount(sent=3, put_off=1)
    assert Message.objects.filter(state="queued", refusals=0).count() == 2


@pytest.mark.django_db
def test_a_server_that_does_not_take_our_address_ends_the_run_and_loses_no_letter() -> None:
    messages = [queue(make_patron(), f"a{number}") for number in range(4)]
    with SmtpSink() as sink, override_settings(MAILERS=sink.mailers):
        sink.fail(Fault("mail", "550 5.7.1 Sender verification failed"))
        assert deliver_due(now=NOON) == DeliveryCount(put_off=1)
        assert Message.objects.filter(state="queued", refusals=0).count() == 3
        assert "MAIL_FROM and REPLY_DOMAIN" in settled(messages[0]).reason
        sink.fail()
        assert deliver_due(now=NOON + HOUR).sent == 4


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("smtp://mail.example.org:2525", SmtpTransport),
        ("file:///tmp/mail", FolderTransport),
        ("mailgun://?api_key=x", ProviderTransport),
    ],
)
def test_the_way_out_follows_the_settings(url: str, kind: type) -> None:
    with override_settings(MAILERS={"default": mailer(url)}):
        assert isinstance(transport_for("default"), kind)


def test_smtp_settings_are_taken_over() -> None:
    with override_settings(MAILERS={"default": mailer("smtps://me:p%40ss@mail.example.org")}):
        transport = transport_for("default")
    assert isinstance(transport, SmtpTransport)
    assert transport.server == SmtpServer("mail.example.org", 465, "me", "p@ss", starttls=False, tls=True)


def test_a_server_without_tls_or_with_another_password_is_down_in_plain_words() -> None:
    with SmtpSink() as sink:
        wants_tls = SmtpTransport(SmtpServer(sink.host, sink.port, starttls=True))
        outcome = wants_tls.send(a_mail(), gate=lambda: True)
        assert (outcome.result, outcome.down) == (Result.LATER, True)
        assert "No secure connection" in outcome.words
        signs_in = SmtpTransport(SmtpServer(sink.host, sink.port, "me", "wrong"))
        outcome = signs_in.send(a_mail(), gate=lambda: True)
        assert (outcome.result, outcome.down) == (Result.LATER, True)
        assert sink.messages == []


def test_a_closed_gate_leaves_nothing_at_the_server_and_the_next_mail_leaves() -> None:
    with SmtpSink() as sink:
        transport = SmtpTransport(SmtpServer(sink.host, sink.port))
        assert transport.send(a_mail(), gate=lambda: False).result is Result.HELD
        assert transport.send(a_mail(), gate=lambda: True).result is Result.SENT
        transport.close()
        assert [message.text.split() for message in sink.messages] == [["..", ".", "last"]]


def test_an_error_of_ours_at_the_gate_is_not_taken_for_one_of_the_server() -> None:
    def broken() -> bool:
        raise RuntimeError("the database is away")

    with SmtpSink() as sink:
        transport = SmtpTransport(SmtpServer(sink.host, sink.port))
        with pytest.raises(RuntimeError, match="database"):
            transport.send(a_mail(), gate=broken)
        transport.close()
        assert sink.messages == []


def test_a_server_that_greets_with_silence_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("outreach.services.transports.smtp.CONNECT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        outcome = SmtpTransport(SmtpServer("127.0.0.1", silent.getsockname()[1])).send(a_mail(), gate=lambda: True)
    assert (outcome.result, outcome.down) == (Result.LATER, True)
    assert "does not answer" in outcome.words
