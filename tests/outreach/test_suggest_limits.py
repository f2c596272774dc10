"""Counting clients: salted, sliding, deaf to what a client claims, and honest when it cannot count."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings
from redis.exceptions import ConnectionError as RedisDown

from outreach.services.bots import read_rendering, sign_rendering, why_hold
from relcrm.kit.limits import Limit, client_address, over_limits

TEN_MINUTES = timedelta(minutes=10)
FIVE = (Limit(5, TEN_MINUTES),)


def request_from(peer: str, forwarded: str = "") -> Any:
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    return RequestFactory().get("/", REMOTE_ADDR=peer, headers=headers)


def test_the_sixth_within_ten_minutes_is_over(now: datetime) -> None:
    verdicts = [bool(over_limits("t", "a", FIVE, now=now + timedelta(seconds=10 * i))) for i in range(6)]

    assert verdicts == [False] * 5 + [True]
    assert not over_limits("t", "another", FIVE, now=now)


def test_the_window_slides_instead_of_starting_afresh(now: datetime) -> None:
    for _ in range(5):
        over_limits("t", "a", FIVE, now=now + timedelta(minutes=9, seconds=59))

    assert over_limits("t", "a", FIVE, now=now + timedelta(minutes=10, seconds=1))
    assert not over_limits("t", "a", FIVE, now=now + timedelta(minutes=25))


def test_no_address_lies_in_the_cache(now: datetime) -> None:
    over_limits("t", "192.0.2.77", FIVE, now=now)

    kept = repr(cache._cache)  # type: ignore[attr-defined]  # the memory cache keeps its keys here
    assert "limits" in kept
    assert "192.0.2.77" not in kept


def test_a_forwarded_address_counts_only_behind_a_trusted_proxy(settings: Settings) -> None:
    settings.TRUSTED_PROXY_COUNT = 0
    assert client_address(request_from("192.0.2.1", "198.51.100.9")) == "192.0.2.1"
    settings.TRUSTED_PROXY_COUNT = 1
    assert client_address(request_from("10.0.0.1", "203.0.113.5, 198.51.100.9")) == "198.51.100.9"
    settings.TRUSTED_PROXY_COUNT = 2
    assert client_address(request_from("10.0.0.1", "203.0.113.5, 198.51.100.9")) == "203.0.113.5"
    assert client_address(request_from("10.0.0.1", "198.51.100.9")) == "10.0.0.1"


def test_an_ipv6_household_is_one_client() -> None:
    first = client_address(request_from("2001:db8:1:2:aaaa::1"))
    assert first == client_address(request_from("2001:db8:1:2:bbbb::2"))
    assert first != client_address(request_from("2001:db8:1:3:aaaa::1"))
    assert client_address(request_from("::ffff:192.0.2.1")) == "192.0.2.1"
    assert client_address(request_from("not an address")) == "unknown"


def test_without_the_counter_a_request_is_held(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_more: object) -> None:
        raise RedisDown("refused")

    monkeypatch.setattr(cache, "add", refuse)

    reason = why_hold(rendering=read_rendering(""), trap="", client="a", now=now)

    assert reason == "Nobody could count how many came before."


def test_a_rendering_brings_back_its_nonce_and_its_time(now: datetime) -> None:
    signed = sign_rendering(now=now)

    rendering = read_rendering(signed)

    assert rendering == read_rendering(signed)
    assert rendering.made_at == now
    assert rendering.is_fresh(now + timedelta(hours=23))
    assert not rendering.is_fresh(now + timedelta(hours=25))
    assert len(rendering.nonce) <= 64


@given(st.text(max_size=200))
def test_whatever_comes_as_nonce_is_read_without_a_crash(text: str) -> None:
    rendering = read_rendering(text)

    assert rendering.made_at is None
    assert rendering.forged == bool(text)
    assert rendering.nonce


def test_what_a_machine_does_is_said_in_words(now: datetime) -> None:
    signed = sign_rendering(now=now)

    def reason(trap: str = "", nonce: str = signed, after: float = 30) -> str:
        later = now + timedelta(seconds=after)
        return why_hold(rendering=read_rendering(nonce), trap=trap, client=f"c{after}{trap}{nonce}", now=later)

    assert reason() == ""
    assert reason(nonce="") == ""
    assert "cannot see" in reason(trap="http://spam.example")
    assert "less than 3 seconds" in reason(after=2.5)
    assert "was changed" in reason(nonce=signed + "x")
