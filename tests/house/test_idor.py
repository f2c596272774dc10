"""Every address with an object in it x role x whose object it is: what is not theirs does not exist (SEC-16).

The list comes from the resolver: an address with a key in it must be scoped in `routes.py`, or be named here as the
house's own. Both ways are asked: GET (also as the piece of a page) and POST.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection, transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from library.models import User
from outreach.models import Message, Request, Thread
from patrons.models import BulkAction, BulkChange, Patron, Suppression
from relcrm.desk.services.bulk import Chosen, run_bulk, start_bulk
from relcrm.desk.services.exporting import file_of
from tests.builders import make_branch, make_patron, make_staff
from tests.house.routes import ROUTES, Route
from tests.house.world import ROLES, World, make_world

NOT_FOR_YOU, NOT_FOUND, NOT_ALLOWED = 403, 404, 405
# Objects of no branch and no reader (a mail nobody could place among them): the role alone decides.
OF_THE_HOUSE = {
    "service", "service_offer", "branch", "holiday_remove",
    "staff_edit", "staff_close", "staff_open", "staff_link", "staff_reset", "mail_words_edit", "mail_words_restore",
    "inbox_place", "inbox_meet", "inbox_away", "experiment_end", "rules_version", "rule_draft_back",
    "rule_draft_begin", "rule_draft_row", "report_board", "report_figure", "report_page", "report_picture",
}  # fmt: skip
# One's own way in: another's is tested below, as nobody else can own the key of the row.
OF_ONESELF = {"mfa_remove_webauthn", "session_end"}
# What only its maker, or whoever works for all branches, sees: also of a colleague at the same branch.
OF_ITS_MAKER = {name for name in ROUTES if name.startswith(("list_", "bulk", "import_"))} | {"need_take_back"}


def with_a_key(resolver: URLResolver | None = None) -> Iterator[str]:
    """The names of all addresses that have a place for a key."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            yield from with_a_key(entry)
        elif isinstance(entry, URLPattern) and (entry.pattern.converters or entry.pattern.regex.groups):
            yield str(entry.name)


STAFF_PAGES = sorted(name for name in with_a_key() if not ROUTES[name].public)


@pytest.fixture
def world(db: None) -> World:
    return make_world()


def test_every_address_with_a_key_says_whose_it_is() -> None:
    scoped = {name for name in STAFF_PAGES if ROUTES[name].scoped}
    assert set(STAFF_PAGES) - scoped == OF_THE_HOUSE | OF_ONESELF


def without_branch(world: World) -> None:
    """The same reader, request and mail, of no branch: every librarian's."""
    Patron.objects.update(branch=None)
    Request.objects.update(branch=None)
    Message.objects.update(branch=None)
    Thread.objects.update(branch=None)


def visitor(world: World, role: str, whose: str, name: str) -> User:
    """Own: whoever made it, at its branch. Same: a colleague there. Other, nobodys: a librarian of another branch."""
    if role != "librarian" or (whose == "own" and name.startswith("import_")):
        return world.staff[role]
    if whose in ("other", "nobodys"):
        return world.stranger
    user = world.staff["librarian"] if whose == "own" else make_staff()
    user.branches.add(world.here)
    return user


def is_theirs(role: str, whose: str, name: str) -> bool:
    if role != "librarian" or not ROUTES[name].scoped or whose == "own":
        return True
    return whose != "other" and name not in OF_ITS_MAKER


def answers(client: Client, route: Route, url: str, data: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Every way to ask; what it does is rolled back."""
    for way in ("GET", "piece", "POST"):
        with transaction.atomic():
            if way == "POST":
                answer = client.post(url, data)
            else:
                answer = client.get(url, headers={"HX-Request": "true"} if way == "piece" else {})
            transaction.set_rollback(True)
        yield way, answer


def posted(world: World, name: str) -> dict[str, Any]:
    """What it takes for a POST to find everything it speaks of."""
    if name == "household_remove":
        world.patron.refresh_from_db()
        return {"who": world.patron.public_id}
    if name == "join_patron":
        return {"into": world.double.public_id}
    return {}


# Branches are for librarians: to every other role all of it is the same, but for what belongs to nobody.
VISITS = [("librarian", whose) for whose in ("own", "same", "other", "nobodys")] + [
    (role, whose) for role in ROLES if role != "librarian" for whose in ("own", "nobodys")
]


@pytest.mark.parametrize(("role", "whose"), VISITS)
def test_what_is_not_theirs_does_not_exist(world: World, role: str, whose: str) -> None:
    Patron.objects.filter(pk=world.patron.pk).update(standing="provisional")  # so that it can be joined to its double
    Patron.objects.filter(pk=world.double.pk).update(email=world.patron.email)
    Suppression.objects.filter(pk=world.stopped.pk).update(address=world.patron.email.lower())
    User.objects.filter(pk=world.staff["viewer"].pk).update(email="viewer@example.org")  # a link can be mailed there
    if whose == "nobodys":
        without_branch(world)
    for name in STAFF_PAGES:
        route = ROUTES[name]
        url = reverse(name, kwargs=route.kwargs(world))
        with transaction.atomic():
            client = Client()
            client.force_login(visitor(world, role, whose, name))
            for way, answer in answers(client, route, url, posted(world, name)):
                known = f"{role} {whose} {way} {url}: {answer.status_code}"
                if role not in route.roles:
                    assert answer.status_code in {NOT_FOR_YOU, NOT_ALLOWED}, known
                elif is_theirs(role, whose, name):
                    there = answer.status_code not in {NOT_FOR_YOU, NOT_FOUND}
                    assert there or (way != "POST" and answer.status_code == route.status), known
                else:
                    no_such_way = answer.status_code == NOT_ALLOWED and (way == "POST" or route.posts)
                    assert answer.status_code == NOT_FOUND or no_such_way, known
            transaction.set_rollback(True)


# Keys in what is sent


def rows_of(branch: int) -> object:
    """Everything kept of the readers of a branch, as they stand."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT md5(string_agg(p::text, '|' ORDER BY p.id)) FROM patrons_patron p WHERE branch_id = %s", [branch]
        )
        return cursor.fetchone(), BulkChange.objects.filter(patron__branch=branch).count()


SENT: dict[str, dict[str, Any]] = {
    "household_add": {"who": "{theirs}"},
    "household_remove": {"who": "{theirs}"},
    "join_patron": {"into": "{theirs}"},
    "bulk_new": {"patrons": ["{theirs}"], "action": "language:fr", "do": "change"},
    "patron_edit": {"household": "{theirs}", "public_id": "{theirs}", "patron": "{theirs}"},
    "need_log": {"name": "Books by post", "patron": "{theirs}", "public_id": "{theirs}"},
    "note_write": {"words": "x", "patron": "{theirs}", "public_id": "{theirs}"},
}


@pytest.mark.parametrize("name", SENT)
def test_a_foreign_key_that_is_sent_along_reaches_nobody(world: World, name: str) -> None:
    """From one's own reader's page, with the number of somebody else's reader in a field."""
    theirs = world.patron
    Patron.objects.filter(pk=theirs.pk).update(language="es")
    mine = make_patron(branch=world.stranger.branches.get(), email=theirs.email, standing="provisional")
    client = Client()
    client.force_login(world.stranger)
    sent = {
        field: [word.format(theirs=theirs.public_id) for word in value]
        if isinstance(value, list)
        else value.format(theirs=theirs.public_id)
        for field, value in SENT[name].items()
    }
    before = rows_of(world.here.pk)
    url = reverse(name, kwargs={} if name == "bulk_new" else {"public_id": mine.public_id})
    page = client.post(url, sent, follow=True).content.decode()
    assert rows_of(world.here.pk) == before
    assert theirs.name not in page
    assert Patron.objects.filter(pk=mine.pk).exists()


def test_a_bulk_change_of_ticked_and_listed_readers_touches_only_ones_own(world: World) -> None:
    mine = make_patron(branch=world.stranger.branches.get())
    client = Client()
    client.force_login(world.stranger)
    sent = {"patrons": [mine.public_id, world.patron.public_id], "action": "language:fr"}
    for who in ({}, {"who": "all"}, {"who": "all", "branch": str(world.here.pk)}):
        client.post(reverse("bulk_new"), sent | who)
    started = BulkAction.objects.filter(by=world.stranger)
    assert started.count() == 3
    assert not BulkChange.objects.filter(bulk__in=started).exclude(patron=mine).exists()
    assert not Patron.objects.filter(branch=world.here, language="fr").exists()


@pytest.mark.parametrize("bad", ["P-\0", "%00", "'", "P" * 300, "..", "\u202e"])
def test_a_key_that_is_none_is_an_address_that_does_not_exist(world: World, bad: str) -> None:
    """Signs no number has break no page."""
    client = Client()
    client.force_login(world.staff["librarian"])
    for name in STAFF_PAGES:
        keys = ROUTES[name].kwargs(world)
        if "librarian" not in ROUTES[name].roles or not {"public_id", "kept"} & set(keys):
            continue
        url = reverse(name, kwargs={key: bad if key != "pk" else value for key, value in keys.items()})
        assert client.get(url).status_code in {NOT_FOUND, NOT_ALLOWED}, url
        assert client.post(url).status_code in {NOT_FOUND, NOT_ALLOWED}, url


def test_numbers_beyond_every_row_are_addresses_that_do_not_exist(world: World) -> None:
    clients = {role: Client() for role in ROLES}
    for role, client in clients.items():
        client.force_login(world.staff[role])
    for name in STAFF_PAGES:
        keys = ROUTES[name].kwargs(world)
        if "pk" not in keys or name in OF_ONESELF:
            continue
        url = reverse(name, kwargs=keys | {"pk": 10**30})
        client = clients[min(ROUTES[name].roles)]
        assert {client.get(url).status_code, client.post(url).status_code} <= {NOT_FOUND, NOT_ALLOWED, 302}, url


def test_nobody_removes_the_passkey_of_a_colleague(world: World) -> None:
    theirs = Authenticator.objects.create(user=world.staff["viewer"], type="webauthn", data={"name": "Key"})
    client = Client()
    client.force_login(world.staff["admin"])
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time()}]
    session["account_authentication_methods_user"] = str(world.staff["admin"].pk)
    session.save()
    url = reverse("mfa_remove_webauthn", kwargs={"pk": theirs.pk})
    assert client.get(url).status_code == NOT_FOUND
    assert client.post(url).status_code == NOT_FOUND
    assert Authenticator.objects.filter(pk=theirs.pk).exists()


# Undone by whoever sees both


def test_a_merge_is_undone_only_by_whoever_sees_both_records(world: World) -> None:
    elsewhere = world.stranger.branches.get()
    mine = make_patron(branch=elsewhere, name="Kept Here")
    theirs = make_patron(branch=world.here, name="Gone There")
    everywhere, one_branch = Client(), Client()
    everywhere.force_login(world.staff["librarian"])
    one_branch.force_login(world.stranger)
    both = {"kept": mine.public_id, "gone": theirs.public_id}
    everywhere.post(reverse("merge", kwargs=both))
    [merged] = mine.merges.all()
    undo = reverse("merge_undo", kwargs={"pk": merged.pk})
    page = one_branch.post(undo, follow=True).content.decode()
    assert "One of the two belongs to another branch" in page
    assert "Gone There" not in page
    assert not Patron.objects.filter(pk=theirs.pk).exists()
    everywhere.post(undo)
    assert Patron.objects.get(pk=theirs.pk).branch == world.here


def test_the_card_names_no_twin_of_another_branch(world: World) -> None:
    twin = make_patron(branch=world.here, email="both@example.org")
    mine = make_patron(branch=world.stranger.branches.get(), email="both@example.org", standing="provisional")
    client = Client()
    client.force_login(world.stranger)
    url = reverse("patron", kwargs={"public_id": mine.public_id})
    assert twin.public_id not in client.get(url).content.decode()
    Patron.objects.filter(pk=twin.pk).update(branch=None)
    assert twin.public_id in client.get(url).content.decode()


def test_a_table_is_not_given_out_once_somebody_in_it_is_out_of_sight(world: World) -> None:
    librarian = world.staff["librarian"]
    bulk = start_bulk(
        action="export", value="name", chosen=Chosen([world.patron.public_id]), by=librarian, now=timezone.now()
    )
    run_bulk(pk=bulk.pk, clock=timezone.now)
    bulk.refresh_from_db()
    assert file_of(bulk, now=timezone.now())
    client = Client()
    client.force_login(librarian)
    assert world.patron.name in client.get(reverse("bulk_file", kwargs={"pk": bulk.pk})).getvalue().decode()
    librarian.branches.add(make_branch())
    assert client.get(reverse("bulk_file", kwargs={"pk": bulk.pk})).status_code == NOT_FOUND
