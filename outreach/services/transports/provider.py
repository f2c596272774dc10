"""Mail through Django's mail API: Anymail's providers, and whatever else MAILERS names."""

from __future__ import annotations

from anymail.backends.base_requests import AnymailRequestsBackend
from anymail.exceptions import AnymailError
from anymail.message import AnymailMessage
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import mailers
from django.core.mail.backends.base import BaseEmailBackend

from outreach.mail.wire import OutgoingMail
from outreach.services.transports.outcome import Gate, Outcome, Result, quoted
from outreach.services.transports.provider_verdict import judge, taken
from outreach.services.transports.provider_ways import as_django, key_of, ways_of

CONNECT_SECONDS, ANSWER_SECONDS = 10.0, 30.0


class ProviderTransport:
    """A backend of MAILERS. What its exceptions mean for one mail is decided by `judge`."""

    def __init__(self, alias: str) -> None:
        self.alias = alias
        self._backend: BaseEmailBackend | None = None

    def send(self, mail: OutgoingMail, *, gate: Gate) -> Outcome:
        """Hand one mail to the provider; the gate is asked before the request is made."""
        try:
            backend = self._opened()
            words = as_django(mail, backend)
            words.message()
        except ValueError as error:
            return Outcome(Result.FAILED, f"It could not be written as a mail: {quoted(str(error))}.")
        except (OSError, ImproperlyConfigured, AnymailError) as error:
            return Outcome(Result.LATER, f"The mail service cannot be used: {quoted(str(error))}.", down=True)
        if not gate():
            return Outcome(Result.HELD)
        outcome = _post(backend, words, key_of(mail))
        if outcome.result is Result.UNKNOWN and ways_of(backend).repeats:
            # The same request with the same key: it is taken now, or it was before, but never twice.
            again = _post(backend, words, key_of(mail))
            outcome = again if again.result is Result.SENT else outcome
        return outcome

    def close(self) -> None:
        """Close the provider's session."""
        backend, self._backend = self._backend, None
        if backend is not None:
            backend.close()

    def _opened(self) -> BaseEmailBackend:
        if self._backend is None:
            backend = mailers[self.alias]
            if isinstance(backend, AnymailRequestsBackend):
                backend.timeout = (CONNECT_SECONDS, ANSWER_SECONDS)
            backend.open()
            self._backend = backend
        return self._backend


def _post(backend: BaseEmailBackend, words: AnymailMessage, key: str) -> Outcome:
    """One request, and what is known after it."""
    session = getattr(backend, "session", None)
    if session is not None and getattr(backend, "esp_name", "") == "Resend":
        session.headers["Idempotency-Key"] = key
    try:
        number = backend.send_messages([words])
    except Exception as error:  # noqa: BLE001  (any provider's library, and the mail may be out: it must be judged)
        return judge(error)
    if not number:
        return Outcome(Result.FAILED, "The mail service did not take it.")
    return taken(words.anymail_status)
