"""A mail server that keeps what it gets, and fails in the ways mail servers fail.

    with SmtpSink() as sink:
        settings.MAILERS = sink.mailers
        ...
        sink.mode = "accept-then-drop"
        assert sink.messages[0].mail["Subject"] == "..."

Modes: accept; refuse-rcpt (550), put-off-rcpt (451), refuse-data and put-off-data (554 and 451 to the dot),
drop-mid-data, drop-before-accept and accept-then-drop (no answer to the dot), busy (421 to MAIL), hang-after-dot.
"""

from __future__ import annotations

import asyncio
import contextlib
import email
import logging
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import default as modern
from types import TracebackType
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

MODES = {
    "accept",
    "refuse-rcpt",
    "put-off-rcpt",
    "refuse-data",
    "put-off-data",
    "drop-mid-data",
    "drop-before-accept",
    "accept-then-drop",
    "hang-after-dot",
    "busy",
}
RCPT_ANSWERS = {"refuse-rcpt": "550 5.1.1 No such reader here", "put-off-rcpt": "451 4.7.1 Come back later"}
DATA_ANSWERS = {"refuse-data": "554 5.7.1 Not wanted", "put-off-data": "451 4.3.0 Try again later"}


@dataclass(frozen=True)
class Received:
    """One accepted message."""

    sender: str
    recipients: list[str]
    raw: bytes

    @property
    def mail(self) -> EmailMessage:
        """The message, parsed."""
        parsed = email.message_from_bytes(self.raw, policy=modern)
        assert isinstance(parsed, EmailMessage)
        return parsed

    @property
    def text(self) -> str:
        """The plain part."""
        return _part(self.mail, "plain")

    @property
    def html(self) -> str:
        """The HTML part."""
        return _part(self.mail, "html")


class SmtpSink:
    """Listens on a free port of this machine while the `with` block runs, in a thread of its own."""

    def __init__(self) -> None:
        self.messages: list[Received] = []
        self.connections = 0
        self.mode = "accept"
        self.before_answer: Callable[[], None] | None = None
        self.hung_up = threading.Event()
        # Every command of every connection would be a line of every test's output.
        logging.getLogger("mail.log").setLevel(logging.WARNING)
        self.host, self.port = "127.0.0.1", _free_port()
        self._controller = _Controller(self)

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

    def __enter__(self) -> SmtpSink:
        self._controller.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._controller.stop()

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


class _Server(SMTP):
    """aiosmtpd, and a server that hangs up in the middle of DATA."""

    sink: SmtpSink

    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802  (aiosmtpd's name)
        if self.sink.mode != "drop-mid-data":
            await super().smtp_DATA(arg)
            return
        await self.push("354 Go on")
        await self._reader.read(1)
        _hang_up(self)
        asyncio.get_running_loop().call_later(0.05, self.sink.hung_up.set)


class _Handler:
    """aiosmtpd asks this about every step."""

    def __init__(self, sink: SmtpSink) -> None:
        self.sink = sink
        self.lock = threading.Lock()

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.sink.mode == "busy":
            return "421 4.3.2 Too many connections"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.sink.mode in RCPT_ANSWERS:
            return RCPT_ANSWERS[self.sink.mode]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        mode = self.sink.mode
        if mode in DATA_ANSWERS:
            return DATA_ANSWERS[mode]
        if mode == "drop-before-accept":
            return _hang_up(server)
        content = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        with self.lock:
            self.sink.messages.append(Received(envelope.mail_from or "", list(envelope.rcpt_tos), content))
        if self.sink.before_answer is not None:
            await asyncio.get_running_loop().run_in_executor(None, self.sink.before_answer)
        if mode == "accept-then-drop":
            return _hang_up(server)
        if mode == "hang-after-dot":
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(120)
        return "250 2.0.0 Taken"


class _Controller(Controller):
    def __init__(self, sink: SmtpSink) -> None:
        self.sink = sink
        super().__init__(_Handler(sink), hostname=sink.host, port=sink.port)

    def factory(self) -> SMTP:
        self.sink.connections += 1
        server = _Server(self.handler, hostname="sink.test", enable_SMTPUTF8=False)
        server.sink = self.sink
        return server


def _hang_up(server: SMTP) -> str:
    """End the connection without a word; the answer returned goes nowhere."""
    if isinstance(server.transport, asyncio.WriteTransport):
        server.transport.abort()
    return "250 Nobody hears this"


def _part(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
