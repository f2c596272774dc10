"""Processes that send what is due, made to be killed: `python -m tests.faults.sender`.

Loading the program takes seconds, dying takes none: one process loads it and makes a child for every line `start` it
reads, which sends as the worker's task does until it is told to stop or is killed. It answers with the child's number.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import suppress

import django
from django.db import DatabaseError, connections
from django.utils import timezone

PAUSE_SECONDS = 0.05


def main() -> None:
    """Until the input ends."""
    django.setup()
    from outreach.services.delivery import deliver_due  # noqa: PLC0415  (needs the apps)

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the dead
    for line in sys.stdin:
        if line.strip() != "start":
            continue
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            connections.close_all()
            send_until_told(deliver_due)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()


def send_until_told(deliver_due: object) -> None:
    """What the worker's task does, again and again; a database that is away is waited for."""
    told: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: told.append(number))
    while not told:
        try:
            deliver_due(now=timezone.now(), seconds=5)  # type: ignore[operator]  # imported once the apps are there
        except DatabaseError:
            with suppress(DatabaseError):
                connections.close_all()
        time.sleep(PAUSE_SECONDS)
    os._exit(0)


if __name__ == "__main__":
    main()
