"""A mail server that keeps what it gets, and fails in the ways mail servers fail.

    with SmtpSink() as sink:
        settings.MAILERS = sink.mailers
        ...
        sink.mode = "accept-then-drop"
        sink.fail(Fault("rcpt", "450 4.2.0 Later", chance=0.1), seed=7)
        assert sink.messages[0].mail["Subject"] == "..."

As a process of its own, that writes down each mail it accepts before it says so (one JSON object a line, synced):

    python -m tests.smtp_sink --port 2525 --ledger accepted.jsonl --faults dot=drop-after@0.05 "rcpt=450 4.2.0 No@0.1"
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import json
import os
import signal
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

from tests.smtp_faults import MODES, Fault, Faults, fault_from
from tests.smtp_talk import LARGEST, Received, Talk

__all__ = ["Fault", "Received", "SmtpSink"]


class SmtpSink:
    """Listens on a free port of this machine while the `with` block runs, in a thread of its own."""

    def __init__(self, *, port: int = 0, ledger: Path | None = None) -> None:
        self.messages: list[Received] = []
        self.connections = 0
        self.numbers = itertools.count(1)
        self.faults = Faults([])
        self.offers = ["PIPELINING", f"SIZE {LARGEST}", "8BITMIME", "ENHANCEDSTATUSCODES"]
        self.before_answer: Callable[[], None] | None = None
        self.hung_up = threading.Event()
        # How long it thinks before it answers the dot, and between two bytes where it trickles.
        self.delay, self.byte_seconds = 0.0, 1.0
        # With `tls_first` from the first byte, else from STARTTLS on.
        self.tls: ssl.SSLContext | None = None
        self.tls_first = False
        self._mode = "accept"
        self._ledger_file = ledger
        self._ledger: BinaryIO | None = None
        self._ready = threading.Event()
        self._talks: set[asyncio.Task[None]] = set()
        self.host, self.port = "127.0.0.1", port or _free_port()

    @property
    def url(self) -> str:
        """What EMAIL_URL has to be."""
        return f"smtp://{self.host}:{self.port}"

    @property
    def mailers(self) -> dict[str, dict[str, Any]]:
        """What the setting MAILERS has to be."""
        backend = "django.core.mail.backends.smtp.EmailBackend"
        one = {"BACKEND": backend, "OPTIONS": {"host": self.host, "port": self.port, "timeout": 10}}
        return {"default": one, "bulk": one}

    @property
    def mode(self) -> str:
        """How it behaves, in one word; see MODES."""
        return self._mode

    @mode.setter
    def mode(self, mode: str) -> None:
        self._mode, self.faults = mode, Faults(MODES[mode])

    def fail(self, *faults: Fault, seed: int = 0) -> None:
        """From now on these things go wrong, and no others."""
        self.faults = Faults(list(faults), seed)

    def __enter__(self) -> SmtpSink:
        if self._ledger_file is not None:
            self._ledger = self._ledger_file.open("ab")
        self._loop = asyncio.new_event_loop()
        self._socket = socket.create_server((self.host, self.port), backlog=256)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        if self._ledger is not None:
            self._ledger.close()

    def to(self, address: str) -> list[Received]:
        """What was accepted for one address, oldest first."""
        return [message for message in self.messages if address in message.recipients]

    def wait_for(self, number: int, *, to: str = "", seconds: float = 20) -> list[Received]:
        """Wait until so many messages (to that address) are here. Raises AssertionError when they do not come."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            found = self.to(to) if to else list(self.messages)
            if len(found) >= number:
                return found
            time.sleep(0.05)
        raise AssertionError(f"{number} messages expected, {len(self.messages)} came: {self.messages}")

    async def accept(self, mail: Received, number: int, how: str) -> None:
        """Take responsibility for a mail; from here on it has arrived, whatever the sender hears of it."""
        if self._ledger is None:
            self.messages.append(mail)
        else:
            self._write_down(mail, number, how)
        if self.before_answer is not None:
            await asyncio.get_running_loop().run_in_executor(None, self.before_answer)

    def _write_down(self, mail: Received, number: int, how: str) -> None:
        assert self._ledger is not None
        head = mail.raw.partition(b"\r\n\r\n")[0].decode("ascii", "replace")
        found = [
            line.partition(":")[2].strip() for line in head.split("\r\n") if line.lower().startswith("message-id:")
        ]
        line = {"number": number, "message_id": "".join(found), "sender": mail.sender, "to": mail.recipients}
        self._ledger.write(json.dumps(line | {"answered": how or "250", "at": time.time()}).encode() + b"\n")
        self._ledger.flush()
        os.fsync(self._ledger.fileno())

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        tls = self.tls if self.tls_first else None
        start = asyncio.start_server(self._talk, sock=self._socket, limit=LARGEST, ssl=tls)
        server = self._loop.run_until_complete(start)
        self._ready.set()
        try:
            self._loop.run_forever()
        finally:
            server.close()
            for task in self._talks:
                task.cancel()
            self._loop.run_until_complete(asyncio.gather(*self._talks, return_exceptions=True))
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
            self._loop.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        # Each answer is a packet of its own, and goes at once.
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        task = asyncio.current_task()
        assert task is not None
        self._talks.add(task)
        try:
            with contextlib.suppress(asyncio.CancelledError):
                await Talk(self, reader, writer).run()
        finally:
            self._talks.discard(task)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main(arguments: list[str]) -> None:
    """A server of its own until it gets SIGTERM; says on which port it listens."""
    parser = argparse.ArgumentParser(description="A mail server that keeps a ledger and fails as it is told.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--ledger", type=Path, required=True)
    parser.add_argument("--faults", nargs="*", default=[], type=fault_from, metavar="STEP=WAY[@CHANCE]")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before it answers the dot")
    parser.add_argument("--byte-seconds", type=float, default=1.0, help="seconds between two bytes where it trickles")
    given = parser.parse_args(arguments)
    sink = SmtpSink(port=given.port, ledger=given.ledger)
    sink.fail(*given.faults, seed=given.seed)
    sink.delay, sink.byte_seconds = given.delay, given.byte_seconds
    over = threading.Event()
    signal.signal(signal.SIGTERM, lambda number, frame: over.set())
    with sink:
        sys.stdout.write(f"{sink.port}\n")
        sys.stdout.flush()
        over.wait()


if __name__ == "__main__":
    main(sys.argv[1:])
