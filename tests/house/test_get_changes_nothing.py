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
# Rows this transaction has written so far, those taken back included: one question instead of one for each table.
WRITTEN = "select relname, n_tup_ins + n_tup_upd + n_tup_del from pg_stat_xact_user_tables"


def fingerprint() -> dict[str, object]:
    prints: dict[str, object] = {}
    with connection.cursor() as cursor:
        for table in sorted(set(connection.introspection.table_names(cursor)) - ALLOWED):
            cursor.execute(DIGEST.format(connection.ops.quote_name(table)))
            prints[table] = cursor.fetchone()
    return prints


def written() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(WRITTEN)
        return {table: rows for table, rows in cursor.fetchall() if rows and table not in ALLOWED}


@pytest.mark.django_db
@pytest.mark.parametrize("role", [*ROLES, None])
def test_get_and_head_change_no_row(role: str | None) -> None:
    world: World = make_world()
    client = Client()
    if role:
        client.force_login(world.staff[role])
    before, rows = fingerprint(), written()
    for name, route in ROUTES.items():
        if name == "account_logout":
            continue
        url = reverse(name, kwargs=route.kwargs(world))
        for _ in range(2):
            client.get(url)
            client.head(url)
        assert written() == rows, f"GET {url} as {role or 'nobody'} wrote something"
    assert fingerprint() == before


@pytest.mark.django_db
def test_a_change_would_be_noticed() -> None:
    world = make_world()
    rows = written()
    world.patron.save()
    assert written() != rows
