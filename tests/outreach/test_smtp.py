"""What every answer and every silence of a mail server means for one mail."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.services.transports import smtp as timings
from outreach.services.transports.outcome import Outcome, Result, plain
from outreach.services.transports.smtp import SmtpServer, SmtpTransport
from outreach.services.transports.smtp_verdict import verdict
from outreach.services.transports.two_step_smtp import Refused
from tests.outreach.mails import a_mail
from tests.smtp_sink import Fault, SmtpSink

CODES = [421, 450, 451, 452, 550, 552, 554]


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    with SmtpSink() as server:
        yield server


@pytest.fixture(params=["pipelining", "one by one"])
def either_sink(request: pytest.FixtureRequest) -> Iterator[SmtpSink]:
    with SmtpSink() as server:
        if request.param != "pipelining":
            server.offers.remove("PIPELINING")
        yield server


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """The times of a mail, twenty times as short."""
    for name in ("CONNECT_SECONDS", "READY_SECONDS", "ANSWER_SECONDS", "MAIL_SECONDS", "GOODBYE_SECONDS"):
        monkeypatch.setattr(timings, name, getattr(timings, name) / 20)


def transport_to(sink: SmtpSink, **over: object) -> SmtpTransport:
    return SmtpTransport(SmtpServer(sink.host, sink.port, **over))  # type: ignore[arg-type]  # as named there


def sent_to(sink: SmtpSink, *faults: Fault) -> Outcome:
    sink.fail(*faults)
    transport = transport_to(sink)
    outcome = transport.send(a_mail(), gate=lambda: True)
    transport.close()
    return outcome


NOT_FROM_US = {("mail", 550), ("mail", 554)}


def expected(step: str, code: int) -> Result:
    if step in {"banner", "ehlo"} or code < 500 or (step, code) in NOT_FROM_US | {("rcpt", 552)}:
        return Result.LATER
    return Result.FAILED


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("step", ["banner", "ehlo", "mail", "rcpt", "data", "dot"])
def test_every_answer_at_every_step(either_sink: SmtpSink, step: str, code: int) -> None:
    outcome = sent_to(either_sink, Fault(step, f"{code} Says the server"))
    assert outcome.result is expected(step, code)
    assert outcome.down is (code == 421 or step in {"banner", "ehlo"} or (step, code) in NOT_FROM_US)
    assert "Says the server" in outcome.words or step == "ehlo"
    assert either_sink.messages == []


@pytest.mark.parametrize("step", ["banner", "ehlo", "mail", "rcpt", "data", "body"])
def test_hanging_up_before_the_dot_is_a_certain_no(either_sink: SmtpSink, step: str) -> None:
    outcome = sent_to(either_sink, Fault(step, "drop"))
    if step == "body":  # whether it shows before the dot is the network's affair
        assert outcome.result in {Result.LATER, Result.UNKNOWN}
    else:
        assert outcome.result is Result.LATER
    assert either_sink.messages == []


@pytest.mark.parametrize(("way", "accepted"), [("drop", 0), ("drop-after", 1), ("hang", 0), ("hang-after", 1)])
@pytest.mark.usefixtures("hurried")
def test_no_answer_to_the_dot_is_a_doubt(
    sink: SmtpSink, monkeypatch: pytest.MonkeyPatch, way: str, accepted: int
) -> None:
    monkeypatch.setattr(timings, "ANSWER_SECONDS", 0.3)
    outcome = sent_to(sink, Fault("dot", way))
    assert outcome.result is Result.UNKNOWN
    assert outcome.down is way.startswith("hang")
    assert len(sink.messages) == accepted


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("way", ["hang", "trickle"])
@pytest.mark.parametrize("step", ["banner", "ehlo", "mail", "rcpt", "data", "quit"])
def test_a_silent_or_trickling_server_is_given_up_in_time(sink: SmtpSink, step: str, way: str) -> None:
    sink.byte_seconds = 0.2
    began = time.monotonic()
    outcome = sent_to(sink, Fault(step, way))
    assert time.monotonic() - began < timings.MAIL_SECONDS + 1
    if step == "quit":
        assert outcome.result is Result.SENT
    else:
        assert (outcome.result, outcome.down) == (Result.LATER, True)
        assert sink.messages == []


@pytest.mark.usefixtures("hurried")
def test_a_server_that_trickles_everywhere_does_not_hold_a_worker_longer_than_one_mail_may_take(sink: SmtpSink) -> None:
    sink.byte_seconds = 0.02
    began = time.monotonic()
    outcome = sent_to(sink, *(Fault(step, "trickle") for step in ("banner", "ehlo", "mail", "rcpt", "data", "dot")))
    assert time.monotonic() - began < timings.MAIL_SECONDS + 1
    assert outcome.result in {Result.LATER, Result.UNKNOWN}


def test_the_receipt_is_what_the_server_said(sink: SmtpSink) -> None:
    assert sent_to(sink, Fault("dot", "close")) == Outcome(Result.SENT, receipt="2.0.0 Taken")
    assert len(sink.messages) == 1


def test_many_mails_take_one_connection_and_a_refused_one_does_not_end_it(either_sink: SmtpSink) -> None:
    sink = either_sink
    sink.fail(Fault("rcpt", "550 5.1.1 No", to="nobody@example.org"), Fault("dot", "451 Later", mails=(4,)))
    transport = transport_to(sink)
    results = [transport.send(a_mail(to=f"{name}@example.org"), gate=lambda: True).result for name in ("a", "b")]
    results.append(transport.send(a_mail(to="nobody@example.org"), gate=lambda: True).result)
    results += [transport.send(a_mail(to=f"{name}@example.org"), gate=lambda: True).result for name in ("c", "d")]
    transport.close()
    sent, failed, later = Result.SENT, Result.FAILED, Result.LATER
    assert results == [sent, sent, failed, later, sent]
    assert [mail.recipients for mail in sink.messages] == [[f"{name}@example.org"] for name in ("a", "b", "d")]
    assert sink.connections == 1


@pytest.mark.parametrize("fault", [Fault("mail", "421 Enough for one connection", mails=(2,)), Fault("dot", "close")])
def test_a_kept_connection_that_has_ended_is_opened_anew(sink: SmtpSink, fault: Fault) -> None:
    sink.fail(fault)
    transport = transport_to(sink)
    for _number in range(2):
        assert transport.send(a_mail(), gate=lambda: True).result is Result.SENT
        time.sleep(0.05)
    transport.close()
    assert (len(sink.messages), sink.connections) == (2, 2)


def test_a_definite_no_after_the_gate_is_not_tried_again_on_the_spot(sink: SmtpSink) -> None:
    """The gate opens once for an attempt; the outbox decides about the next."""
    transport, asked = transport_to(sink), list[int]()

    def gate() -> bool:
        asked.append(1)
        return len(asked) == 1

    assert transport.send(a_mail(), gate=lambda: True).result is Result.SENT
    sink.fail(Fault("dot", "421 4.3.2 Going down"))
    outcome = transport.send(a_mail(), gate=gate)
    assert (outcome.result, outcome.down, asked) == (Result.LATER, True, [1])
    transport.close()


def test_where_data_is_welcome_although_the_recipient_is_not_nothing_is_given(sink: SmtpSink) -> None:
    sink.fail(Fault("rcpt", "550 5.1.1 No", mails=(1,)), Fault("data", "354 Go on", mails=(1,)))
    transport = transport_to(sink)
    assert transport.send(a_mail(), gate=lambda: True).result is Result.FAILED
    assert transport.send(a_mail(), gate=lambda: True).result is Result.SENT
    transport.close()
    assert [mail.text.split() for mail in sink.messages] == [["..", ".", "last"]]
    assert sink.connections == 2


def test_a_mail_larger_than_the_server_takes_never_leaves(sink: SmtpSink) -> None:
    sink.offers = ["PIPELINING", "SIZE 500"]
    outcome = sent_to(sink)
    assert outcome.result is Result.FAILED
    assert "larger" in outcome.words
    assert sink.messages == []


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("over", [{"starttls": True}, {"tls": True}])
def test_a_server_whose_tls_fails_is_down_and_gets_nothing_in_the_open(sink: SmtpSink, over: dict[str, bool]) -> None:
    sink.offers.append("STARTTLS")
    outcome = transport_to(sink, **over).send(a_mail(), gate=lambda: True)
    assert (outcome.result, outcome.down) == (Result.LATER, True)
    assert sink.messages == []


@pytest.mark.parametrize(
    ("step", "code", "said", "result", "words"),
    [
        ("rcpt", 550, "5.1.1 User unknown", Result.FAILED, "there is no such mailbox: “550 5.1.1 User unknown”"),
        ("rcpt", 450, "4.7.1 Greylisted, come back", Result.LATER, "does not know us yet"),
        ("rcpt", 451, "4.2.2 Over quota", Result.LATER, "the mailbox is full"),
        ("rcpt", 452, "4.5.3 Too many recipients", Result.LATER, "too many recipients"),
        ("rcpt", 552, "Too many", Result.LATER, "put it off|refused it"),
        ("rcpt", 552, "5.2.2 Mailbox full", Result.LATER, "the mailbox is full"),
        ("dot", 552, "5.2.2 Mailbox full", Result.LATER, "the mailbox is full"),
        ("dot", 552, "5.3.4 Message too big", Result.FAILED, "the mail is too large"),
        ("rcpt", 552, "5.3.4 Message too big", Result.FAILED, "the mail is too large"),
        ("mail", 552, "Too big", Result.FAILED, "refused it"),
        ("mail", 550, "5.3.4 Message too big", Result.FAILED, "the mail is too large"),
        ("mail", 552, "5.2.3 Message too big", Result.FAILED, "the mail is too large"),
        ("mail", 554, "5.6.7 Not in these letters", Result.FAILED, "refused it"),
        ("dot", 554, "5.7.1 Spam", Result.FAILED, "it does not want this mail"),
        ("dot", 550, "5.7.26 Unauthenticated", Result.FAILED, "cannot tell that this mail is from us"),
        ("rcpt", 550, "5.7.515 Access denied", Result.FAILED, "cannot tell that this mail is from us"),
        ("mail", 530, "5.7.0 Sign in first", Result.LATER, "wants to know who we are"),
        ("rcpt", 554, "Relay access denied", Result.FAILED, "does not take mail for this address"),
        ("dot", 354, "Go on", Result.UNKNOWN, "not understood"),
        ("dot", -1, "what", Result.UNKNOWN, "not understood"),
        ("rcpt", 354, "Go on", Result.LATER, "not understood"),
    ],
)
def test_a_librarian_reads_why_with_the_servers_own_words(
    step: str, code: int, said: str, result: Result, words: str
) -> None:
    outcome = verdict(Refused(step, code, said.encode()))
    assert outcome.result is result
    assert any(one in outcome.words for one in words.split("|")), outcome.words
    assert said in outcome.words
    assert outcome.down is (code == 530)


@pytest.mark.parametrize(
    ("step", "code", "said"),
    [
        ("mail", 550, "Not you"),
        ("mail", 550, "5.1.8 The domain of the sender does not exist"),
        ("mail", 553, "5.7.1 Sender address rejected: not owned by user"),
        ("mail", 554, "5.7.1 We do not know you"),
        ("rcpt", 553, "5.1.7 No such sender"),
        ("rcpt", 550, "5.7.1 <bounce@library.example>: Sender address rejected: undeliverable address"),
        ("rcpt", 550, "Sender verify failed"),
    ],
)
def test_a_no_to_our_own_address_is_about_no_letter(step: str, code: int, said: str) -> None:
    outcome = verdict(Refused(step, code, said.encode()))
    assert (outcome.result, outcome.down) == (Result.LATER, True)
    assert outcome.words.startswith("The mail server does not take mail from our address (see MAIL_FROM")
    assert said in outcome.words


def test_what_a_server_says_of_the_recipient_is_about_that_mail() -> None:
    said = b"5.1.1 Recipient address rejected: the next server said: Sender verify failed"
    assert verdict(Refused("rcpt", 550, said)).result is Result.FAILED


@given(st.sampled_from(["mail", "rcpt", "data", "body", "dot"]), st.integers(-1, 999), st.binary(max_size=400))
def test_whatever_a_server_says_is_one_short_line(step: str, code: int, said: bytes) -> None:
    words = verdict(Refused(step, code, said)).words
    assert words.isprintable()
    assert len(words) < 300
    assert plain(said).isprintable()


def test_secure_connections_check_who_answers() -> None:
    context = SmtpTransport(SmtpServer("localhost", 1))._context
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED
