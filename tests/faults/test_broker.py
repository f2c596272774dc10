"""Real workers and beats, several of each, and a broker that forgets, dies and stays away."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from tests.faults.house import House, wait_for
from tests.faults.invariants import check
from tests.faults.mail_server import MailServer

pytestmark = pytest.mark.faults
Tell = Callable[..., None]


@pytest.fixture
def server(house: House) -> Iterator[MailServer]:
    """A mail server that takes everything, and after the trial no worker that still runs."""
    with MailServer(house.folder) as started:
        yield started
        house.end()


def all_decided(house: House, *, seconds: float) -> None:
    wait_for(house.all_is_decided, seconds=seconds, pause=0.5)


def test_two_beats_and_two_workers(house: House, server: MailServer, tell: Tell) -> None:
    house.begin(server.url)
    house.start_broker()
    house.fill(400)
    for _ in range(2):
        house.start_worker()
        house.start_beat()
    all_decided(house, seconds=120)
    tell("400 mails, two beats at once, two workers", check(house, server.accepted(), rows=400))


@pytest.mark.long
def test_three_beats_and_workers_that_are_killed(house: House, server: MailServer, tell: Tell) -> None:
    house.begin(server.url)
    house.start_broker()
    house.fill(3000)
    workers = [house.start_worker() for _ in range(2)]
    for _ in range(3):
        house.start_beat()
    for _ in range(5):
        wait_for(lambda: len(server.accepted()) > 0, seconds=60)
        time.sleep(1.5)
        house.kill_process(workers.pop(0))
        workers.append(house.start_worker())
    time.sleep(2)
    house.end_leases_of_the_dead()
    all_decided(house, seconds=200)
    tell("3,000 mails, three beats, a Celery worker killed 5 times", check(house, server.accepted(), rows=3000))


@pytest.mark.long
@pytest.mark.parametrize("away", [0, 60])
def test_the_broker_forgets_everything_or_is_away(house: House, server: MailServer, tell: Tell, away: int) -> None:
    """Every queued task is lost; what is due is a row, and the next tick finds it."""
    house.begin(server.url)
    house.start_broker()
    house.fill(1500)
    house.start_worker()
    house.start_beat()
    wait_for(lambda: len(server.accepted()) > 100, seconds=60)
    if away:
        house.kill_broker()
        house.fill(200)
        time.sleep(away)
        house.start_broker()
    else:
        house.flush_broker()
    rows = 1700 if away else 1500
    all_decided(house, seconds=200)
    what = f"broker killed, away for {away} s" if away else "broker flushed"
    tell(f"{rows:,} mails, {what}", check(house, server.accepted(), rows=rows))


@pytest.mark.long
def test_three_days_without_a_beat(house: House, server: MailServer, tell: Tell) -> None:
    """Once, oldest first; what has become too old is listed with that reason, not sent."""
    house.begin(server.url)
    house.fill(300)
    house.rows("update outreach_message set not_after = now() - interval '1 hour' where id %% 3 = 0")
    house.rows("update outreach_message set due_at = now() - interval '3 days', queued_at = now() - interval '3 days'")
    house.manage("tick", mail_url=server.url)
    account = check(house, server.accepted(), rows=300)
    late = house.rows("select count(*) from outreach_message where state = 'cancelled' and reason like 'Too late%%'")[
        0
    ][0]
    assert late > 0
    tell("300 mails, three days without a beat", account, note=f"{late} of them too late")
    house.manage("tick", mail_url=server.url)
    assert check(house, server.accepted(), rows=300) == account
