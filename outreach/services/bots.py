"""Telling people from machines without a puzzle: nothing here turns a request away, it is held for a look."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.core.signing import BadSignature, Signer

from relcrm.kit.limits import Limit, LimiterDown, over_limits

QUICKEST = timedelta(seconds=3)
OLDEST = timedelta(hours=24)
PER_CLIENT = (Limit(5, timedelta(minutes=10)), Limit(20, timedelta(days=1)))
PER_SITE = (Limit(200, timedelta(hours=1)),)
SIGNER_SALT = "relcrm.suggest.render"


@dataclass(frozen=True)
class Rendering:
    """One rendering of the form: its own nonce and when it was made.

    `made_at` is None when the form came without a proof; `forged` when it came with a wrong one.
    """

    nonce: str
    made_at: datetime | None = None
    forged: bool = False

    def is_fresh(self, now: datetime) -> bool:
        """Whether the form was rendered by us within the last day."""
        return self.made_at is not None and now - self.made_at <= OLDEST


def sign_rendering(*, now: datetime) -> str:
    """A new nonce with the time of rendering, signed; goes into the form."""
    milliseconds = int(now.timestamp() * 1000)
    return Signer(salt=SIGNER_SALT, sep="~").sign(f"{secrets.token_urlsafe(18)}.{milliseconds}")


def read_rendering(signed: str) -> Rendering:
    """What the form brought back. Never raises: a missing or wrong proof becomes a fresh nonce that says so."""
    if not signed:
        return Rendering(secrets.token_urlsafe(18))
    try:
        nonce, milliseconds = Signer(salt=SIGNER_SALT, sep="~").unsign(signed).rsplit(".", 1)
        return Rendering(nonce, datetime.fromtimestamp(int(milliseconds) / 1000, UTC))
    except (BadSignature, ValueError, OverflowError):
        return Rendering(secrets.token_urlsafe(18), forged=True)


def why_hold(*, rendering: Rendering, trap: str, client: str, now: datetime) -> str:
    """Why staff should look at a request before it counts, in plain words; empty when nothing is odd.

    Counts the request against the limits. When the counting does not work, the request is held.
    """
    reasons = []
    if trap:
        reasons.append("A field that readers cannot see was filled in.")
    if rendering.forged:
        reasons.append("The form's own mark was changed.")
    if rendering.made_at is not None and now - rendering.made_at < QUICKEST:
        reasons.append("Sent less than 3 seconds after the form was opened.")
    return " ".join([*reasons, *_counted(client, now)])


def _counted(client: str, now: datetime) -> list[str]:
    try:
        of_client = over_limits("suggest", client, PER_CLIENT, now=now)
        of_site = over_limits("suggest-site", "all", PER_SITE, now=now)
    except LimiterDown:
        return ["Nobody could count how many came before."]
    reasons = []
    if of_client:
        reasons.append("Many requests from one place.")
    if of_site:
        reasons.append("More than 200 requests within an hour.")
    return reasons
