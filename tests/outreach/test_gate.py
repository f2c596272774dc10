"""The gate under every order of events: claims, marks, answers, dead workers, a crashed database, second thoughts."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.models import Message, ServerLife
from outreach.services.batch import record_outcome
from outreach.services.claiming import claim_due
from outreach.services.delivery import DeliveryCount, deliver_due
from outreach.services.gate import LEASE, Accepted, end_expired_leases, mark_leaving, pass_gate, release
from outreach.services.outbox import readdress_waiting
from outreach.services.transports.outcome import Outcome, Result
from patrons.models import Consent
from patrons.services.consents import withdraw_consent
from patrons.services.suppressions import suppress_address
from tests.builders import NOON, make_patron
from tests.outreach.test_delivery import KINDS, queue, queue_check_in, settled

pytestmark = pytest.mark.django_db


def claim_all(at: datetime = NOON) -> list[Message]:
    return claim_due(now=at, lease_from=at, kinds=KINDS).messages


def crash() -> None:
    """What recovery of the database does to the table that is not logged."""
    ServerLife.objects.all().delete()


def test_one_statement_settles_the_mail_before_and_lets_the_next_one_leave() -> None:
    queue(key="1")
    queue(key="2")
    first, second = claim_all()
    assert pass_gate(message=first, at=NOON) == (True, False)
    accepted = Accepted(first, NOON, "2.0.0 taken as 4711", "id-1")
    assert pass_gate(message=second, at=NOON, before=accepted) == (True, True)
    assert (settled(first).state, first.sent_at, first.receipt) == ("sent", NOON, "2.0.0 taken as 4711")
    assert (first.provider_id, first.lease_until) == ("id-1", None)
    assert pass_gate(message=second, at=NOON, before=accepted) == (False, False)


def test_a_mail_written_to_another_address_than_the_one_on_file_by_now_does_not_leave() -> None:
    patron = make_patron()
    queue(patron)
    (claimed,) = claim_all()
    patron.email = "new@example.org"
    patron.save()
    assert readdress_waiting(patron=patron) == 1
    assert not mark_leaving(message=claimed, at=NOON)


@pytest.mark.parametrize("change", ["withdrawn", "suppressed", "erased", "another way"])
def test_what_changes_after_the_claim_wins(change: str) -> None:
    patron = make_patron("proactive")
    queue(patron, kind="library_started", consent="proactive")
    (claimed,) = claim_all()
    if change == "withdrawn":
        withdraw_consent(patron=patron, purpose="proactive", now=NOON)
    elif change == "suppressed":
        suppress_address(address=patron.email.upper(), reason="bounced", now=NOON)
    elif change == "erased":
        patron.delete()
    else:
        patron.preferred_channel = "phone"
        patron.save()
    assert not mark_leaving(message=claimed, at=NOON)
    assert release(messages=[claimed]) == int(change != "erased")
    assert deliver_due(now=NOON) == DeliveryCount(cancelled=int(change != "erased"))


def test_after_a_crash_of_the_database_nothing_claimed_before_leaves_and_all_of_it_is_in_doubt_at_once() -> None:
    marked, waiting = queue(key="1"), queue(key="2")
    first, second = claim_all()
    assert mark_leaving(message=first, at=NOON)
    crash()
    assert not mark_leaving(message=second, at=NOON)
    assert end_expired_leases(now=NOON) == (2, 0)
    assert (settled(marked).state, settled(waiting).state) == ("unknown", "unknown")
    # The worker that lived on knows: one was accepted, the other never begun.
    assert record_outcome(message=first, outcome=Outcome(Result.SENT), now=NOON)
    assert release(messages=[second]) == 1
    assert (settled(marked).state, settled(waiting).state, waiting.reason) == ("sent", "queued", "")
    assert deliver_due(now=NOON).sent == 1


def test_a_claim_after_the_crash_is_of_the_new_life() -> None:
    queue(key="1")
    (old,) = claim_all()
    crash()
    queue(key="2")
    (new,) = claim_all()
    assert settled(old).claim != settled(new).claim
    assert end_expired_leases(now=NOON) == (1, 0)
    assert mark_leaving(message=new, at=NOON)


def test_a_worker_that_is_told_to_stop_ends_with_the_mail_it_is_at(monkeypatch: pytest.MonkeyPatch) -> None:
    came: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, frame: came.append(number))

    def pass_then_stop(**facts: Any) -> tuple[bool, bool]:
        if facts["message"].object_key == "2":
            os.kill(os.getpid(), signal.SIGTERM)
        return pass_gate(**facts)

    monkeypatch.setattr("outreach.services.batch.pass_gate", pass_then_stop)
    try:
        for number in range(1, 6):
            queue(key=str(number))
        assert deliver_due(now=NOON) == DeliveryCount(sent=2)
        assert came == [signal.SIGTERM]
    finally:
        signal.signal(signal.SIGTERM, before)
    assert list(Message.objects.values_list("state", flat=True).order_by("pk")) == ["sent"] * 2 + ["queued"] * 3
    assert deliver_due(now=NOON).sent == 3


def test_a_worker_whose_shutdown_began_starts_nothing() -> None:
    queue()
    assert deliver_due(now=NOON, stop=lambda: True) == DeliveryCount()
    assert settled(Message.objects.get()).attempt == 0


# The model: three workers, a mail server that remembers, and everything that can come between.

RESULTS = [Result.SENT, Result.LATER, Result.FAILED, Result.UNKNOWN]
STEPS = st.one_of(
    st.tuples(st.just("claim"), st.integers(0, 2), st.integers(1, 3)),
    st.tuples(st.just("mark"), st.integers(0, 2), st.booleans()),
    st.tuples(st.just("answer"), st.integers(0, 2), st.sampled_from(RESULTS)),
    st.tuples(st.just("die"), st.integers(0, 2), st.none()),
    st.tuples(st.just("wait"), st.integers(1, 10), st.none()),
    st.tuples(st.just("crash"), st.booleans(), st.none()),
    st.tuples(st.just("stop"), st.integers(0, 3), st.none()),
)


@dataclass
class World:
    """What really happened, beside what the rows say."""

    at: datetime = NOON
    claimed: dict[int, list[Message]] = field(default_factory=lambda: {0: [], 1: [], 2: []})
    marked: dict[int, list[Message]] = field(default_factory=lambda: {0: [], 1: [], 2: []})
    accepted: list[int] = field(default_factory=list)
    stopped: set[int] = field(default_factory=set)

    def claim(self, worker: int, limit: int) -> None:
        self.claimed[worker] += claim_due(now=self.at, lease_from=self.at, kinds=KINDS, limit=limit).messages

    def mark(self, worker: int, takes: bool) -> None:
        """Through the gate, the dot, and the server takes it or not; nobody knows yet."""
        if not self.claimed[worker]:
            return
        message = self.claimed[worker].pop(0)
        if not mark_leaving(message=message, at=self.at):
            release(messages=[message])
            return
        assert message.patron_id not in self.stopped
        if takes:
            self.accepted.append(message.pk)
        self.marked[worker].append(message)

    def answer(self, worker: int, result: Result) -> None:
        """The server's answer is the truth; or none comes."""
        if not self.marked[worker]:
            return
        message = self.marked[worker].pop(0)
        taken = message.pk in self.accepted
        if result is not Result.UNKNOWN and taken != (result is Result.SENT):
            result = Result.SENT if taken else Result.LATER
        record_outcome(message=message, outcome=Outcome(result, "said"), now=self.at)

    def die(self, worker: int, _: None) -> None:
        self.claimed[worker], self.marked[worker] = [], []

    def wait(self, minutes: int, _: None) -> None:
        self.at += minutes * timedelta(minutes=1)
        end_expired_leases(now=self.at)

    def crash(self, loses_marks: bool, _: None) -> None:
        """The database's last moments are lost, marks and acceptances with them; claims are not."""
        crash()
        if loses_marks:
            Message.objects.filter(state="sending").update(phase="")

    def stop(self, number: int, _: None) -> None:
        reader = Message.objects.order_by("pk").values_list("patron", flat=True)[number]
        self.stopped.add(reader)
        Consent.objects.filter(patron=reader).update(withdrawn_at=self.at)


@settings(max_examples=30, deadline=None)
@given(steps=st.lists(STEPS, max_size=25))
def test_in_every_order_nothing_is_sent_twice_and_nothing_false_is_said(steps: list[tuple[str, Any, Any]]) -> None:
    Message.objects.all().delete()
    crash()
    for number in range(4):
        queue_check_in(make_patron("check_in"), str(number), not_after=NOON + timedelta(days=9))
    world = World()
    for name, what, how in steps:
        getattr(world, name)(what, how)
        sent = set(Message.objects.filter(state="sent").values_list("pk", flat=True))
        assert sent <= set(world.accepted)
    end_expired_leases(now=world.at + LEASE + timedelta(minutes=1))
    said = dict(Message.objects.values_list("pk", "state"))
    assert len(world.accepted) == len(set(world.accepted))
    assert {said[pk] for pk in world.accepted} <= {"sent", "unknown"}
    assert "sending" not in said.values()
    assert len(said) == 4
