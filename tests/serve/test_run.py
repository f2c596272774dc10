"""`make run` as people meet it: it starts, says what is wrong, survives being killed, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from relcrm.kit.env import ROOT
from relcrm.serve.processes import wait_until

PATIENCE = 120.0
OUTSIDE = ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "PUBLIC_URL")

pytestmark = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks for processes in /proc")


@dataclass
class House:
    """A folder for data and a port, with which the house is started."""

    var: Path
    port: int

    @property
    def env(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name not in OUTSIDE}
        return kept | {"RELCRM_VAR": str(self.var), "PORT": str(self.port), "DEMO": "0"}

    def start(self) -> subprocess.Popen[str]:
        """Start it; the words go to a file of ours."""
        with (self.var / "said").open("w") as said:
            command = [sys.executable, "-m", "relcrm.serve"]
            return subprocess.Popen(command, cwd=ROOT, env=self.env, stdout=said, stderr=said, text=True)  # noqa: S603  (ours)

    def said(self) -> str:
        return (self.var / "said").read_text()

    def is_ready(self, process: subprocess.Popen[str]) -> bool:
        """Wait until it says so; False when it ends before."""
        wait_until(lambda: process.poll() is not None or "ready at" in self.said(), PATIENCE)
        return process.poll() is None and "ready at" in self.said()

    def processes(self) -> list[int]:
        """Every process that was started for this folder."""
        mark = f"RELCRM_VAR={self.var}\0".encode()
        found = []
        for place in Path("/proc").glob("[0-9]*"):
            try:
                if mark in (place / "environ").read_bytes():
                    found.append(int(place.name))
            except OSError:
                continue
        return found

    def is_empty(self, seconds: float = 15) -> bool:
        """Whether no process is left, or none soon."""
        return wait_until(lambda: not self.processes(), seconds)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    house = House(tmp_path / "var", port)
    house.var.mkdir()
    yield house
    for pid in house.processes():
        os.kill(pid, signal.SIGKILL)


@pytest.mark.slow
@pytest.mark.faults
def test_the_house_starts_stops_and_comes_back_after_it_was_killed(house: House) -> None:
    first = house.start()
    assert house.is_ready(first), house.said()
    with urllib.request.urlopen(f"http://127.0.0.1:{house.port}/suggest/") as page:  # noqa: S310  (our own address)
        assert page.status == 200
    second = house.start()
    assert second.wait(PATIENCE) == 1
    assert house.said() == "Relcrm already runs from this folder; stop that one first.\n"

    first.kill()
    first.wait()
    assert house.is_empty(), "the death of the parent ends its children"
    began = time.monotonic()
    again = house.start()
    assert house.is_ready(again), house.said()
    assert time.monotonic() - began < PATIENCE
    again.send_signal(signal.SIGINT)
    assert again.wait(30) == 0
    assert house.said().endswith("Stopped.\n")
    assert house.is_empty(0)

    command = [sys.executable, "manage.py", "doctor", "--json"]
    done = subprocess.run(command, cwd=ROOT, env=house.env, capture_output=True, text=True, check=False)  # noqa: S603  (ours)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["broken"] == 0
    assert house.is_empty(0), "the command stopped the server it had started"


def test_a_port_in_use_is_said_in_one_line(house: House) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", house.port))
        other.listen()
        process = house.start()
        assert process.wait(PATIENCE) == 1
    assert house.said().startswith(f"Port {house.port} cannot be used (Address already in use)")
    assert house.said().count("\n") == 1
    assert house.is_empty()


def test_what_is_no_port_is_said_in_one_line(house: House) -> None:
    house.port = 99_999
    process = house.start()
    assert process.wait(PATIENCE) == 1
    assert house.said() == "PORT=99999 is not a port; choose a number from 1 to 65535.\n"
