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
    "address": "/my/address/{token}/",
}
# None: it never expires. A letter and a check-in last as long as the library says (outreach.services.links).
LIFETIMES: dict[str, timedelta | None] = {
    "letter": timedelta(days=60),
    "checkin": timedelta(days=60),
    "unsubscribe": None,
    "my": timedelta(minutes=30),
    "sent": timedelta(days=30),
    "address": timedelta(hours=48),
}
NEVER = 0  # stands where the time of expiry would


class LinkError(Exception):
    """The link is unknown, changed, expired or made for another page. One class: readers get one neutral page."""


@dataclass(frozen=True)
class Link:
    """What a valid token says."""

    object_key: str
    generation: int


def make_token(
    purpose: str, object_key: str, generation: int, *, now: datetime, lifetime: timedelta | None = None
) -> str:
    """A URL-safe token for one purpose and object, valid from `now` for `lifetime`, else for the purpose's own."""
    lifetime = lifetime or LIFETIMES[purpose]
    expires = int((now + lifetime).timestamp()) if lifetime else NEVER
    return _signer(purpose).sign(f"{object_key}.{generation}.{expires}")


def read_token(purpose: str, token: str, *, now: datetime) -> Link:
    """Check signature, purpose and expiry; the caller compares `generation` with the patron's. Raises LinkError."""
    try:
        object_key, generation, expires = _signer(purpose).unsign(token).rsplit(".", 2)
        if int(expires) != NEVER and datetime.fromtimestamp(int(expires), UTC) < now:
            raise LinkError
        return Link(object_key, int(generation))
    except (BadSignature, ValueError, OverflowError) as error:
        raise LinkError from error


def path_for(purpose: str, token: str) -> str:
    """The page a token opens, as a path from the root."""
    return PATHS[purpose].format(token=token)


def _signer(purpose: str) -> Signer:
    return Signer(salt=f"relcrm.link.{purpose}", sep="~")
