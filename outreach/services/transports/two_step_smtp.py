"""SMTP with the last dot written on its own.

Django's backend and smtplib raise the same SMTPServerDisconnected for a break before and after the dot, and the
difference decides whether a mail may be sent again. So DATA is written here in two steps: the body, then, once the
gate is open, the dot.
"""

from __future__ import annotations

import re
import select
import smtplib

from outreach.services.transports.outcome import Gate

DATA_WANTED = 354


class GateClosed(Exception):
    """The message must not leave after all; the dot was not written."""


class TwoStepSmtp(smtplib.SMTP):
    """smtplib with the last dot written on its own, after the gate."""

    gate: Gate
    dot_written = False
    answer_seconds: float

    def data(self, msg: bytes | str) -> tuple[int, bytes]:  # type: ignore[override]  # typeshed: buffers too
        """DATA, the body, the gate, the dot. Raises GateClosed with the connection closed: nothing is accepted then."""
        code, words = self.docmd("data")
        if code != DATA_WANTED:
            raise smtplib.SMTPDataError(code, words)
        body = re.sub(rb"(?m)^\.", b"..", msg if isinstance(msg, bytes) else msg.encode("ascii"))
        self.send(body if body.endswith(b"\r\n") else body + b"\r\n")
        if not self.gate():
            raise GateClosed
        if self._has_spoken():
            # It hung up or refused in the middle. The dot is not written, so this is still a certain no.
            code, words = self.getreply()
            self.close()
            raise smtplib.SMTPDataError(code, words)
        self.dot_written = True
        self._wait_at_most(self.answer_seconds)
        code, words = self.docmd(".")
        self._wait_at_most(self.timeout)
        return code, words

    def _has_spoken(self) -> bool:
        """Whether the server said something, or closed, while the body was written."""
        waiting = select.poll()
        waiting.register(self.sock or -1, select.POLLIN)
        return bool(waiting.poll(0))

    def _wait_at_most(self, seconds: float) -> None:
        """How long the next answer may take."""
        if self.sock is not None:
            self.sock.settimeout(seconds)


class TwoStepSmtps(TwoStepSmtp, smtplib.SMTP_SSL):
    """The same with TLS from the first byte."""
