"""Where the embedded servers live, and locks that a crash cannot leave behind."""

from __future__ import annotations

import fcntl
import os
import pwd
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

LONGEST_SOCKET = 100  # bytes; Linux allows 107, macOS 103, each with the final zero counted apart
SERVER_USER = "embedded_postgres"


def write_private(path: Path, words: str) -> None:
    """Write a file only we can read, in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # 0600 from the start
    with os.fdopen(descriptor, "w") as file:
        file.write(words)
    Path(name).replace(path)


def socket_directory(wanted: Path, name: str, *, owner: int) -> Path:
    """`wanted` when a socket of that name fits into its path, else a short private directory remembered beside it."""
    if len(os.fsencode(wanted / name)) <= LONGEST_SOCKET:
        return wanted
    memory = wanted.parent / "run" / f"{wanted.name}.sockets"
    if memory.is_file():
        known = Path(memory.read_text().strip())
        if _is_private(known, owner):
            return known
    short = Path(tempfile.mkdtemp(prefix="relcrm-", dir="/tmp"))  # noqa: S108  (mkdtemp makes it 0700 and unguessable)
    if owner != os.geteuid():
        os.chown(short, owner, -1)
    write_private(memory, f"{short}\n")
    return short


def _is_private(path: Path, owner: int) -> bool:
    try:
        facts = path.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(facts.st_mode) and facts.st_uid == owner and stat.S_IMODE(facts.st_mode) == stat.S_IRWXU


def server_user() -> int:
    """The numeric user PostgreSQL runs as: ourselves, or a user of its own where we are root, which it refuses."""
    if os.geteuid() != 0:
        return os.geteuid()
    try:
        return pwd.getpwnam(SERVER_USER).pw_uid
    except KeyError:
        subprocess.run(["useradd", "--system", SERVER_USER], check=True, capture_output=True)  # noqa: S603, S607  (a fixed command; its folder differs between systems)
    return pwd.getpwnam(SERVER_USER).pw_uid


def let_through(path: Path) -> None:
    """As root: let the server's own user pass (not read) the folders above `path`."""
    for folder in path.resolve().parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | stat.S_IXOTH)


@dataclass
class Users:
    """Who uses a server: each process holds a shared lock, which the kernel drops when the process ends."""

    path: Path
    file: IO[bytes] | None = None

    def join(self) -> None:
        """Count this process in; waits while the last user is stopping the server."""
        if self.file is not None:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.file = self.path.open("ab")
        fcntl.flock(self.file, fcntl.LOCK_SH)

    @contextmanager
    def leave(self, *, force: bool = False) -> Iterator[bool]:
        """Count this process out; True inside the block when nobody else uses the server (or with `force`)."""
        if self.file is None:
            yield False
            return
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            alone = True
        except BlockingIOError:
            alone = False
        yield alone or force
        self.file.close()
        self.file = None


@contextmanager
def one_at_a_time(path: Path) -> Iterator[None]:
    """Wait for our turn to start something."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
