"""Mail through Django's mail API: Anymail's providers, and whatever else MAILERS names."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import EmailMessage
from email.utils import formataddr

from anymail.exceptions import AnymailAPIError, AnymailError
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMultiAlternatives, mailers
from django.core.mail.backends.base import BaseEmailBackend
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from outreach.services.transports.outcome import Gate, Outcome, Result, quoted

OWN_HEADERS = {"from", "to", "reply-to", "subject", "content-type", "mime-version", "content-transfer-encoding"}
TOO_MANY_REQUESTS = 429
REFUSED, PUT_OFF = range(400, 500), range(500, 600)


class ProviderTransport:
    """A backend of MAILERS. What its exceptions mean for one mail is decided here."""

    def __init__(self, alias: str) -> None:
        self.alias = alias
        self._backend: BaseEmailBackend | None = None

    def send(self, mail: EmailMessage, *, gate: Gate) -> Outcome:
        """Hand one mail to the provider; the gate is asked before the request is made."""
        words = as_django(mail)
        try:
            words.message()
            backend = self._opened()
        except ValueError as error:
            return Outcome(Result.FAILED, f"It could not be written as a mail: {quoted(str(error))}.")
        except (OSError, ImproperlyConfigured, AnymailError) as error:
            return Outcome(Result.LATER, f"The mail service cannot be used: {quoted(str(error))}.", down=True)
        if not gate():
            return Outcome(Result.HELD)
        try:
            taken = backend.send_messages([words])
        except Exception as error:  # noqa: BLE001  (any provider's library, and the mail may be out: it must be judged)
            return judge(error)
        return Outcome(Result.SENT) if taken else Outcome(Result.FAILED, "The mail service did not take it.")

    def close(self) -> None:
        """Close the provider's session."""
        backend, self._backend = self._backend, None
        if backend is not None:
            backend.close()

    def _opened(self) -> BaseEmailBackend:
        if self._backend is None:
            self._backend = mailers[self.alias]
            self._backend.open()
        return self._backend


def as_django(mail: EmailMessage) -> EmailMultiAlternatives:
    """The same mail as Django's mail API takes it."""
    bodies = {kind: mail.get_body((kind,)) for kind in ("plain", "html")}
    text, html = ("" if part is None else part.get_content() for part in bodies.values())
    message = EmailMultiAlternatives(
        subject=str(mail["Subject"]),
        body=text,
        from_email=_pairs(mail, "From")[0],
        to=_pairs(mail, "To"),
        reply_to=_pairs(mail, "Reply-To"),
        headers={name: str(value) for name, value in mail.items() if name.lower() not in OWN_HEADERS},
    )
    message.attach_alternative(html, "text/html")
    return message


def judge(error: Exception) -> Outcome:
    """What a provider's exception says about the mail: only an answer, or no connection at all, is certain."""
    if any(isinstance(cause, NewConnectionError | ConnectTimeoutError) for cause in _causes(error)):
        return Outcome(Result.LATER, "The mail service cannot be reached.", down=True)
    status = getattr(error, "status_code", None)
    if isinstance(error, AnymailAPIError) and status:
        return _judge_status(status, quoted(str(error)))
    if isinstance(error, AnymailError) and not isinstance(error, AnymailAPIError):
        # Raised while preparing the request, or because the service named every address as refused.
        return Outcome(Result.FAILED, f"The mail service refused it: {quoted(str(error))}.")
    return Outcome(
        Result.UNKNOWN, f"It was handed to the mail service, and no clear answer came: {quoted(str(error))}."
    )


def _judge_status(status: int, words: str) -> Outcome:
    if status == TOO_MANY_REQUESTS or status in PUT_OFF:
        return Outcome(Result.LATER, f"The mail service put it off: {words}.")
    if status in REFUSED:
        return Outcome(Result.FAILED, f"The mail service refused it: {words}.")
    return Outcome(Result.UNKNOWN, f"The mail service gave an answer that is not understood: {words}.")


def _causes(error: BaseException | None) -> Iterator[object]:
    """The exception and everything it came from; urllib3 keeps the last one in `reason`."""
    while error is not None:
        yield error
        yield getattr(error, "reason", None)
        error = error.__cause__ or error.__context__


def _pairs(mail: EmailMessage, header: str) -> list[str]:
    value = mail[header]
    return [formataddr((one.display_name, one.addr_spec)) for one in value.addresses] if value else []
