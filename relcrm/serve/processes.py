"""Starting, watching and stopping the processes of `make run`, so that none is ever left behind."""

from __future__ import annotations

import ctypes
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from typing import IO

PR_SET_PDEATHSIG = 1
GRACE_SECONDS = 10.0
LOG_LIMIT = 5_000_000
STARTED = "--- started ---"


class StartError(Exception):
    """Something cannot start; the words say what and what to do."""


def say(words: str) -> None:
    """One line for the person at the terminal."""
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


def tie(death_signal: int) -> Callable[[], None] | None:
    """What a child runs before its program: ask Linux to send it a signal when its parent dies, however it dies."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None).prctl

    def before_program() -> None:
        prctl(PR_SET_PDEATHSIG, death_signal)

    return before_program


def spawn(
    command: Sequence[str | Path],
    *,
    log: Path | None,
    env: Mapping[str, str] | None = None,
    user: int | None = None,
    death_signal: int | None = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start a program in a session of its own, its words going to `log` (None: to the terminal).

    `death_signal` reaches it when this process dies (None: it may outlive us); `user` is the numeric user it runs as.
    """
    with _words(log) as words:
        return subprocess.Popen(  # noqa: S603  (programs of ours only, no shell)
            [str(part) for part in command],
            env=dict(env) if env is not None else None,
            stdin=subprocess.DEVNULL,
            stdout=words,
            stderr=words and subprocess.STDOUT,
            start_new_session=True,
            user=user,
            group=pwd.getpwuid(user).pw_gid if user is not None else None,
            extra_groups=[] if user is not None else None,
            preexec_fn=tie(death_signal) if death_signal else None,  # noqa: PLW1509  (only one thread runs here)
        )


def _words(log: Path | None) -> AbstractContextManager[IO[bytes] | None]:
    """The log, begun anew when it has grown too long."""
    if log is None:
        return nullcontext()
    log.parent.mkdir(parents=True, exist_ok=True)
    words = log.open("wb" if log.exists() and log.stat().st_size > LOG_LIMIT else "ab")
    words.write(f"{STARTED}\n".encode())
    words.flush()
    return words


def is_alive(pid: int) -> bool:
    """Whether a process with this number exists and is more than a corpse waiting to be counted."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    stat = Path(f"/proc/{pid}/stat")
    with suppress(OSError):
        return stat.read_text().rpartition(")")[2].split()[0] != "Z"
    return True


def command_of(pid: int) -> str:
    """The command line of a process, empty when there is none."""
    line = Path(f"/proc/{pid}/cmdline")
    if Path("/proc/self/cmdline").exists():
        try:
            return line.read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
        except OSError:
            return ""
    shown = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)  # noqa: S603, S607  (a number of ours; ps is where the system keeps it)
    return shown.stdout.strip()


def end_group(pid: int, *, first: int = signal.SIGTERM, grace: float = GRACE_SECONDS) -> None:
    """Ask a process to stop; after the grace, end its whole group."""
    with suppress(ProcessLookupError):
        os.kill(pid, first)
    wait_until(lambda: not reaped_or_alive(pid), grace)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    wait_until(lambda: not reaped_or_alive(pid), grace)


def reaped_or_alive(pid: int) -> bool:
    """Whether the process still runs; a child that has ended is counted on the way."""
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    return is_alive(pid)


def wait_until(done: Callable[[], bool], seconds: float) -> bool:
    """Look every 20 ms until it is done; False when the time is over first."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if done():
            return True
        time.sleep(0.02)
    return done()


def last_lines(log: Path, count: int = 15) -> str:
    """The end of a log since its program was started, for the person who has to know why it stopped."""
    if not log.exists():
        return ""
    return "\n".join(log.read_text(errors="replace").rpartition(STARTED)[2].strip().splitlines()[-count:])
