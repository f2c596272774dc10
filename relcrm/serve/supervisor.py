"""Keeps the processes of `make run` together: one stops, all stop; nothing is left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from relcrm.serve.places import write_private
from relcrm.serve.processes import (
    GRACE_SECONDS,
    StartError,
    command_of,
    end_group,
    last_lines,
    reaped_or_alive,
    spawn,
    wait_until,
)

ASKED_TO_STOP = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stop(Exception):  # noqa: N818  (nothing went wrong: somebody asked us to stop)
    """Ctrl-C, or a polite kill."""


def listen() -> None:
    """Turn the first request to stop into a `Stop` where the work is; later ones change nothing."""

    def stop(number: int, frame: FrameType | None) -> None:
        ignore_requests()
        raise Stop

    for number in ASKED_TO_STOP:
        signal.signal(number, stop)


def ignore_requests() -> None:
    """While stopping, further Ctrl-C do not stop the stopping."""
    for number in ASKED_TO_STOP:
        signal.signal(number, signal.SIG_IGN)


@dataclass
class Crew:
    """The processes started, by name, noted on disk so that the next start finds those a crash left behind."""

    var: Path
    members: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def note(self) -> Path:
        """Where the processes are noted."""
        return self.var / "run" / "crew.json"

    def log_of(self, name: str) -> Path:
        """Where a member's words go."""
        return self.var / "log" / f"{name}.log"

    def start(self, name: str, module: str, *options: str) -> None:
        """Start a Python module of ours as a member."""
        command = [sys.executable, "-m", module, *options]
        self.add(name, spawn(command, log=self.log_of(name), env=os.environ))

    def add(self, name: str, process: subprocess.Popen[bytes]) -> None:
        """Watch over a process that is already there."""
        self.members[name] = process
        write_private(self.note, json.dumps([[m.pid, command_of(m.pid)] for m in self.members.values()]))

    def run(self, name: str, module: str) -> None:
        """Run a step to its end. Raises StartError with its last words when it fails."""
        process = spawn([sys.executable, "-m", module], log=None)
        self.add(name, process)
        code = process.wait()
        del self.members[name]
        if code:
            raise StartError(f"The step '{name}' ended with code {code}; what it said stands above.")

    def check(self) -> None:
        """Raises StartError naming the member that has stopped."""
        for name, process in self.members.items():
            if process.poll() is not None:
                log = self.log_of(name)
                raise StartError(
                    f"{name} has stopped (code {process.returncode}). Its last words ({log}):\n{last_lines(log)}"
                )

    def watch(self) -> None:
        """Look twice a second until a member stops or somebody asks us to."""
        while True:
            self.check()
            time.sleep(0.5)

    def stop(self, names: Sequence[str] | None = None) -> None:
        """End members (default all) together: ask, give them the grace, then end their groups."""
        chosen = [self.members.pop(name) for name in list(self.members) if names is None or name in names]
        for process in chosen:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
        wait_until(lambda: all(process.poll() is not None for process in chosen), GRACE_SECONDS)
        for process in chosen:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if not self.members:
            self.note.unlink(missing_ok=True)

    def end_left_over(self) -> None:
        """End what an earlier run left behind when it was killed; a number that means another program now is spared."""
        if not self.note.is_file():
            return
        for pid, command in json.loads(self.note.read_text()):
            wait_until(lambda pid=pid: not reaped_or_alive(pid), 3.0)  # type: ignore[misc]  # they may be stopping by themselves
            if command and command_of(pid) == command:
                end_group(pid)
        self.note.unlink()
