"""A mail leaves through every mail service, and each answer, or its lack, means what is certain and no more."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from unittest import mock
from urllib.parse import urlencode

import pytest
import requests
from django.core.mail import mailers
from django.test import override_settings
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from outreach.mail.reading.told import MESSAGE_NUMBER
from outreach.services.transports.outcome import Outcome, Result
from outreach.services.transports.provider import ProviderTransport
from outreach.services.transports.provider_ways import WAYS, key_of
from relcrm.kit.env import mailer
from tests.outreach.mails import a_mail

# Anymail looks after SendGrid no longer, but it is there.
pytestmark = pytest.mark.filterwarnings("ignore::anymail.exceptions.AnymailNotSupportedWarning")

TO = "iris@example.org"
# What EMAIL_URL says of each, and what it answers when it takes a mail.
SERVICES: dict[str, tuple[dict[str, str], object]] = {
    "brevo": ({"api_key": "k"}, {"messageId": "<1@b>"}),
    "mailersend": ({"api_token": "k"}, None),
    "mailgun": ({"api_key": "k"}, {"id": "<1@mailgun>", "message": "Queued. Thank you."}),
    "mailjet": (
        {"api_key": "k", "secret_key": "s"},
        {"Messages": [{"Status": "success", "To": [{"Email": TO, "MessageID": 77, "MessageUUID": "u"}]}]},
    ),
    "mailtrap": ({"api_token": "k"}, {"success": True, "message_ids": ["m-1"]}),
    "mandrill": ({"api_key": "k"}, [{"email": TO, "status": "sent", "_id": "md1"}]),
    "postal": (
        {"api_key": "k", "api_url": "https://postal.example/"},
        {"status": "success", "data": {"message_id": "x", "messages": {TO: {"id": 1503, "token": "t"}}}},
    ),
    "postmark": ({"server_token": "k"}, {"To": TO, "MessageID": "pm-1", "ErrorCode": 0, "Message": "OK"}),
    "resend": ({"api_key": "k"}, {"id": "re-1"}),
    "scaleway": (
        {"secret_key": "k", "project_id": "p"},
        {"emails": [{"id": "s-1", "mail_rcpt": TO, "rcpt_to": TO, "status": "new", "message_id": "<x>"}]},
    ),
    "sendgrid": ({"api_key": "k"}, None),
    "sparkpost": (
        {"api_key": "k"},
        {"results": {"id": "sp-1", "total_accepted_recipients": 1, "total_rejected_recipients": 0}},
    ),
    "unisender_go": (
        {"api_key": "k", "api_url": "https://go1.unisender.ru/ru/transactional/api/v1/"},
        {"status": "success", "job_id": "j-1", "emails": [TO]},
    ),
}
Reply = requests.Response | Exception


def answer(status: int = 200, body: object = None) -> requests.Response:
    response = requests.Response()
    response.status_code, response.reason = status, "as the service says"
    response._content = b"" if body is None else json.dumps(body).encode()
    response.headers["Content-Type"] = "text/html" if body is None else "application/json"
    response.headers["X-Message-Id"] = "ms-1"
    return response


class Service:
    """Answers requests one after the other as told, and remembers them."""

    def __init__(self, name: str) -> None:
        self.name, self.replies, self.requests = name, list[Reply](), list[dict[str, Any]]()

    def taken(self) -> requests.Response:
        return answer(202 if SERVICES[self.name][1] is None else 200, SERVICES[self.name][1])

    def __call__(self, session: requests.Session, **params: Any) -> requests.Response:
        self.requests.append(params | {"session_headers": dict(session.headers)})
        reply = self.replies.pop(0) if self.replies else self.taken()
        if isinstance(reply, Exception):
            raise reply
        return reply

    @property
    def wrote(self) -> str:
        """All that the last request said."""
        last = self.requests[-1]
        files = last["files"] or []
        return json.dumps([str(last[part]) for part in ("url", "data", "headers", "session_headers")] + [str(files)])


@pytest.fixture(params=sorted(SERVICES))
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    yield from at(request.param)


@pytest.fixture
def resend() -> Iterator[Service]:
    yield from at("resend")


@pytest.fixture
def brevo() -> Iterator[Service]:
    yield from at("brevo")


def at(name: str) -> Iterator[Service]:
    there = Service(name)
    entry = mailer(f"{name.replace('_', '-')}://?{urlencode(SERVICES[name][0])}")

    def ask(session: requests.Session, **params: Any) -> requests.Response:
        return there(session, **params)

    with override_settings(MAILERS={"default": entry}), mock.patch.object(requests.Session, "request", ask):
        yield there


def send(**over: Any) -> Outcome:
    transport = ProviderTransport("default")
    outcome = transport.send(a_mail(**over), gate=lambda: True)
    transport.close()
    return outcome


HEADERS = (
    ("In-Reply-To", "<theirs@mail.example>"),
    ("List-Unsubscribe", "<https://read.example.org/unsubscribe/x/>"),
    ("Auto-Submitted", "no"),
)


def test_a_mail_leaves_through_every_service_with_what_finds_it_again(service: Service) -> None:
    outcome = send(headers=HEADERS)
    assert outcome.result is Result.SENT, outcome.words
    assert outcome.provider_id
    assert len(service.requests) == 1
    assert service.requests[0]["timeout"] == (10.0, 30.0)
    said = service.wrote
    for words in (
        "Three books",
        TO,
        "reply+t12.0123456789abcdef@library.example",
        "https://read.example.org/unsubscribe/x/",
    ):
        assert words in said
    ways = WAYS[type(mailers["default"]).esp_name]  # type: ignore[attr-defined]  # Anymail's, by the table above
    assert (MESSAGE_NUMBER in said) is ways.metadata
    assert ("<letter.0123@library.example>" in said) is (service.name not in {"mailersend"})


TRACKED = {
    "mailersend": ['"track_clicks": false', '"track_opens": false'],
    "mailgun": ["'o:tracking-clicks': 'no'", "'o:tracking-opens': 'no'"],
    "mailjet": ['"TrackClicks": "disabled"', '"TrackOpens": "disabled"'],
    "mandrill": ['"track_clicks": false', '"track_opens": false'],
    "postmark": ['"TrackLinks": "None"', '"TrackOpens": false'],
    "sendgrid": ['"click_tracking": {"enable": false}', '"open_tracking": {"enable": false}'],
    "sparkpost": ['"click_tracking": false', '"open_tracking": false'],
    "unisender_go": ['"track_links": 0', '"track_read": 0'],
}


def test_opens_and_clicks_are_switched_off_wherever_a_mail_can_say_so(service: Service) -> None:
    send()
    said = str(service.requests[0]["data"])
    assert [words for words in TRACKED.get(service.name, []) if words not in said] == []
    ways = WAYS[type(mailers["default"]).esp_name]  # type: ignore[attr-defined]  # Anymail's, by the table above
    assert ways.tracking is (service.name in TRACKED)


@pytest.mark.parametrize(
    ("status", "result", "down"),
    [
        (400, Result.FAILED, False),
        (422, Result.FAILED, False),
        (401, Result.LATER, True),
        (403, Result.LATER, True),
        (429, Result.LATER, True),
        (500, Result.UNKNOWN, True),
        (502, Result.UNKNOWN, True),
        (503, Result.UNKNOWN, True),
        (504, Result.UNKNOWN, True),
    ],
)
def test_every_answer_of_every_service(service: Service, status: int, result: Result, *, down: bool) -> None:
    service.replies = [answer(status, {"error": "no", "message": "no"})] * 2
    outcome = send()
    assert (outcome.result, outcome.down) == (result, down)
    assert "mail service" in outcome.words


def connecting(error: Exception) -> requests.ConnectionError:
    broken = requests.ConnectionError("Max retries exceeded")
    broken.__cause__ = error
    return broken


def test_no_connection_is_certain_and_a_broken_one_is_not(service: Service) -> None:
    unreachable = [
        connecting(NewConnectionError(None, "refused")),  # type: ignore[arg-type]  # no connection, so none to name
        connecting(ConnectTimeoutError("timed out")),
    ]
    for error in unreachable:
        service.replies = [error]
        outcome = send()
        assert (outcome.result, outcome.down) == (Result.LATER, True)
    for lost in (requests.ReadTimeout("no answer"), requests.ConnectionError("Connection aborted.")):
        service.replies = [lost, lost]
        assert send().result is Result.UNKNOWN


def test_a_service_that_knows_a_mail_by_its_key_is_asked_again_at_once(service: Service) -> None:
    repeats = WAYS[type(mailers["default"]).esp_name].repeats  # type: ignore[attr-defined]  # Anymail's
    service.replies = [requests.ReadTimeout("no answer")]
    outcome = send()
    assert outcome.result is (Result.SENT if repeats else Result.UNKNOWN)
    assert len(service.requests) == (2 if repeats else 1)
    assert repeats is (service.name in {"brevo", "resend"})
    if repeats:
        first, second = ({**request, "timeout": None} for request in service.requests)
        assert first == second
        assert key_of(a_mail()) in service.wrote


@pytest.mark.parametrize("refused", [400, 409, 422, 500])
def test_a_no_to_the_repeated_request_settles_nothing(brevo: Service, refused: int) -> None:
    """The first may have been taken; a key that is known already says so, and no more."""
    brevo.replies = [requests.ReadTimeout("no answer"), answer(refused, {"code": "duplicate_parameter"})]
    assert send().result is Result.UNKNOWN


def test_the_key_belongs_to_the_mail_and_to_no_other(resend: Service) -> None:
    transport = ProviderTransport("default")
    for message_id in ("<1@x>", "<2@x>", "<1@x>"):
        transport.send(a_mail(message_id=message_id), gate=lambda: True)
    keys = [request["session_headers"]["Idempotency-Key"] for request in resend.requests]
    assert keys[0] == keys[2] != keys[1]


def test_a_closed_gate_asks_nobody(service: Service) -> None:
    transport = ProviderTransport("default")
    assert transport.send(a_mail(), gate=lambda: False).result is Result.HELD
    assert service.requests == []


def test_a_refused_address_and_a_failed_one_are_no_success() -> None:
    for there in at("mandrill"):
        for status in ("rejected", "invalid"):
            there.replies = [answer(200, [{"email": TO, "status": status, "_id": "x"}])]
            assert send().result is Result.FAILED
    for there in at("mailjet"):
        there.replies = [answer(200, {"Messages": [{"Status": "error", "Errors": [{"ErrorMessage": "no"}]}]})]
        assert send().result is Result.FAILED


@pytest.mark.parametrize("body", [b"<html>", b"", b"[]", b'{"id"'])
def test_an_answer_that_is_not_understood_is_a_doubt(resend: Service, body: bytes) -> None:
    strange = answer(200)
    strange._content = body
    resend.replies = [strange, strange]
    assert send().result is Result.UNKNOWN
