"""Counting what one client does, without keeping who it was.

Keys are salted hashes of the client's address; the salt is random, lives in the cache only and changes every day.
Nothing a client writes into a form, and no forwarded address beyond the trusted proxies, goes into a key.
"""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from redis.exceptions import RedisError

SALT_LIFE = timedelta(days=3)


class LimiterDown(Exception):
    """The cache cannot count now; the caller decides what that means."""


@dataclass(frozen=True)
class Limit:
    """At most `times` within any stretch of `window`."""

    times: int
    window: timedelta


def client_address(request: HttpRequest) -> str:
    """Where the request came from: the peer, or the address our own proxies (TRUSTED_PROXY_COUNT) saw.

    An IPv6 client counts as its /64, which is what one household or one machine is given.
    """
    forwarded = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    trusted = settings.TRUSTED_PROXY_COUNT
    address = forwarded[-trusted] if 0 < trusted <= len(forwarded) else request.META.get("REMOTE_ADDR", "")
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is None:
        return str(ipaddress.ip_network((parsed, 64), strict=False).network_address)
    return str(getattr(parsed, "ipv4_mapped", None) or parsed)


def over_limits(subject: str, who: str, limits: Iterable[Limit], *, now: datetime) -> list[Limit]:
    """Count one event of `who` and return the limits it goes over (empty: within all of them).

    A sliding count: what is left of the window before, by its share, plus the present window. Events over the
    limit count too, so that a machine that goes on stays over. Raises LimiterDown when the cache does not answer.
    """
    try:
        return [limit for limit in limits if _count(subject, who, limit, now) > limit.times]
    except (RedisError, OSError) as error:
        raise LimiterDown from error


def _count(subject: str, who: str, limit: Limit, now: datetime) -> float:
    window = limit.window.total_seconds()
    number, elapsed = divmod(now.timestamp(), window)
    present, before = (_key(subject, who, window, start) for start in (number * window, (number - 1) * window))
    cache.add(present, 0, timeout=2 * window)
    try:
        hits = cache.incr(present)
    except ValueError:
        # The key was evicted between the two calls: this event is the first we know of.
        hits = 1
    return hits + float(cache.get(before, 0)) * (1 - elapsed / window)


def _key(subject: str, who: str, window: float, start: float) -> str:
    day = datetime.fromtimestamp(start, UTC).date().isoformat()
    salt = cache.get_or_set(f"limits:salt:{day}", lambda: secrets.token_hex(16), timeout=SALT_LIFE.total_seconds())
    digest = hashlib.sha256(f"{salt}|{subject}|{who}".encode()).hexdigest()[:32]
    return f"limits:{digest}:{int(window)}:{int(start)}"
