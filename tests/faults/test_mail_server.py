"""A mail server that answers anything at any step, falls silent, dribbles and hangs up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import override_settings

from outreach.models import Message
from outreach.services.delivery import deliver_due
from tests.builders import NOON, make_patron
from tests.faults.invariants import Account
from tests.outreach.test_delivery import queue
from tests.smtp_faults import Fault
from tests.smtp_sink import SmtpSink

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]
Tell = Callable[..., None]
STEPS = ("banner", "ehlo", "mail", "rcpt", "data", "dot")
CODES = (421, 450, 451, 452, 550, 552, 554)
BREAKS = [
    *((step, "drop") for step in ("banner", "ehlo", "mail", "rcpt", "data", "body", "dot")),
    ("dot", "drop-after"),
    ("dot", "hang-after"),
    *((step, "hang") for step in ("banner", "mail", "rcpt", "data", "dot")),
    *((step, "trickle") for step in ("mail", "dot")),
]
ABOUT_THE_MAIL = {"rcpt", "data", "dot"}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seconds become tenths of seconds: what matters is that they end."""
    monkeypatch.setattr("outreach.services.transports.smtp.CONNECT_SECONDS", 0.5)
    monkeypatch.setattr("outreach.services.transports.smtp.ANSWER_SECONDS", 0.7)


def attempt(sink: SmtpSink, number: int, *faults: Fault) -> Message:
    """One mail that meets the fault, and what is known of it then."""
    message = queue(make_patron(), str(number))
    sink.fail(*faults)
    deliver_due(now=NOON)
    message.refresh_from_db()
    return message


def next_day(sink: SmtpSink) -> None:
    """The server is well again, and what was put off is due."""
    sink.fail()
    for hours in (1, 6, 12):
        deliver_due(now=NOON + timedelta(hours=hours))


def account(sink: SmtpSink) -> Account:
    """The same look as after the trials with processes; raises where an invariant does not hold."""
    times = Counter(str(received.mail["Message-ID"]) for received in sink.messages)
    states = dict(Message.objects.values_list("message_id", "state"))
    counts = Counter(states.values())
    sent = {one for one, state in states.items() if state == "sent"}
    unknown = {one for one, state in states.items() if state == "unknown"}
    assert set(times) <= sent | unknown, "I1: taken and not known"
    assert sent <= set(times), "I1: called sent and never taken"
    assert set(times.values()) <= {1}, "I2: more than once"
    assert counts["sending"] == counts["queued"] == 0, "I4: something still waits"
    return Account(
        rows=len(states),
        sent=counts["sent"],
        unknown=counts["unknown"],
        cancelled=counts["cancelled"],
        failed=counts["failed"],
        waiting=counts["queued"],
        accepted=len(sink.messages),
        duplicates=0,
        unknown_accepted=len(unknown & set(times)),
    )


def test_every_answer_at_every_step(tell: Tell) -> None:
    with SmtpSink() as sink, override_settings(MAILERS=sink.mailers):
        for number, (step, code) in enumerate((step, code) for step in STEPS for code in CODES):
            message = attempt(sink, number, Fault(step, f"{code} 0.0.0 As it pleases"))
            temporary = code < 500 or step not in ABOUT_THE_MAIL
            if step == "mail":  # a no to our sender; but 552 speaks of this mail's size
                temporary = code != 552
            if (step, code) == ("rcpt", 552):  # too many recipients, RFC 5321 4.5.3.1.10
                temporary = message.state == "queued"
            assert message.state == ("queued" if temporary else "failed"), f"{code} at {step}: {message.reason}"
            assert message.reason, f"{code} at {step}"
        assert sink.messages == []
        next_day(sink)
        found = account(sink)
    assert found.unknown == 0
    tell("every answer (421 to 554) at every step", found)


def test_every_break_at_every_step(tell: Tell) -> None:
    with SmtpSink() as sink, override_settings(MAILERS=sink.mailers):
        sink.byte_seconds = 0.3
        for number, (step, way) in enumerate(BREAKS):
            message = attempt(sink, number, Fault(step, way))
            after_the_dot = step == "dot"
            allowed = {"unknown"} if after_the_dot else {"queued"}
            if way == "trickle":
                allowed = {"queued", "sent"} | ({"unknown"} if after_the_dot else set())
            assert message.state in allowed, f"{way} at {step}: {message.state}, {message.reason}"
        next_day(sink)
        found = account(sink)
    assert found.sent > 0
    assert found.unknown > 0
    tell("hanging, dribbling and hanging up at every step", found)
