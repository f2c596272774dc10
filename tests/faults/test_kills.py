"""Workers that are killed, and a database that falls over, in the middle of a batch."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from tests.faults.house import House, chance, wait_for
from tests.faults.invariants import Account, check
from tests.faults.mail_server import MailServer

pytestmark = pytest.mark.faults
Tell = Callable[..., None]
# What SMTP servers do now and then: of a hundred mails about ten meet one of these.
NOW_AND_THEN = (
    "mail=421 4.3.2 Too busy@0.01",
    "rcpt=451 4.7.1 Come back later@0.02",
    "dot=452 4.3.1 No room just now@0.02",
    "dot=drop@0.01",
    "dot=drop-after@0.01",
    "body=drop@0.01",
)
ENOUGH_SECONDS = 200


def killing(house: House, server: MailServer, *, rows: int, kills: int, seed: int) -> Account:
    """Two senders at work; again and again one of them dies. Then the leases end and two fresh ones finish."""
    house.begin(server.url)
    house.fill(rows)
    dice = chance(seed)
    senders = house.senders
    children = [senders.start(), senders.start()]
    for _ in range(kills):
        time.sleep(dice.uniform(0.05, 0.25))
        victim = dice.choice(children)
        children.remove(victim)
        senders.kill(victim)
        children.append(senders.start())
    finish(house)
    return check(house, server.accepted(), rows=rows)


def finish(house: House) -> None:
    """Whoever was at work dies, the leases of the dead end, and two fresh senders go on until nothing is due."""
    house.senders.kill_all()
    house.end_leases()
    for _ in range(2):
        house.senders.start()
    wait_for(house.all_is_decided, seconds=ENOUGH_SECONDS, pause=0.3)
    house.senders.kill_all()


def test_killed_twenty_times(house: House, tell: Tell) -> None:
    with MailServer(house.folder, *NOW_AND_THEN) as server:
        account = killing(house, server, rows=1000, kills=20, seed=1)
    assert account.sent > 0
    tell("1,000 mails, a worker killed 20 times", account)


@pytest.mark.long
def test_killed_a_hundred_times(house: House, tell: Tell) -> None:
    with MailServer(house.folder, *NOW_AND_THEN) as server:
        account = killing(house, server, rows=5000, kills=100, seed=2)
    assert account.sent > 0
    tell("5,000 mails, a worker killed 100 times", account)


def falling(house: House, server: MailServer, *, rows: int, falls: int) -> Account:
    """The database stops as in a power cut, comes back, and the same senders go on."""
    house.begin(server.url)
    house.fill(rows)
    for _ in range(2):
        house.senders.start()
    for number in range(falls):
        wait_for(lambda: len(server.accepted()) > rows * (number + 1) // (falls + 2), seconds=ENOUGH_SECONDS)  # noqa: B023  (called at once)
        house.kill_database()
    finish(house)
    return check(house, server.accepted(), rows=rows)


def test_the_database_falls_over_twice(house: House, tell: Tell) -> None:
    with MailServer(house.folder) as server:
        account = falling(house, server, rows=600, falls=2)
    tell("600 mails, PostgreSQL stopped at once 2 times", account)


@pytest.mark.long
def test_the_database_falls_over_ten_times(house: House, tell: Tell) -> None:
    with MailServer(house.folder, *NOW_AND_THEN) as server:
        account = falling(house, server, rows=3000, falls=10)
    tell("3,000 mails, PostgreSQL stopped at once 10 times", account)


@pytest.mark.long
def test_backends_are_killed(house: House, tell: Tell) -> None:
    """A killed backend makes the whole server recover; its start time stays the same (reference: peers 3.3)."""
    with MailServer(house.folder) as server:
        house.begin(server.url)
        house.fill(1500)
        for _ in range(2):
            house.senders.start()
        for number in range(5):
            wait_for(lambda: len(server.accepted()) > 200 * (number + 1), seconds=ENOUGH_SECONDS)  # noqa: B023  (called at once)
            house.kill_a_backend()
        finish(house)
        account = check(house, server.accepted(), rows=1500)
    tell("1,500 mails, a database backend killed 5 times", account)
