"""Every address x every role: who may open it, and that a foreign object does not exist for strangers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from library.models import User
from tests.house.routes import ROUTES
from tests.house.world import ROLES, World, make_world

LOGIN = "/accounts/login/"
NOT_FOR_YOU, NOT_ALLOWED, NOT_FOUND, REDIRECT = 403, 405, 404, 302


def names(resolver: URLResolver | None = None) -> Iterator[str]:
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            yield from names(entry)
        elif isinstance(entry, URLPattern):
            yield entry.name or str(entry.pattern)


def visitor(user: User | None) -> Client:
    client = Client()
    if user:
        client.force_login(user)
    return client


@pytest.fixture
def world(db: None) -> World:
    return make_world()


def test_every_address_is_listed() -> None:
    assert sorted(names()) == sorted(ROUTES), set(names()) ^ set(ROUTES)


@pytest.mark.parametrize("role", ROLES)
def test_an_address_answers_only_the_roles_it_is_for(world: World, role: str) -> None:
    for name, route in ROUTES.items():
        url = reverse(name, kwargs=route.kwargs(world))
        meant_for = route.public or role in route.roles
        client = visitor(world.staff[role])
        if route.posts:
            assert client.get(url).status_code in {NOT_ALLOWED, NOT_FOR_YOU}, f"{role} GET {url}"
            assert meant_for or client.post(url).status_code == NOT_FOR_YOU, f"{role} POST {url}"
        else:
            usual = {route.status, route.signed_in} if route.public else {route.status, route.also or route.status}
            expected = usual if meant_for else {NOT_FOR_YOU}
            status = client.get(url).status_code
            assert status in expected or (name == "today" and status == REDIRECT), f"{role} GET {url}: {status}"


def test_whoever_is_not_signed_in_meets_the_login_page_or_a_public_page(world: World) -> None:
    for name, route in ROUTES.items():
        url = reverse(name, kwargs=route.kwargs(world))
        answer = visitor(None).post(url) if route.posts and not route.public else visitor(None).get(url)
        if route.public:
            assert answer.status_code == (NOT_ALLOWED if route.posts else route.status), f"{url}: {answer.status_code}"
        else:
            assert answer.status_code == REDIRECT, url
            assert answer.headers["Location"].startswith(LOGIN), url


def test_a_foreign_object_does_not_exist(world: World) -> None:
    for name, route in ROUTES.items():
        if not route.scoped:
            continue
        url = reverse(name, kwargs=route.kwargs(world))
        client = visitor(world.stranger)
        statuses = {client.get(url).status_code, client.post(url, {}).status_code}
        assert statuses <= {NOT_FOUND, NOT_ALLOWED}, f"{url}: {statuses}"
        assert NOT_FOUND in statuses, f"{url}: {statuses}"


def test_every_staff_address_asks_for_a_csrf_key(world: World) -> None:
    """Every POST without one is refused, but for the embedded form, one-click unsubscribing and mail services."""
    exempt = {"suggest_embed", "unsubscribe", "hook"}
    for name, route in ROUTES.items():
        client = Client(enforce_csrf_checks=True)
        role = next(iter(route.roles), None)
        if role:
            client.force_login(world.staff[role])
        url = reverse(name, kwargs=route.kwargs(world))
        status = client.post(url, {}).status_code
        assert name in exempt or status in {NOT_FOR_YOU, NOT_ALLOWED}, f"POST {url}: {status}"
