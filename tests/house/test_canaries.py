"""What a role must never receive: seeded words are looked for in every answer a role can get (SEC-19).

Viewers and managers meet no reader: no name, address, number or word of one, in HTML, CSV, JSON or XLSX. Admins see to
whom mail goes, and nothing of what anyone reads.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

import pytest
from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse

from engagement.services.notes import Talk, write_note
from library.models import ImportIssue
from outreach.models import Letter, Message, Pick, Request, RequestTitle
from patrons.models import Card, Household, Patron
from tests.builders import NOON
from tests.house.routes import ROUTES
from tests.house.world import World, make_world

NAME, MAIL, NOTE = "Zeldacanary", "zelda-canary@example.org", "Notecanary"
PHONE, STREET, CARD = "555-0199-4242", "Canarystreet 9", "CANARYCARD1"
WORDS, LETTER, WHY, BODY, VALUE = "Wishcanary", "Lettercanary", "Whycanary", "Bodycanary", "Valuecanary"
NUMBER = "P-CANARY22"
OF_A_READER = (NAME, MAIL, NOTE, PHONE, STREET, CARD, WORDS, LETTER, WHY, BODY, VALUE, NUMBER)
OF_READING = (NOTE, WORDS, LETTER, WHY, BODY)
# What is asked, and how: the page, found by what only a reader's record says, as a piece, for a program.
WAYS: tuple[tuple[dict[str, str], dict[str, str]], ...] = (
    ({}, {}),
    ({"q": NAME}, {}),
    ({"q": MAIL, "page": "1", "branch": "none"}, {}),
    ({"find": WORDS, "person": NAME, "state": "waiting"}, {}),
    ({}, {"HX-Request": "true"}),
    ({}, {"Accept": "application/json"}),
)
MOST = 5_000_000


@pytest.fixture
def world(db: None) -> World:
    """A reader about whom everything that is kept somewhere holds a word of its own."""
    world = make_world()
    patron = world.patron
    Patron.objects.filter(pk=patron.pk).update(
        name=NAME,
        search_text=f" {NAME.lower()}",
        email=MAIL,
        phone=PHONE,
        postal_address=STREET,
        public_id=NUMBER,
        household=Household.objects.create(created_at=NOON),
    )
    patron.refresh_from_db()
    Card.objects.create(patron=patron, number=CARD)
    Request.objects.update(about=WORDS)
    RequestTitle.objects.update(title=WORDS, why=WORDS)
    Letter.objects.update(note=LETTER)
    Pick.objects.update(why=WHY)
    Message.objects.update(subject=BODY, body_text=BODY, body_html=BODY, to_address=MAIL, to_name=NAME)
    talk = Talk("desk", "patron", NOTE, NOON, 5, {"patron_took_part": True})
    write_note(patron=patron, talk=talk, by=world.staff["librarian"], now=NOON)
    ImportIssue.objects.create(run=world.import_run, line=2, field="email", value=VALUE, reason=f"{VALUE} is none")
    return world


def text_of(answer: HttpResponseBase) -> str:
    """Headers and body, with what is packed in a workbook unpacked."""
    body = b"".join(answer) if answer.streaming else answer.content  # type: ignore[attr-defined]  # either kind
    head = " ".join(f"{name}: {value}" for name, value in answer.items())
    if body.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            body = b" ".join(packed.read(name) for name in packed.namelist())
    assert len(body) < MOST
    return head + body.decode(errors="replace")


def everything(world: World, role: str, most: int = len(WAYS)) -> Iterator[tuple[str, str]]:
    """Every address with every way to ask, or the first of them, as this role gets it."""
    client = Client()
    client.force_login(world.staff[role])
    for name, route in ROUTES.items():
        if route.public or name.startswith(("mfa_", "account_", "session")):
            continue
        url = reverse(name, kwargs=route.kwargs(world))
        ways = WAYS[: 1 if route.posts or role not in route.roles else most]
        for query, headers in ways:
            yield f"GET {url} {query} {headers}", text_of(client.get(url, query, headers=headers))
        if route.posts and (role not in route.roles or name.endswith(("_csv", "_rejected"))):
            yield f"POST {url}", text_of(client.post(url, follow=True))


def leaks(world: World, role: str, words: tuple[str, ...]) -> list[str]:
    said = everything(world, role)
    # The address one asked for, and the words one typed, come back: they are one's own.
    return [f"{word} in {asked}" for asked, text in said for word in words if word in text and word not in asked]


@pytest.mark.parametrize("role", ["viewer", "manager"])
def test_viewers_and_managers_receive_nothing_of_a_reader(world: World, role: str) -> None:
    assert leaks(world, role, OF_A_READER) == []


def test_admins_receive_nothing_of_what_anyone_reads(world: World) -> None:
    assert leaks(world, "admin", OF_READING) == []


def test_the_words_looked_for_are_there(world: World) -> None:
    """A librarian meets them, a letter that was sent in its thread; a note is opened by a POST alone."""
    pages = " ".join(text for _asked, text in everything(world, "librarian", most=1))
    assert [word for word in OF_A_READER if word not in pages] == [NOTE]
