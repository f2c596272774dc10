"""GET and HEAD of every address, twice, by everyone who may: no row of ours changes (the contract's list aside)."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from tests.house.routes import ROUTES
from tests.house.world import ROLES, World, make_world

DIGEST = "select count(*), md5(coalesce(string_agg(t::text, '|' order by t::text), '')) from {} t"
ALLOWED = {"library_session"}  # sessions; rate counters and heartbeats live in the cache


def fingerprint() -> dict[str, object]:
    prints: dict[str, object] = {}
    with connection.cursor() as cursor:
        for table in sorted(set(connection.introspection.table_names(cursor)) - ALLOWED):
            cursor.execute(DIGEST.format(connection.ops.quote_name(table)))
            prints[table] = cursor.fetchone()
    return prints


@pytest.mark.django_db
@pytest.mark.parametrize("role", [*ROLES, None])
def test_get_and_head_change_no_row(role: str | None) -> None:
    world: World = make_world()
    client = Client()
    if role:
        client.force_login(world.staff[role])
    before = fingerprint()
    for name, route in ROUTES.items():
        if name == "account_logout":
            continue
        url = reverse(name, kwargs=route.kwargs(world))
        for _ in range(2):
            client.get(url)
            client.head(url)
        assert fingerprint() == before, f"GET {url} as {role or 'nobody'} changed something"
