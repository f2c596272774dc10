"""Second thoughts against the gate, limits under several workers, and a database that goes away: real connections."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import psycopg2
import pytest
from django.db import close_old_connections, connection
from django.test import override_settings

from library.models import LibrarySettings
from outreach.models import Message
from outreach.services.claiming import claim_due
from outreach.services.delivery import deliver_due, run_sender
from outreach.services.gate import mark_leaving, pass_gate
from patrons.models import Consent
from patrons.services.consents import withdraw_consent
from patrons.services.suppressions import suppress_address
from tests.builders import NOON, make_patron
from tests.outreach.test_delivery import KINDS, queue, queue_check_in
from tests.outreach.test_delivery_together import at_once
from tests.smtp_sink import SmtpSink

pytestmark = pytest.mark.django_db(transaction=True)
RACES = 200


def raced(first: Sequence[Callable[[], object]], second: Sequence[Callable[[], Any]]) -> list[tuple[float, Any]]:
    """Both lists side by side, pair by pair: when the first was done, and what the second gave back."""
    gate = threading.Barrier(2)
    done, gave = [0.0] * len(first), [None] * len(second)

    def run(jobs: Sequence[Callable[[], Any]], notes: list[Any], note: Callable[[Any], Any]) -> None:
        close_old_connections()
        try:
            for place, job in enumerate(jobs):
                gate.wait(60)
                notes[place] = note(job())
        finally:
            connection.close()

    threads = [
        threading.Thread(target=run, args=(first, done, lambda _: time.perf_counter())),
        threading.Thread(target=run, args=(second, gave, lambda result: result)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(200)
    return list(zip(done, gave, strict=True))


def test_who_stops_the_mail_wins_two_hundred_times_of_two_hundred() -> None:
    patrons = [make_patron("check_in") for _ in range(RACES)]
    for number, patron in enumerate(patrons):
        queue_check_in(patron, str(number))
    claimed = {message.patron_id: message for message in claim_due(now=NOON, lease_from=NOON, kinds=KINDS).messages}
    assert len(claimed) == RACES
    stop = [
        partial(withdraw_consent, patron=patron, purpose="check_in", now=NOON)
        if number % 2
        else partial(suppress_address, address=patron.email, reason="asked us", now=NOON)
        for number, patron in enumerate(patrons)
    ]

    def ask(number: int) -> tuple[float, bool]:
        # Now a little before, now a little after the other.
        time.sleep(number % 10 / 2000)
        began = time.perf_counter()
        return began, mark_leaving(message=claimed[patrons[number].pk], at=NOON)

    races = raced(stop, [partial(ask, number) for number in range(RACES)])
    # What passed the gate had asked before the reader's word was written down.
    assert [began for done, (began, left) in races if left and began > done] == []
    for patron in patrons:
        assert not mark_leaving(message=claimed[patron.pk], at=NOON)
    assert Consent.objects.filter(withdrawn_at=None).count() == RACES // 2


def test_the_librarys_day_is_exact_under_several_workers() -> None:
    LibrarySettings.objects.create(pk=1, mails_per_day=25)
    for number in range(60):
        queue_check_in(make_patron("check_in"), str(number))

    def work() -> int:
        return sum(len(claim_due(now=NOON, lease_from=NOON, kinds=["asked_for"], limit=4).messages) for _ in range(15))

    assert sum(at_once(work, work, work)) == 25  # type: ignore[arg-type]  # numbers
    assert Message.objects.filter(state="sending").count() == 25


def test_two_messages_the_library_begins_are_not_taken_for_one_reader_at_once() -> None:
    LibrarySettings.objects.create(pk=1, contact_budget=1)
    patrons = [make_patron("proactive") for _ in range(10)]
    for patron in patrons:
        for number in range(3):
            queue(patron, f"{patron.pk}.{number}", kind="library_started", consent="proactive")

    def work() -> int:
        return sum(
            len(claim_due(now=NOON, lease_from=NOON, kinds=["library_started"], limit=3).messages) for _ in range(12)
        )

    at_once(work, work, work)
    taken = Counter(Message.objects.filter(state="sending").values_list("patron", flat=True))
    assert taken == dict.fromkeys([patron.pk for patron in patrons], 1)


def test_a_database_that_drops_the_connection_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(6):
        queue(key=str(number))
    broken: list[int] = []

    def pass_or_break(**facts: Any) -> tuple[bool, bool]:
        if facts["message"].object_key == "3" and not broken:
            broken.append(cut_off())
        return pass_gate(**facts)

    monkeypatch.setattr("outreach.services.batch.pass_gate", pass_or_break)
    with SmtpSink() as sink, override_settings(MAILERS=sink.mailers):
        assert deliver_due(now=NOON).sent == 6
        arrived = Counter(message.mail["Message-ID"] for message in sink.messages)
    assert broken
    assert sorted(arrived.values()) == [1] * 6
    assert set(Message.objects.values_list("state", flat=True)) == {"sent"}


def cut_off() -> int:
    """End this thread's connection from outside, as an administrator or a broken line does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid: int = cursor.fetchone()[0]
    other = psycopg2.connect(**connection.get_connection_params())
    try:
        other.autocommit = True
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
    finally:
        other.close()
    return pid


def test_a_machine_runs_a_sender_in_one_process_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    began, over, runs = threading.Event(), threading.Event(), []

    def long_run(**facts: Any) -> None:
        runs.append(facts["senders"])
        began.set()
        assert over.wait(20)

    monkeypatch.setattr("outreach.services.delivery.deliver_due", long_run)

    def first() -> bool:
        return run_sender(sender="bulk", now=NOON, stop=lambda: False)

    def second() -> bool:
        assert began.wait(20)
        try:
            again = run_sender(sender="bulk", now=NOON, stop=lambda: False)
            over.set()
            other = run_sender(sender="default", now=NOON, stop=lambda: False)
            return again or other
        finally:
            over.set()

    assert at_once(first, second) == [False, False]
    assert runs == [["bulk"], ["default"]]
