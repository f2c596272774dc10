"""Signed links for mails: purpose + object + the patron's link generation + expiry (DESIGN section 6)."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.core.signing import BadSignature, Signer

PATHS = {
    "letter": "/letters/{token}/",
    "checkin": "/checkin/{token}/",
    "pulse": "/pulse/{token}/",
    "unsubscribe": "/unsubscribe/{token}/",
    "my": "/my/{token}/",
    "sent": "/suggest/sent/{token}/",
    "address": "/my/address/{token}/",
    "due": "/desk/due/{token}/due.ics",
}
# None: it never expires. A letter, a check-in and a pulse last as long as the library says (outreach.services.links).
LIFETIMES: dict[str, timedelta | None] = {
    "letter": timedelta(days=60),
    "checkin": timedelta(days=60),
    "pulse": timedelta(days=60),
    "unsubscribe": None,
    "my": timedelta(minutes=30),
    "sent": timedelta(days=30),
    "address": timedelta(hours=48),
    "due": None,
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


class TokenMaker:
    """Makes the tokens of many mails at one time: what `make_token` makes, with key and expiry worked out once.

    `lifetimes` goes before a purpose's own.
    """

    def __init__(self, *, now: datetime, lifetimes: Mapping[str, timedelta]) -> None:
        self._now = now
        self._lifetimes = {**LIFETIMES, **lifetimes}
        self._known: dict[str, tuple[bytes, int]] = {}

    def make(self, purpose: str, object_key: str, generation: int) -> str:
        """A URL-safe token for one purpose and object."""
        key, expires = self._known.get(purpose) or self._learn(purpose)
        words = f"{object_key}.{generation}.{expires}"
        signed = urlsafe_b64encode(hmac.digest(key, words.encode(), "sha256")).rstrip(b"=")
        return f"{words}~{signed.decode()}"

    def _learn(self, purpose: str) -> tuple[bytes, int]:
        lifetime = self._lifetimes[purpose]
        key = hashlib.sha256(f"{_salt(purpose)}signer{settings.SECRET_KEY}".encode()).digest()  # as Signer makes it
        expires = int((self._now + lifetime).timestamp()) if lifetime else NEVER
        return self._known.setdefault(purpose, (key, expires))


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
    return Signer(salt=_salt(purpose), sep="~")


def _salt(purpose: str) -> str:
    return f"relcrm.link.{purpose}"
