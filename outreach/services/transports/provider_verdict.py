"""What a mail service's answer, or the lack of one, means for one mail."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping

from anymail.exceptions import AnymailAPIError, AnymailConfigurationError, AnymailError
from anymail.message import AnymailStatus
from django.core.exceptions import ImproperlyConfigured
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from outreach.services.transports.outcome import Outcome, Result, plain, quoted

SLOW_DOWN = 429
TOO_MANY = {425, SLOW_DOWN}
# Wrong key, unpaid bill, unknown sender or address of the service: our settings, not the letter.
NOT_US = {401, 402, 403, 404, 405, 407}
# Somebody between us and the service gave up, or it is at work on the same mail: nothing is known.
NOT_CERTAIN = {408, 409}
REFUSED = range(400, 500)
NEVER_TAKEN = {"failed", "invalid", "rejected"}
# Nothing was said to the service, so it cannot have taken anything.
NO_CONNECTION = (NewConnectionError, ConnectTimeoutError, ssl.SSLCertVerificationError)


def judge(error: Exception) -> Outcome:
    """What an exception says about the mail: only a refusal, or no connection at all, is certain.

    An answer in the 500s is not: what stands before the service may give it for a mail that was taken.
    """
    if any(isinstance(cause, NO_CONNECTION) for cause in _causes(error)):
        return Outcome(Result.LATER, "The mail service cannot be reached.", down=True)
    words = quoted(str(error))
    if isinstance(error, AnymailAPIError):
        status = _status(error)
        return _judge_status(status, words) if status else _no_answer(words)
    if isinstance(error, AnymailConfigurationError | ImproperlyConfigured):
        return Outcome(Result.LATER, f"The mail service cannot be used: {words}.", down=True)
    if isinstance(error, AnymailError):
        # Raised while preparing the request, or because the service named every address as refused.
        return Outcome(Result.FAILED, f"The mail service refused it: {words}.")
    return _no_answer(words)


def taken(status: AnymailStatus) -> Outcome:
    """What the service said of a mail it did not object to. A backend that is not Anymail's says nothing."""
    if status.status is None:
        return Outcome(Result.SENT)
    said = set(status.status)
    if said and said <= NEVER_TAKEN:
        return Outcome(Result.FAILED, f"The mail service did not take it: it says {', '.join(sorted(said))}.")
    if "unknown" in said:
        return Outcome(Result.UNKNOWN, "It was handed to the mail service, and no clear answer came.")
    number = status.message_id
    name = next(iter(number), None) if isinstance(number, set) else number
    words = "" if name is None else plain(str(name))
    receipt = plain(f"{', '.join(sorted(map(str, said)))} {words}")
    return Outcome(Result.SENT, receipt=receipt, provider_id=words)


def _judge_status(status: int, words: str) -> Outcome:
    if status in TOO_MANY:
        return Outcome(Result.LATER, f"The mail service wants us to slow down: {words}.", down=True)
    if status in NOT_US:
        return Outcome(Result.LATER, f"The mail service does not let us in: {words}.", down=True)
    if status in REFUSED and status not in NOT_CERTAIN:
        return Outcome(Result.FAILED, f"The mail service refused it: {words}.")
    # Where one mail got no clear answer, the next would not either.
    return Outcome(Result.UNKNOWN, f"The mail service gave no clear answer: {words}.", down=status not in NOT_CERTAIN)


def _no_answer(words: str) -> Outcome:
    return Outcome(Result.UNKNOWN, f"It was handed to the mail service, and no clear answer came: {words}.")


def _status(error: AnymailAPIError) -> int | None:
    """The HTTP status; Amazon's library gives its answers as dictionaries."""
    response = error.response
    if isinstance(response, Mapping):
        said: int | None = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        limited = str(response.get("Error", {}).get("Code", "")).startswith(("Throttling", "TooManyRequests"))
        return SLOW_DOWN if limited else said
    status: int | None = error.status_code
    return status


def _causes(error: BaseException | None) -> Iterator[object]:
    """The exception and everything it came from; urllib3 keeps the last one in `reason`."""
    while error is not None:
        yield error
        yield getattr(error, "reason", None)
        error = error.__cause__ or error.__context__
