"""Walls around what was typed: extra fields change nothing, odd queries break nothing, views look through one door."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models
from django.test import Client
from django.urls import reverse

from tests.house.routes import ROUTES
from tests.house.test_get_changes_nothing import DIGEST
from tests.house.world import ROLES, World, make_world

ROOT = Path(__file__).resolve().parents[2]
HOUSES = ("library", "patrons", "catalog", "engagement", "outreach", "relcrm/desk")
ODD = (
    "",
    "'",
    "1;--",
    "-1",
    "0",
    "9" * 40,
    "9" * 5000,
    "\0",
    "\u202e",
    "a" * 5000,
    "../..",
    "{{7*7}}",
    "null",
    "[]",
    "²",
)
NAMES = [
    "q",
    "page",
    "before",
    "after",
    "sort",
    "order",
    "group",
    "filter",
    "state",
    "branch",
    "quarter",
    "person",
    "thing",
    "since",
    "until",
    "find",
    "query",
    "at",
    "id",
    "kind",
    "audience",
    "language",
    "next",
    "ref",
    "reader",
    "month",
    "year",
    "from",
    "to",
    "limit",
    "offset",
    "cursor",
    "dismissed",
    "took_out",
    "place",
    "changed",
    "what",
    "household",
]
BROKEN = 500


def a_client(world: World, role: str) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(world.staff[role])
    return client


def fuzz() -> Iterator[dict[str, Any]]:
    """Odd values under all names at once, shifted three times; then every name twice."""
    for start in (0, 5, 9):
        turn = itertools.islice(itertools.cycle(ODD), start, None)
        yield {word: next(turn) for word in NAMES}
    yield {word: ["1", "2"] for word in NAMES}


@pytest.mark.django_db
def test_no_odd_query_breaks_a_page() -> None:
    world = make_world()
    clients = {role: a_client(world, role) for role in ROLES}
    broken: list[str] = []
    for name, route in ROUTES.items():
        if route.posts or name == "health_ready":
            continue
        url = reverse(name, kwargs=route.kwargs(world))
        client = clients[min(route.roles, default="librarian")]
        answers = [(query, client.get(url, query).status_code) for query in fuzz()]
        broken += [f"GET {url} {query}"[:400] for query, status in answers if status >= BROKEN]
    assert broken == []


DANGEROUS = {"is_staff", "is_superuser", "is_active", "is_demo", "password", "id", "public_id", "standing", "role"}


def extra_fields() -> dict[str, str]:
    """Every field of every model of ours, with a value that would show."""
    fields = {
        field.name
        for model in apps.get_models()
        if model.__module__.split(".")[0] in HOUSES
        for field in fields_of(model)
    }
    return dict.fromkeys(sorted(fields | DANGEROUS), "1")


def fields_of(model: type[models.Model]) -> list[models.Field[object, object]]:
    return list(model._meta.concrete_fields)


def rights() -> object:
    """Who may do what, and who is who: what no form may change by the way."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, password, is_superuser, is_staff, is_active, is_demo, role, username FROM library_user"
            " ORDER BY id"
        )
        staff = cursor.fetchall()
        cursor.execute(DIGEST.format("library_user_branches"))
        return staff, cursor.fetchall()


LOOKS_AFTER_STAFF = {
    "staff_new", "staff_edit", "staff_close", "staff_open", "staff_link", "staff_reset", "account_change_password",
    "account_logout", "account_reset_password_from_key",
}  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("role", ROLES)
def test_fields_nobody_asked_for_change_no_rights(role: str) -> None:
    world = make_world()
    before = rights()
    for name, route in ROUTES.items():
        if route.roles and role not in route.roles:
            continue
        client = a_client(world, role)
        client.post(reverse(name, kwargs=route.kwargs(world)), extra_fields())
        if name not in LOOKS_AFTER_STAFF:
            assert rights() == before, name


# One door (SEC-17)

SCOPED = {"Patron", "Request", "Letter", "CheckIn", "Message", "ContactReason", "Note", "Loan", "NeedAsk", "ImportRun"}
# One's own rows, and rows of patrons that were found through `visible_to`, are as good.
ONE_DOOR = {"visible_to", "by", "patron__in"}


def views() -> Iterator[Path]:
    for house in HOUSES:
        yield from sorted((ROOT / house).glob("views/**/*.py"))


@pytest.mark.parametrize("path", list(views()), ids=lambda path: f"{path.parent.parent.name}-{path.stem}")
def test_views_reach_whatever_belongs_to_a_branch_through_visible_to(path: Path) -> None:
    """`Model.objects` of a scoped model is followed by `.visible_to(...)` in a view, or it is no staff view."""
    tree = ast.parse(path.read_text())
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "objects" and getattr(node.value, "id", "") in SCOPED:
            assert ONE_DOOR & set(_chain(node, parents)) or _is_for_readers(path), f"{path}:{node.lineno}"
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "get_object_or_404":
            first = node.args[0]
            assert getattr(first, "id", "") not in SCOPED or _is_for_readers(path), f"{path}:{node.lineno}"


def _chain(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> list[str]:
    """The methods called one after the other on this manager, and the filters they take."""
    names: list[str] = []
    while isinstance(node := parents[node], ast.Attribute | ast.Call):
        names += [node.attr] if isinstance(node, ast.Attribute) else [str(word.arg) for word in node.keywords]
    return names


def _is_for_readers(path: Path) -> bool:
    """Pages behind a mailed link know their one reader by the link."""
    return "for_roles" not in path.read_text()
