"""Mail over SMTP, knowing at every break which side of the last dot it happened on."""

from __future__ import annotations

import contextlib
import smtplib
import socket
import ssl
from dataclasses import dataclass
from email.message import EmailMessage

from django.core.mail import DNS_NAME

from outreach.services.transports.outcome import Gate, Outcome, Result, quoted
from outreach.services.transports.two_step_smtp import GateClosed, TwoStepSmtp, TwoStepSmtps

CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 60.0
TAKEN, PUT_OFF, REFUSED = range(200, 300), range(400, 500), range(500, 600)
# The server wants a password or a secure connection first: wrong settings, not a wrong letter.
NOT_SIGNED_IN = {530, 534, 535, 538}
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

    def send(self, mail: EmailMessage, *, gate: Gate) -> Outcome:
        """Hand over one mail. A kept connection that turns out to be closed is tried once more with a new one."""
        kept = self._smtp is not None
        outcome = self._attempt(mail, gate)
        if kept and self._smtp is None and outcome.result is Result.LATER:
            outcome = self._attempt(mail, gate)
        return outcome

    def close(self) -> None:
        """Say goodbye and close."""
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                smtp.quit()
            smtp.close()

    def _attempt(self, mail: EmailMessage, gate: Gate) -> Outcome:
        try:
            smtp = self._connected()
        except (OSError, smtplib.SMTPException) as error:
            return Outcome(Result.LATER, _why_not_reached(error), down=True)
        smtp.gate, smtp.dot_written, smtp.answer_seconds = gate, False, ANSWER_SECONDS
        try:
            outcome = _hand_over(smtp, mail)
        except BaseException:
            # Not about mail: leave no half-spoken connection behind. What is known of the mail is its phase mark.
            self._drop()
            raise
        if smtp.sock is None or outcome.result in NOTHING_MORE_TO_SAY:
            self._drop()
        return outcome

    def _connected(self) -> TwoStepSmtp:
        if self._smtp is not None:
            return self._smtp
        server = self.server
        context = ssl.create_default_context()
        name = DNS_NAME.get_fqdn()
        smtp: TwoStepSmtp
        if server.tls:
            smtp = TwoStepSmtps(server.host, server.port, name, timeout=CONNECT_SECONDS, context=context)
        else:
            smtp = TwoStepSmtp(server.host, server.port, name, timeout=CONNECT_SECONDS)
        try:
            if smtp.sock is not None:
                # The dot is a packet of its own: it must not wait for the body to be acknowledged.
                smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if server.starttls:
                smtp.starttls(context=context)
            smtp.ehlo_or_helo_if_needed()
            if server.username:
                smtp.login(server.username, server.password)
        except BaseException:
            smtp.close()
            raise
        self._smtp = smtp
        return smtp

    def _drop(self) -> None:
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            smtp.close()


def _hand_over(smtp: TwoStepSmtp, mail: EmailMessage) -> Outcome:
    sender, to = (mail[name].addresses[0].addr_spec for name in ("From", "To"))
    try:
        smtp.sendmail(sender, [to], mail.as_bytes())
    except GateClosed:
        return Outcome(Result.HELD)
    except (OSError, smtplib.SMTPException) as error:
        return _judge(error, dot_written=smtp.dot_written)
    except ValueError as error:
        # Something of it cannot be said in SMTP, e.g. an address outside ASCII; that shows before DATA.
        smtp.close()
        return Outcome(Result.FAILED, f"It could not be written as a mail: {quoted(str(error))}.")
    return Outcome(Result.SENT)


def _judge(error: Exception, *, dot_written: bool) -> Outcome:
    """What a break or a refusal in the middle of a mail means."""
    code, words = _answer(error)
    if code in PUT_OFF:
        return Outcome(Result.LATER, f"The mail server put it off: {quoted(words)}.")
    if code in NOT_SIGNED_IN:
        return Outcome(Result.LATER, f"The mail server wants to know who we are: {quoted(words)}.", down=True)
    if code in REFUSED:
        return Outcome(Result.FAILED, f"The mail server refused it: {quoted(words)}.")
    if dot_written and code in TAKEN:
        return Outcome(Result.SENT)
    if dot_written:
        return Outcome(Result.UNKNOWN, "It was handed over, but the mail server's answer never came.")
    return Outcome(Result.LATER, "The connection broke before the mail was handed over.")


def _answer(error: Exception) -> tuple[int, str]:
    """The server's code and words; (0, "") where the exception is not an answer of the server."""
    code: int
    said: bytes | str
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, said = next(iter(error.recipients.values()))
    elif isinstance(error, smtplib.SMTPSenderRefused | smtplib.SMTPDataError):
        code, said = error.smtp_code, error.smtp_error
    else:
        return 0, ""
    return code, f"{code} {said.decode('utf-8', 'replace') if isinstance(said, bytes) else said}"


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
