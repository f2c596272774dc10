"""A worker that is asked to stop, as every restart and every new version asks it, while mails leave."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

import pytest

from tests.faults.house import House, wait_for
from tests.faults.invariants import check
from tests.faults.mail_server import MailServer

pytestmark = [pytest.mark.faults, pytest.mark.long]
Tell = Callable[..., None]
ROWS, MOST_SECONDS = 80, 30


def signal_worker(pid: int) -> None:
    os.kill(pid, signal.SIGTERM)


@pytest.mark.parametrize(
    ("ask", "whom"),
    [(signal_worker, "the worker"), (lambda pid: os.killpg(pid, signal.SIGTERM), "all its processes")],
    ids=["worker", "group"],
)
def test_a_worker_that_is_asked_to_stop(house: House, tell: Tell, ask: Callable[[int], None], whom: str) -> None:
    """It ends the mail it is at, whose answer is dribbled, gives back the rest of its batch and goes."""
    with MailServer(house.folder, "dot=trickle", byte_seconds=0.02) as server:
        house.begin(server.url)
        house.start_broker()
        house.fill(ROWS)
        worker, beat = house.start_worker(), house.start_beat()
        wait_for(lambda: len(server.accepted()) >= 6, seconds=60)
        house.kill_process(beat)
        began = time.monotonic()
        ask(worker.pid)
        worker.wait(timeout=MOST_SECONDS)
        seconds = time.monotonic() - began
        house.kill_process(worker)
        stopped = check(house, server.accepted(), rows=ROWS, waiting=ROWS)
        assert stopped.unknown == stopped.failed == 0
        assert stopped.waiting > 0, "it was stopped in the middle"
        house.senders.start()
        wait_for(house.all_is_decided, seconds=120, pause=0.3)
        house.stop_senders()
        account = check(house, server.accepted(), rows=ROWS)
        assert (account.unknown, account.failed) == (0, 0)
        house.end()
    tell(f"{ROWS} mails, {whom} asked to stop (SIGTERM)", account, note=f"gone after {seconds:.1f} s")
