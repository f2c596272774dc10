"""One conversation with the mail server of the tests: just enough of RFC 5321, and faults at every step."""

from __future__ import annotations

import asyncio
import email
import re
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import default as modern
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.smtp_sink import SmtpSink

LARGEST = 32 * 1024 * 1024
END = b"\r\n.\r\n"
PATH = re.compile(rb"^(?:FROM|TO):\s*<([^>]*)>", re.IGNORECASE)
CLOSING = "421"


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


class HungUp(Exception):
    """The conversation is over."""


class Talk:
    """One connection."""

    def __init__(self, sink: SmtpSink, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.sink, self.reader, self.writer = sink, reader, writer
        self.sender: str | None = None
        self.recipients: list[str] = []
        self.number = 0

    async def run(self) -> None:
        """From the banner until somebody hangs up."""
        try:
            await self._step("banner", "220 sink.test ESMTP")
            while line := await self.reader.readline():
                verb, _, rest = line.strip().partition(b" ")
                await self._command(verb.upper(), rest)
        except (HungUp, ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError):
            pass
        finally:
            self.writer.close()

    async def _command(self, verb: bytes, rest: bytes) -> None:
        does = getattr(self, f"_do_{verb.decode('ascii', 'replace').lower()}", None)
        if does is None:
            self._say("500 5.5.2 Not understood")
        else:
            await does(rest)

    async def _do_ehlo(self, rest: bytes) -> None:
        lines = ["sink.test", *self.sink.offers]
        await self._step("ehlo", "\r\n".join([*(f"250-{one}" for one in lines[:-1]), f"250 {lines[-1]}"]))

    async def _do_helo(self, rest: bytes) -> None:
        await self._step("ehlo", "250 sink.test")

    async def _do_starttls(self, rest: bytes) -> None:
        if await self._step("starttls", "220 Go on") and self.sink.tls:
            await self.writer.start_tls(self.sink.tls)

    async def _do_auth(self, rest: bytes) -> None:
        await self._step("auth", "235 2.7.0 OK")

    async def _do_mail(self, rest: bytes) -> None:
        self._new_mail(next(self.sink.numbers))
        if await self._step("mail", "250 2.1.0 OK"):
            self.sender = _path(rest)

    async def _do_rcpt(self, rest: bytes) -> None:
        if self.sender is None:
            self._say("503 5.5.1 Who writes?")
        elif await self._step("rcpt", "250 2.1.5 OK", to=[_path(rest)]):
            self.recipients.append(_path(rest))

    async def _do_data(self, rest: bytes) -> None:
        if not self.recipients:
            fault = self.sink.faults.at("data", self.number, [])
            self._say(fault.answer if fault and fault.answer else "503 5.5.1 To whom?")
        elif await self._step("data", "354 Go on"):
            await self._take()

    async def _do_rset(self, rest: bytes) -> None:
        self._new_mail()
        await self._step("rset", "250 2.0.0 OK")

    async def _do_quit(self, rest: bytes) -> None:
        await self._step("quit", "221 2.0.0 Goodbye")
        raise HungUp

    async def _take(self) -> None:
        """The mail itself, up to the dot on its own line."""
        if self.sink.faults.at("body", self.number, self.recipients):
            await self.reader.read(1)
            self._hang_up(tell=True)
        raw = await self.reader.readline()
        while raw != END[2:] and not raw.endswith(END):
            raw += await self.reader.readuntil(END[2:])
        raw = raw[:-3].replace(b"\r\n.", b"\r\n").removeprefix(b".")
        if self.sink.delay:
            await asyncio.sleep(self.sink.delay)
        mail = Received(self.sender or "", list(self.recipients), raw)
        await self._step("dot", "250 2.0.0 Taken", accepts=mail)
        self._new_mail()

    async def _step(self, at: str, usual: str, *, to: list[str] | None = None, accepts: Received | None = None) -> bool:
        """Answer, or fail in the way that is asked for here. False: it was refused."""
        fault = self.sink.faults.at(at, self.number, to or self.recipients)
        if fault and fault.answer:
            self._say(fault.answer)
            if fault.answer.startswith(CLOSING):
                await self._close()
            return False
        does = fault.does if fault else ""
        await self._fail_at_once(does)
        if accepts:
            await self.sink.accept(accepts, self.number, does)
        await self._fail_at_once(does.removesuffix("-after"))
        await self._say_slowly(usual) if does == "trickle" else self._say(usual)
        if does == "close":
            await self._close()
        return True

    async def _fail_at_once(self, does: str) -> None:
        if does == "drop":
            self._hang_up()
        if does == "hang":
            await self._silence()

    def _say(self, words: str) -> None:
        self.writer.write(words.encode() + b"\r\n")

    async def _say_slowly(self, words: str) -> None:
        for byte in words.encode() + b"\r\n":
            self.writer.write(bytes([byte]))
            await self.writer.drain()
            await asyncio.sleep(self.sink.byte_seconds)

    async def _silence(self) -> None:
        """Say nothing until the other side hangs up."""
        while await self.reader.read(65536):
            pass
        raise HungUp

    async def _close(self) -> None:
        await self.writer.drain()
        raise HungUp

    def _hang_up(self, *, tell: bool = False) -> None:
        """End the connection without a word."""
        self.writer.transport.abort()
        if tell:
            asyncio.get_running_loop().call_later(0.05, self.sink.hung_up.set)
        raise HungUp

    def _new_mail(self, number: int = 0) -> None:
        self.number, self.sender, self.recipients = number, None, []


def _path(rest: bytes) -> str:
    found = PATH.match(rest)
    return found[1].decode("ascii", "replace") if found else ""


def _part(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())
