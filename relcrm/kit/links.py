"""Signed links for mails: purpose + object + the patron's link generation + expiry (DESIGN section 6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.core.signing import BadSignature, Signer

PATHS = {
    "letter": "/letters/{token}/",
    "checkin": "/checkin/{token}/",
    "unsubscribe": "/unsubscribe/{token}/",
    "my": "/my/{token}/",
    "sent": "/suggest/sent/{token}/",
}
LIFETIMES = {
    "letter": timedelta(days=365),
    "checkin": timedelta(days=60),
    "unsubscribe": timedelta(days=3650),
    "my": timedelta(minutes=30),
    "sent": timedelta(days=30),
}


class LinkError(Exception):
    """The link is unknown, changed, expired or made for another page. One class: readers get one neutral page."""


@dataclass(frozen=True)
class Link:
    """What a valid token says."""

    object_key: str
    generation: int


def make_token(purpose: str, object_key: str, generation: int, *, now: datetime) -> str:
    """A URL-safe token for one purpose and object, valid for the purpose's lifetime from `now`."""
    expires = int((now + LIFETIMES[purpose]).timestamp())
    return _signer(purpose).sign(f"{object_key}.{generation}.{expires}")


def read_token(purpose: str, token: str, *, now: datetime) -> Link:
    """Check signature, purpose and expiry; the caller compares `generation` with the patron's. Raises LinkError."""
    try:
        object_key, generation, expires = _signer(purpose).unsign(token).rsplit(".", 2)
        if datetime.fromtimestamp(int(expires), UTC) < now:
            raise LinkError
        return Link(object_key, int(generation))
    except (BadSignature, ValueError, OverflowError) as error:
        raise LinkError from error


def path_for(purpose: str, token: str) -> str:
    """The page a token opens, as a path from the root."""
    return PATHS[purpose].format(token=token)


def _signer(purpose: str) -> Signer:
    return Signer(salt=f"relcrm.link.{purpose}", sep="~")
