"""SMTP with the last dot written on its own, and an end to everything.

Django's backend and smtplib raise the same SMTPServerDisconnected for a break before and after the dot, and the
difference decides whether a mail may be sent again. So a mail is handed over here in steps: sender, recipient and DATA
(in one write where the server offers PIPELINING, RFC 2920), the body, then, once the gate is open, the dot. And smtplib
waits anew for each byte; here each answer, and everything before the dot, has one time to be there.
"""

from __future__ import annotations

import contextlib
import smtplib
import socket
import ssl
from collections.abc import Buffer, Callable

from outreach.services.transports.outcome import Gate
from relcrm.kit.stopwatch import Deadline

LONGEST_ANSWER = 64 * 1024
CHUNK = 64 * 1024
DONE, GO_ON = range(200, 300), range(300, 400)


class GateClosed(Exception):
    """The message must not leave after all; the dot was not written."""


class Refused(Exception):
    """The server's answer to a step of this mail is a no, or not understood. `step`: mail, rcpt, data, body or dot."""

    def __init__(self, step: str, code: int, words: bytes) -> None:
        super().__init__(step, code, words)
        self.step, self.code, self.words = step, code, words


class TwoStepSmtp(smtplib.SMTP):
    """smtplib with a deadline for everything and the last dot written on its own, after the gate.

    Each answer has `timeout` seconds and must be there before `deadline`, which is the caller's to set anew.
    """

    dot_written = False
    timeout: float

    def __init__(self, host: str, port: int, name: str, *, timeout: float, deadline: Deadline) -> None:
        self.deadline = deadline
        self._read = b""
        self._unfinished = False
        super().__init__(host, port, name, timeout=timeout)

    def hand_over(self, sender: str, to: str, raw: bytes, *, gate: Gate, answer: Callable[[], Deadline]) -> bytes:
        """One mail; what the server said when it took it. `raw` ends with a line end; `answer` limits the wait for it.

        Raises Refused, GateClosed (with the connection closed: nothing is accepted then), OSError, SMTPException.
        """
        self.dot_written = False
        self._announce(sender, to, len(raw))
        self.send((b"." if raw.startswith(b".") else b"") + raw.replace(b"\r\n.", b"\r\n.."))
        if not gate():
            self.close()
            raise GateClosed
        if self.has_spoken():
            # It hung up or refused in the middle. The dot is not written, so this is still a certain no.
            refused = Refused("body", *self.getreply())
            self.close()
            raise refused
        self.dot_written, self.deadline = True, answer()
        self.send(b".\r\n")
        code, words = self.getreply(self.deadline.left)
        if code not in DONE:
            raise Refused("dot", code, words)
        return words

    def has_spoken(self) -> bool:
        """Whether the server said something nobody asked for, or closed."""
        if self._read or self.sock is None:
            return True
        try:
            self.sock.settimeout(0)
            self._read = self.sock.recv(CHUNK)
        except (BlockingIOError, ssl.SSLWantReadError):
            return False
        except OSError:
            pass
        return True

    def starttls(self, *, context: ssl.SSLContext | None = None) -> tuple[int, bytes]:
        """As smtplib does it; what was said before the connection was secure does not count after."""
        self._wait(self.timeout)
        answer = super().starttls(context=context)
        if self._read:
            self.close()
            raise ssl.SSLError("it speaks before the connection is secure")
        return answer

    def send(self, s: Buffer | str) -> None:
        """Write all of it before the deadline."""
        rest = memoryview(s.encode(self.command_encoding) if isinstance(s, str) else s)
        try:
            while rest:
                sock = self._wait(self.deadline.left)
                rest = rest[sock.send(rest[:CHUNK]) :]
        except OSError as error:
            self.close()
            raise smtplib.SMTPServerDisconnected(str(error)) from error

    def getreply(self, seconds: float | None = None) -> tuple[int, bytes]:
        """The next answer, whole, within its time. A code of -1: it is not an answer of SMTP."""
        until = Deadline(min(self.timeout if seconds is None else seconds, self.deadline.left))
        lines: list[bytes] = []
        length = 0
        while True:
            line = self._line(until)
            length += len(line)
            lines.append(line[4:].strip())
            code = int(line[:3]) if line[:3].isdigit() else -1
            if code < 0 or line[3:4] != b"-":
                return code, b"\n".join(lines)
            if length > LONGEST_ANSWER:
                self._hang_up("its answer does not end")

    def _announce(self, sender: str, to: str, size: int) -> None:
        """Sender, recipient, DATA. Raises Refused with the first no."""
        space = f" SIZE={size}" if self.has_extn("size") else ""
        steps = [("mail", f"MAIL FROM:<{sender}>{space}\r\n"), ("rcpt", f"RCPT TO:<{to}>\r\n"), ("data", "DATA\r\n")]
        if self._unfinished:
            steps.insert(0, ("rset", "RSET\r\n"))
        at_once = self.has_extn("pipelining")
        if at_once:
            self.send("".join(line for _step, line in steps))
            self._listen_eagerly()
        self._unfinished = True
        for number, (step, line) in enumerate(steps):
            if not at_once:
                self.send(line)
            code, words = self.getreply()
            if code not in (GO_ON if step == "data" else DONE):
                self._hear_out(len(steps) - number - 1 if at_once else 0)
                raise Refused(step, code, words)
        self._unfinished = False

    def _listen_eagerly(self) -> None:
        """Say at once that the first answer came: some servers hold back the second until then, for 40 ms."""
        if self.sock is not None and hasattr(socket, "TCP_QUICKACK"):
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)

    def _hear_out(self, answers: int) -> None:
        """The answers to what was written along with a refused step. Is a body wanted all the same, it gets none."""
        with contextlib.suppress(OSError, smtplib.SMTPException):
            codes = [self.getreply()[0] for _one in range(answers)]
            if any(code in GO_ON for code in codes):
                self.close()

    def _line(self, until: Deadline) -> bytes:
        while b"\n" not in self._read:
            try:
                more = self._wait(until.left).recv(CHUNK)
            except OSError as error:
                self._hang_up(str(error), error)
            if not more or len(self._read) > LONGEST_ANSWER:
                self._hang_up("it hung up")
            self._read += more
        line, _end, self._read = self._read.partition(b"\n")
        return line

    def _wait(self, seconds: float) -> socket.socket:
        """The socket, which waits so long and no longer."""
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("not connected")
        if seconds <= 0:
            raise TimeoutError("it takes too long")
        self.sock.settimeout(seconds)
        return self.sock

    def _hang_up(self, why: str, error: OSError | None = None) -> None:
        self.close()
        raise smtplib.SMTPServerDisconnected(why) from error


class TwoStepSmtps(TwoStepSmtp):
    """The same with TLS from the first byte."""

    def __init__(
        self, host: str, port: int, name: str, *, timeout: float, deadline: Deadline, context: ssl.SSLContext
    ) -> None:
        self._context = context
        super().__init__(host, port, name, timeout=timeout, deadline=deadline)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        plain = socket.create_connection((host, port), timeout)
        return self._context.wrap_socket(plain, server_hostname=host)
