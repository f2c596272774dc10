"""A note from the card: written in one form, opened by a POST that is written down, taken back, put right."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from engagement.models import Interaction, Note, NoteView
from engagement.services.notes import Talk, words_of, write_note
from library.models import User
from patrons.models import Patron
from tests.builders import make_patron, make_staff

pytestmark = pytest.mark.django_db
SAID = {"words": "Asked about boats.", "channel": "desk", "started_by": "patron", "minutes": "4", "answered": "on"}


@pytest.fixture
def amara(client: Client) -> User:
    user = make_staff(name="Amara Nkosi")
    client.force_login(user)
    return user


@pytest.fixture
def iris() -> Patron:
    return make_patron("profile", name="Iris")


def path(patron: Patron, note: Note | None = None, act: str = "") -> str:
    return f"/desk/patrons/{patron.public_id}/notes/{f'{note.pk}/' if note else ''}{act}"


def card(client: Client, patron: Patron) -> str:
    return client.get(f"/desk/patrons/{patron.public_id}/").content.decode()


def test_a_talk_is_written_down_from_the_card(client: Client, amara: User, iris: Patron) -> None:
    assert "Write down a talk" in card(client, iris)
    response = client.post(path(iris), SAID, follow=True)
    html = response.content.decode()
    assert "You can take it back for a minute" in html
    assert "At the desk" in html
    assert "Asked about boats." not in html
    note = Note.objects.get()
    assert (words_of(note), note.minutes, note.by, note.patron) == ("Asked about boats.", 4, amara, iris)
    assert Interaction.objects.get().tests == "yynnn"


@pytest.mark.parametrize(
    ("over", "says"),
    [
        ({"words": "  "}, "Write down what was said"),
        ({"minutes": "many"}, "Minutes: a whole number"),
        ({"channel": "pigeon"}, "Choose how you talked"),
        ({"started_by": "nobody"}, "Choose who began"),
        ({"day": "2999-01-01"}, "not after today"),
        ({"words": "x" * 4001}, "Keep this under 4000 characters"),
    ],
)
def test_what_does_not_fit_is_said_and_nothing_is_lost(
    client: Client, amara: User, iris: Patron, over: dict[str, str], says: str
) -> None:
    response = client.post(path(iris), SAID | over)
    html = response.content.decode()
    assert response.status_code == 200
    assert says in html
    assert '<details class="room" data-note open>' in html
    assert not Note.objects.exists()
    if "words" not in over:
        assert "Asked about boats." in html


def test_without_a_key_the_page_says_what_to_do(client: Client, amara: User, iris: Patron, settings: Settings) -> None:
    settings.NOTES_KEY = ""
    assert "sets NOTES_KEY first" in client.post(path(iris), SAID).content.decode()


def test_another_day_can_be_named(client: Client, amara: User, iris: Patron) -> None:
    client.post(path(iris), SAID | {"day": "2026-03-05"})
    assert f"{Note.objects.get().at:%Y-%m-%d %H:%M}" == "2026-03-05 12:00"


def test_words_open_only_by_a_post_which_is_written_down(client: Client, amara: User, iris: Patron) -> None:
    client.post(path(iris), SAID)
    note = Note.objects.get()
    assert client.get(path(iris, note)).status_code == 405
    assert not NoteView.objects.exists()
    html = client.post(path(iris, note)).content.decode()
    assert "Asked about boats." in html
    assert "Who has opened it" in html
    assert NoteView.objects.get().by == amara
    assert "Opened 1 time" in card(client, iris)
    client.post(path(iris, note))
    assert "Opened 2 times" in card(client, iris)


def test_taking_back_within_the_minute_leaves_nothing(client: Client, amara: User, iris: Patron) -> None:
    client.post(path(iris), SAID)
    assert "Undo: take it back" in card(client, iris)
    client.post(path(iris, Note.objects.get(), "take-back/"))
    assert not Note.objects.exists()
    assert not Interaction.objects.exists()


def test_after_the_minute_it_can_only_be_put_right(client: Client, amara: User, iris: Patron) -> None:
    then = timezone.now() - timedelta(minutes=2)
    note = write_note(patron=iris, talk=Talk("phone", "library", "Boats", then, 3), by=amara, now=then)
    assert "Undo: take it back" not in card(client, iris)
    assert "The minute is over" in client.post(path(iris, note, "take-back/"), follow=True).content.decode()
    client.post(path(iris, note, "change/"), SAID | {"words": "Ships", "channel": "phone", "day": f"{then:%Y-%m-%d}"})
    note.refresh_from_db()
    assert (words_of(note), note.started_by, note.minutes, note.at) == ("Ships", "patron", 4, then)
    html = client.post(path(iris, note, "change/"), SAID | {"words": ""}).content.decode()
    assert "Write down what was said" in html


def test_words_whose_key_is_gone_are_explained(client: Client, amara: User, iris: Patron, settings: Settings) -> None:
    client.post(path(iris), SAID)
    settings.NOTES_KEY = "another-key"
    html = client.post(path(iris, Note.objects.get()), follow=True).content.decode()
    assert "The key for these words is not here" in html
    assert not NoteView.objects.exists()


@pytest.mark.parametrize("role", ["manager", "viewer", "admin"])
def test_no_other_role_reads_words(client: Client, amara: User, iris: Patron, role: str) -> None:
    client.post(path(iris), SAID)
    client.force_login(make_staff(role))
    assert client.post(path(iris, Note.objects.get())).status_code == 403


def test_a_note_of_one_reader_does_not_open_under_another(client: Client, amara: User, iris: Patron) -> None:
    client.post(path(iris), SAID)
    assert client.post(path(make_patron(), Note.objects.get())).status_code == 404


def test_managers_see_how_many_notes_each_person_opened_and_of_nobody(
    client: Client, amara: User, iris: Patron
) -> None:
    client.post(path(iris), SAID)
    for _ in range(3):
        client.post(path(iris, Note.objects.get()))
    client.force_login(make_staff("manager"))
    html = client.get("/reports/notes/").content.decode()
    assert "<span>Amara Nkosi</span><span>3</span>" in html
    assert "Iris" not in html
    assert iris.public_id not in html
