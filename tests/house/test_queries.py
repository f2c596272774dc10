"""Every page asks the database at most ten times, however many rows there are, and no page asks once per row."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from zeal import zeal_context
from zeal.errors import NPlusOneError

from outreach.models import Answer, ContactReason, Letter
from tests.builders import NOON, make_letter, make_patron, make_request, make_title
from tests.house.routes import ROUTES
from tests.house.world import World, make_message, make_world

MOST = 10
MORE = 12


def more_of_everything(world: World) -> None:
    for number in range(MORE):
        patron = make_patron("check_in", "profile", branch=world.here)
        make_request(patron)
        for owner in (patron, world.patron):
            request = make_request(owner, state="answered", answered_at=NOON)
            letter = make_letter(request, titles=(make_title(),), librarian=world.staff["librarian"], sent_at=NOON)
            make_message(owner, letter)
            pick = letter.picks.get()
            Answer.objects.create(pick=pick, value="loved", why="Yes.", answered_at=NOON, changed_at=NOON)
            ContactReason.objects.create(
                patron=owner, kind="could_not_get", pick=pick, source_key=f"more-{number}-{owner.pk}", opened_at=NOON
            )
            make_request(owner, state="held", held_because="Sent fast", asked_at=NOON - timedelta(days=number))


def answer_the_letter(world: World) -> None:
    """So that something leads to titles for the next one; which there are."""
    make_title()
    Answer.objects.create(pick=world.letter.picks.get(), value="loved", why="Yes.", answered_at=NOON, changed_at=NOON)


def count(client: Client, url: str) -> int:
    client.get(url)  # the first visit may start a session
    with CaptureQueriesContext(connection) as asked:
        client.get(url)
    return len(asked)


@pytest.mark.django_db
def test_no_page_asks_more_than_ten_times_or_once_per_row() -> None:
    world = make_world()
    answer_the_letter(world)
    pages = {
        (
            name,
            reverse(name, kwargs=route.kwargs(world)),
            "librarian" if "librarian" in route.roles else next(iter(sorted(route.roles)), ""),
        )
        for name, route in ROUTES.items()
        if not route.posts and name not in {"account_logout", "health_ready"}
    }
    clients = {"": Client()} | {role: Client() for role in world.staff}
    for role, user in world.staff.items():
        clients[role].force_login(user)
    few = {name: count(clients[role], url) for name, url, role in pages}
    more_of_everything(world)
    many = {name: count(clients[role], url) for name, url, role in pages}
    assert {name: asked for name, asked in many.items() if asked > MOST} == {}
    assert {name: (few[name], asked) for name, asked in many.items() if asked > few[name] + 2} == {}


@pytest.mark.django_db
def test_asking_once_per_row_raises_in_every_test_that_opens_a_page() -> None:
    for _ in range(8):
        make_letter()
    with zeal_context(), pytest.raises(NPlusOneError):
        [letter.request.reference for letter in Letter.objects.all()]
    assert "zeal.middleware.zeal_middleware" in settings.MIDDLEWARE
