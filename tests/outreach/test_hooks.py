"""Calls of mail services: recorded ones end as listed, forged ones leave nothing, odd ones break nothing."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import DatabaseError
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outreach.models import Message, ProviderEvent, Reply
from outreach.views import hooks
from relcrm.kit import env
from tests.builders import make_patron
from tests.outreach.reports import sent_mail

pytestmark = pytest.mark.django_db
CALLS = Path(__file__).resolve().parents[3] / "shared" / "data" / "webhooks"
KEY = "TEST_WEBHOOK_SIGNING_KEY"
OURS = "Basic " + base64.b64encode(b"username:password").decode()
NOT_STORED = {"opened", "clicked"}
QUIET = {"suppress_health_check": [HealthCheck.function_scoped_fixture], "deadline": None}


@pytest.fixture(autouse=True)
def services(settings: LazySettings) -> None:
    allowed = ["username:password", "cred1:pass1", "cred2:pass2"]
    settings.ANYMAIL = {"WEBHOOK_SECRET": allowed, "MAILGUN_WEBHOOK_SIGNING_KEY": KEY}


def post(path: str, body: bytes, *, content_type: str = "application/json", auth: str = OURS) -> int:
    headers = {"HTTP_AUTHORIZATION": auth} if auth else {}
    client = Client(enforce_csrf_checks=True)
    return client.generic("POST", f"/hooks/{path}", body, content_type=content_type, **headers).status_code  # type: ignore[arg-type]  # headers of WSGI


def postmark(path: str = "tracking", *, auth: str = OURS, **said: Any) -> int:
    return post(f"postmark/{path}/", json.dumps(said).encode(), auth=auth)


def recorded() -> list[Any]:
    if not CALLS.exists():
        return [pytest.param(None, marks=pytest.mark.skip(reason="the recorded calls are not on this machine"))]
    return [pytest.param(path, id=path.stem) for path in sorted(CALLS.glob("*/*.json"))]


@pytest.mark.parametrize("path", recorded())
def test_every_recorded_call_ends_as_listed(
    path: Path, settings: LazySettings, caplog: pytest.LogCaptureFixture
) -> None:
    call = json.loads(path.read_text())
    if "defaults_webhook_signing_to_api_key" in call["test"]:
        settings.ANYMAIL = settings.ANYMAIL | {"MAILGUN_WEBHOOK_SIGNING_KEY": "TEST_API_KEY"}
    if "requires_webhook_signing_key" in call["test"]:
        settings.ANYMAIL = {"WEBHOOK_SECRET": ["username:password"]}
    body = path.with_suffix(".body").read_bytes()
    address = call["path"].removeprefix("/anymail/")
    auth = call["headers"].get("HTTP_AUTHORIZATION", "")
    for _twice in range(2):
        status = post(address, body, content_type=call["content_type"], auth=auth)
        # What Anymail takes for a service set up wrongly is refused in plain words, not broken on.
        assert status == (call.get("status") or 400)
    listed = call.get("events", [])
    if status != 200:
        assert "hooks: " in caplog.text
        listed = []
    tracked = [event for event in listed if event["signal"] == "AnymailTrackingEvent"]
    assert [(event.kind, event.recipient, event.message_key) for event in ProviderEvent.objects.order_by("pk")] == [
        (event["event_type"], event["recipient"] or "", event["message_id"] or "")
        for event in tracked
        if event["event_type"] not in NOT_STORED
    ]
    assert Reply.objects.count() == len(listed) - len(tracked)


def test_a_call_is_kept_as_it_came() -> None:
    body = b'{"RecordType": "Delivery",  "MessageID": "a-1", "Recipient": "iris@example.org"}'
    assert post("postmark/tracking/", body) == 200
    assert ProviderEvent.objects.get().raw == body.decode()


def test_openings_and_clicks_are_not_read() -> None:
    assert postmark(RecordType="Open", MessageID="a-1") == 200
    assert postmark(RecordType="Click", MessageID="a-1", OriginalLink="https://example.org/") == 200
    assert not ProviderEvent.objects.exists()


@pytest.mark.parametrize("auth", ["", "Basic bad", "Basic " + base64.b64encode(b"relcrm:guess").decode(), "Bearer x"])
def test_a_call_that_does_not_prove_itself_leaves_nothing(auth: str, caplog: pytest.LogCaptureFixture) -> None:
    message = sent_mail(make_patron(), provider_id="a-1")
    assert postmark(auth=auth, RecordType="Bounce", Type="HardBounce", MessageID="a-1", ID=1) == 400
    assert postmark("inbound", auth=auth, FromFull={"Email": "iris@example.org"}, TextBody="Hello") == 400
    message.refresh_from_db()
    assert (message.fate, ProviderEvent.objects.count(), Reply.objects.count()) == ("", 0, 0)
    assert "hooks: postmark/tracking/: refused" in caplog.text


def signed(said: dict[str, Any], key: str = KEY) -> bytes:
    signature = hmac.new(key.encode(), b"1700000000token-1", hashlib.sha256).hexdigest()
    return json.dumps(
        {"signature": {"timestamp": "1700000000", "token": "token-1", "signature": signature}, "event-data": said}
    ).encode()


def test_without_a_secret_only_signed_calls_are_heard(settings: LazySettings) -> None:
    settings.ANYMAIL = {"MAILGUN_WEBHOOK_SIGNING_KEY": KEY}
    said = {"event": "delivered", "recipient": "iris@example.org"}
    assert post("mailgun/tracking/", signed(said, "guess"), auth="") == 400
    assert ProviderEvent.objects.count() == 0
    assert post("mailgun/tracking/", signed(said), auth="") == 200
    assert ProviderEvent.objects.get().source == "mailgun"
    assert postmark(auth="", RecordType="Delivery") == 404
    settings.ANYMAIL = {}
    assert post("mailgun/tracking/", signed(said)) == 404
    assert postmark(RecordType="Delivery") == 404


@pytest.mark.parametrize("service", ["brevo", "mailjet", "mandrill", "resend", "sparkpost", "postal", "amazon_ses"])
def test_what_a_service_needs_and_has_not_is_refused_and_said(service: str, caplog: pytest.LogCaptureFixture) -> None:
    """Every service Anymail knows has its address; what is not set up, or not installed, is no fault of the page."""
    path = "mandrill/" if service == "mandrill" else f"{service}/tracking/"
    assert post(path, b"not what they send") == 400
    assert f"hooks: {path}: refused" in caplog.text


def test_an_unknown_service_is_no_page() -> None:
    assert post("nobody/tracking/", b"{}") == 404
    assert post("postmark/", b"{}") == 404
    assert Client().get("/hooks/postmark/tracking/").status_code == 405


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = ["RecordType", "Type", "MessageID", "ID", "Email", "Recipient", "DeliveredAt", "BouncedAt", "Metadata"]
NAMES += ["Details", "Description", "SuppressSending", "SuppressionReason", "ChangedAt"]
INBOUND = ["FromFull", "ToFull", "CcFull", "BccFull", "Subject", "Headers", "TextBody", "HtmlBody", "Attachments"]
INBOUND += ["RawEmail", "MessageID", "OriginalRecipient", "Date", "ReplyTo"]
KINDS = st.sampled_from(["Bounce", "Delivery", "SpamComplaint", "SubscriptionChange"])


@settings(max_examples=25, **QUIET)  # type: ignore[arg-type]  # the values differ in kind
@given(body=st.binary(max_size=300) | ANY.map(lambda said: json.dumps(said).encode()))
def test_no_bytes_break_a_hook(body: bytes) -> None:
    for path in (
        "postmark/tracking/",
        "postmark/inbound/",
        "mailgun/tracking/",
        "sparkpost/tracking/",
        "brevo/inbound/",
    ):
        assert post(path, body) in {200, 400}


@settings(max_examples=25, **QUIET)  # type: ignore[arg-type]  # as above
@given(
    said=st.dictionaries(st.sampled_from(NAMES), ANY),
    kind=KINDS,
    brought=st.dictionaries(st.sampled_from(INBOUND), ANY),
)
def test_no_values_break_a_hook(said: dict[str, Any], kind: str, brought: dict[str, Any]) -> None:
    assert postmark(**(said | {"RecordType": kind})) in {200, 400}
    assert postmark("inbound", **brought) in {200, 400}
    assert post("mailgun/tracking/", signed(said | {"event": "failed"})) in {200, 400}


@settings(max_examples=20, **QUIET)  # type: ignore[arg-type]  # as above
@given(
    parts=st.lists(
        st.tuples(st.sampled_from(["token", "signature", "body-mime", "event", "sender"]), st.binary()), max_size=4
    )
)
def test_no_form_breaks_a_hook(parts: list[tuple[str, bytes]]) -> None:
    lines = [
        b'--x\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n' % (name.encode(), said)
        for name, said in parts
    ]
    for path in ("mailgun/inbound_mime/", "mailgun/tracking/"):
        assert post(path, b"".join(lines) + b"--x--\r\n", content_type="multipart/form-data; boundary=x") in {200, 400}


def test_a_large_mail_comes_in_and_a_larger_one_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    assert postmark("inbound", TextBody="x" * 3_000_000, Subject="Large") == 200
    assert Reply.objects.count() == 1
    assert postmark("inbound", TextBody="x" * 25_000_001) == 400
    assert Reply.objects.count() == 1
    # No other address takes as much, in whatever form.
    for content_type in ("application/json", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded"):
        assert Client().generic("POST", "/suggest/", b"x" * 1_000_001, content_type=content_type).status_code == 400


def test_when_our_database_fails_the_service_has_to_tell_it_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_facts: object) -> int:
        raise DatabaseError("away")

    monkeypatch.setattr(hooks, "take_events", broken)
    client = Client(raise_request_exception=False)
    answer = client.post("/hooks/postmark/tracking/", b"{}", content_type="application/json", HTTP_AUTHORIZATION=OURS)
    assert answer.status_code == 500


def test_a_mail_that_comes_in_twice_is_one() -> None:
    said: dict[str, Any] = {"FromFull": {"Email": "iris@example.org"}, "TextBody": "Thank you", "MessageID": "mail-1"}
    said |= {"Headers": [{"Name": "Message-ID", "Value": "<one@example.org>"}]}
    assert postmark("inbound", **said) == 200
    assert postmark("inbound", **(said | {"MessageID": "mail-2"})) == 200
    assert Reply.objects.get().message_id == "<one@example.org>"


def test_keys_come_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from a file\n")
    monkeypatch.setenv("MAILGUN_WEBHOOK_SIGNING_KEY", "plain")
    monkeypatch.setenv("ANYMAIL_MAILGUN_WEBHOOK_SIGNING_KEY", "named")
    monkeypatch.setenv("MANDRILL_WEBHOOK_KEY_FILE", str(tmp_path / "key"))
    monkeypatch.setenv("SOMETHING_ELSE", "no")
    assert env.mail_services("secret, user:password") == {
        "MAILGUN_WEBHOOK_SIGNING_KEY": "named",
        "MANDRILL_WEBHOOK_KEY": "from a file",
        "WEBHOOK_SECRET": ["relcrm:secret", "user:password"],
    }
    monkeypatch.delenv("ANYMAIL_MAILGUN_WEBHOOK_SIGNING_KEY")
    assert env.mail_services("")["MAILGUN_WEBHOOK_SIGNING_KEY"] == "plain"


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """The handler that prints lines for people is not wanted here."""
    logging.getLogger("django.request").setLevel(logging.CRITICAL)
    yield
    logging.getLogger("django.request").setLevel(logging.NOTSET)


def test_a_complaint_is_heard_whatever_the_service_calls_the_mail() -> None:
    message = sent_mail(make_patron())
    key = message.message_id.strip("<>")
    said = {"event": "complained", "recipient": message.to_address, "message": {"headers": {"message-id": key}}}
    assert post("mailgun/tracking/", signed(said)) == 200
    assert Message.objects.get().fate == "complained"
