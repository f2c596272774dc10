"""Mail over SMTP, knowing at every break which side of the last dot it happened on."""

from __future__ import annotations

import contextlib
import smtplib
import socket
import ssl
from dataclasses import dataclass
from functools import cached_property

from django.core.mail import DNS_NAME

from outreach.mail.wire import OutgoingMail
from outreach.services.transports.outcome import Gate, Outcome, Result, quoted
from outreach.services.transports.smtp_verdict import receipt, verdict
from outreach.services.transports.two_step_smtp import GateClosed, Refused, TwoStepSmtp, TwoStepSmtps
from relcrm.kit.stopwatch import Deadline

# Each answer, from the first hello on; everything before the dot; the answer to the dot; one mail in all.
CONNECT_SECONDS = 10.0
READY_SECONDS = 25.0
ANSWER_SECONDS = 60.0
MAIL_SECONDS = 70.0
GOODBYE_SECONDS = 2.0
# After these the connection stands in the middle of a mail and cannot be used for another.
NOTHING_MORE_TO_SAY = {Result.HELD, Result.UNKNOWN}


@dataclass(frozen=True)
class SmtpServer:
    """Where and how to connect."""

    host: str
    port: int
    username: str = ""
    password: str = ""
    starttls: bool = False
    tls: bool = False


class SmtpTransport:
    """One connection, kept open over many mails; opened anew when the server has closed it."""

    def __init__(self, server: SmtpServer) -> None:
        self.server = server
        self._smtp: TwoStepSmtp | None = None

    def send(self, mail: OutgoingMail, *, gate: Gate) -> Outcome:
        """Hand over one mail. A kept connection that turns out to be closed is tried once more with a new one."""
        try:
            raw = mail.as_bytes()
        except ValueError as error:
            return Outcome(Result.FAILED, f"It could not be written as a mail: {quoted(str(error))}.")
        handover = _Handover(mail, raw, gate)
        kept = self._still_open()
        outcome = self._attempt(handover)
        if kept and self._smtp is None and outcome.result is Result.LATER and not handover.gate_asked:
            outcome = self._attempt(handover)
        return outcome

    def close(self) -> None:
        """Say goodbye and close."""
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            smtp.deadline = Deadline(GOODBYE_SECONDS)
            with contextlib.suppress(OSError, smtplib.SMTPException):
                smtp.quit()
            smtp.close()

    def _attempt(self, handover: _Handover) -> Outcome:
        try:
            smtp = self._connected(handover.ready)
        except (OSError, smtplib.SMTPException) as error:
            return Outcome(Result.LATER, _why_not_reached(error), down=True)
        try:
            outcome = handover.over(smtp)
        except BaseException:
            # Not about mail: leave no half-spoken connection behind. What is known of the mail is its phase mark.
            self._drop()
            raise
        if smtp.sock is None or outcome.down or outcome.result in NOTHING_MORE_TO_SAY:
            self._drop()
        return outcome

    def _still_open(self) -> bool:
        """Whether there is a connection; one that the server has ended meanwhile is let go."""
        if self._smtp is not None and self._smtp.has_spoken():
            self._drop()
        return self._smtp is not None

    def _connected(self, ready: Deadline) -> TwoStepSmtp:
        if self._smtp is not None:
            self._smtp.deadline = ready
            return self._smtp
        server, name = self.server, DNS_NAME.get_fqdn()
        smtp: TwoStepSmtp
        if server.tls:
            smtp = TwoStepSmtps(
                server.host, server.port, name, timeout=CONNECT_SECONDS, deadline=ready, context=self._context
            )
        else:
            smtp = TwoStepSmtp(server.host, server.port, name, timeout=CONNECT_SECONDS, deadline=ready)
        try:
            if smtp.sock is not None:
                # The dot is a packet of its own: it must not wait for the body to be acknowledged.
                smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if server.starttls:
                smtp.starttls(context=self._context)
            smtp.ehlo_or_helo_if_needed()
            if server.username:
                smtp.login(server.username, server.password)
        except BaseException:
            smtp.close()
            raise
        self._smtp = smtp
        return smtp

    @cached_property
    def _context(self) -> ssl.SSLContext:
        return ssl.create_default_context()

    def _drop(self) -> None:
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            smtp.close()


class _Handover:
    """One mail with its times: a slow server gets no more of them by a second connection."""

    def __init__(self, mail: OutgoingMail, raw: bytes, gate: Gate) -> None:
        self.mail, self.raw, self.gate = mail, raw, gate
        self.ready, self.whole = Deadline(READY_SECONDS), Deadline(MAIL_SECONDS)
        self.gate_asked = False

    def over(self, smtp: TwoStepSmtp) -> Outcome:
        """What became of it on this connection."""
        smtp.dot_written = False
        room = smtp.esmtp_features.get("size", "")
        if room.isdigit() and 0 < int(room) < len(self.raw):
            return Outcome(Result.FAILED, f"The mail is larger than the mail server takes ({room} bytes).")
        try:
            said = smtp.hand_over(self.mail.sender, self.mail.to, self.raw, gate=self._open, answer=self._answer)
        except GateClosed:
            return Outcome(Result.HELD)
        except Refused as refused:
            return verdict(refused)
        except (OSError, smtplib.SMTPException) as error:
            smtp.close()
            # A server that says nothing would let every mail wait as long.
            silent = isinstance(error.__cause__ or error, TimeoutError)
            if smtp.dot_written:
                words = "It was handed over, but the mail server's answer never came."
                return Outcome(Result.UNKNOWN, words, down=silent)
            return Outcome(Result.LATER, "The connection broke before the mail was handed over.", down=silent)
        return Outcome(Result.SENT, receipt=receipt(said))

    def _answer(self) -> Deadline:
        return Deadline(min(ANSWER_SECONDS, self.whole.left))

    def _open(self) -> bool:
        self.gate_asked = True
        return self.gate()


def _why_not_reached(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return f"The mail server refuses the user name or password: {quoted(error.smtp_error)}."
    if isinstance(error, smtplib.SMTPResponseException):
        return f"The mail server takes no mail now: {quoted(error.smtp_error)}."
    if isinstance(error, smtplib.SMTPNotSupportedError | ssl.SSLError):
        return f"No secure connection to the mail server: {quoted(str(error))}."
    if isinstance(error, TimeoutError | smtplib.SMTPServerDisconnected):
        return "The mail server does not answer."
    return f"The mail server cannot be reached: {quoted(str(error))}."
