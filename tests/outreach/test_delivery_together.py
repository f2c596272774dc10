"""Several workers at one outbox: real connections, real threads, no mail twice."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from django.db import close_old_connections, connection, transaction
from django.test import override_settings

from outreach.models import Message
from outreach.services.claiming import claim_due
from outreach.services.delivery import deliver_due
from outreach.services.gate import LEASE
from outreach.services.outbox import cancel_queued, discard_queued
from tests.builders import NOON, make_patron
from tests.outreach.test_delivery import KINDS, queue
from tests.smtp_sink import SmtpSink

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*jobs: Callable[[], object]) -> list[object]:
    """Run each in a thread with a database connection of its own; results in order, errors raised."""
    results: list[object] = [None] * len(jobs)
    gate = threading.Barrier(len(jobs))

    def run(place: int, job: Callable[[], object]) -> None:
        close_old_connections()
        try:
            gate.wait(10)
            results[place] = job()
        except Exception as error:  # noqa: BLE001  (raised again by the test)
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place, job)) for place, job in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for result in results:
        if isinstance(result, Exception):
            raise result
    return results


def test_two_workers_send_each_message_once() -> None:
    patron = make_patron()
    for number in range(60):
        queue(patron, str(number))
    with SmtpSink() as sink, override_settings(MAILERS=sink.mailers):
        at_once(lambda: deliver_due(now=NOON), lambda: deliver_due(now=NOON), lambda: deliver_due(now=NOON))
    arrived = Counter(message.mail["Message-ID"] for message in sink.messages)
    assert set(arrived.values()) == {1}
    assert len(arrived) == Message.objects.filter(state="sent").count() == 60
    assert set(Message.objects.values_list("attempt", flat=True)) == {1}


def test_a_worker_that_overslept_its_lease_sends_nothing_more() -> None:
    """The first worker is stopped between claim and gate until a second one has sent everything."""
    patron = make_patron()
    for number in range(3):
        queue(patron, str(number))
    slow = claim_due(now=NOON, lease_from=NOON, kinds=KINDS).messages
    assert len(slow) == 3
    with SmtpSink() as sink, override_settings(MAILERS=sink.mailers):
        deliver_due(now=NOON + LEASE)
        at_once(
            lambda: deliver_due(now=NOON + LEASE + timedelta(minutes=1)),
            lambda: deliver_due(now=NOON + LEASE + timedelta(minutes=1)),
        )
    assert len(sink.messages) == 3
    assert set(Message.objects.values_list("state", "attempt")) == {("sent", 2)}


def test_the_same_thing_queued_by_two_requests_at_once_is_there_once() -> None:
    patron = make_patron()
    first, second = at_once(lambda: queue(patron).pk, lambda: queue(patron).pk)
    assert first == second
    assert Message.objects.count() == 1


def test_taking_back_and_sending_at_once_ends_in_exactly_one_of_them() -> None:
    patron = make_patron()
    with SmtpSink() as sink, override_settings(MAILERS=sink.mailers):
        for number in range(8):
            queue(patron, str(number))
            taken_back, _count = at_once(
                partial(discard_queued, purpose="letter", object_key=str(number)),
                lambda: deliver_due(now=NOON),
            )
            arrived = len(sink.messages)
            assert Message.objects.filter(object_key=str(number)).exists() is not taken_back
            assert arrived == Message.objects.filter(state="sent").count()


def test_a_row_locked_by_someone_else_is_left_for_the_next_time() -> None:
    patron = make_patron()
    queue(patron, "1")
    locked, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            cancel_queued(purpose="letter", object_key="1", reason="not now")
            locked.set()
            assert done.wait(20)

    def send() -> object:
        assert locked.wait(20)
        try:
            return claim_due(now=NOON, lease_from=NOON, kinds=KINDS).empty
        finally:
            done.set()

    assert at_once(hold, send)[1] is True
    assert Message.objects.get().state == "cancelled"
