"""Stages set on the card, and types of readers on the card, in the list and on the reader's own page."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from engagement.models import ReaderType, Score, StageOverride
from engagement.services.overriding import set_stage
from engagement.services.reader_types import tell_types
from library.models import User
from patrons.models import Patron
from tests.builders import make_branch, make_patron, make_staff
from tests.desk.test_my_page import open_for, page
from tests.engagement.events import record

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def amara(client: Client) -> User:
    user = make_staff(name="Amara Nkosi")
    client.force_login(user)
    return user


@pytest.fixture
def iris() -> Patron:
    """Somebody who asked three questions and borrowed four books this month."""
    patron = make_patron("profile", name="Iris")
    now = timezone.now()
    for kind in ("loan", "loan", "loan", "loan", "reference_question", "reference_question", "reference_question"):
        record(kind, patron, now - DAY, now=now)
    tell_types(now=now)
    return patron


def card(client: Client, patron: Patron) -> str:
    response = client.get(f"/desk/patrons/{patron.public_id}/")
    assert response.status_code == 200
    return response.content.decode()


def day(days: int) -> str:
    return f"{timezone.now().date() + timedelta(days=days):%Y-%m-%d}"


def test_a_stage_is_set_with_a_reason_seen_on_the_card_and_taken_back(
    client: Client, amara: User, iris: Patron
) -> None:
    url = f"/desk/patrons/{iris.public_id}/stage/"
    sent = {"stage": "proactive", "reason": "We talk <every> week.", "until": day(30)}
    assert client.post(url, sent).headers["Location"] == f"/desk/patrons/{iris.public_id}/"
    html = card(client, iris)
    assert '<li aria-current="step">proactive</li>' in html
    assert "by Amara Nkosi: “We talk &lt;every&gt; week.”" in html
    assert "What happened alone says basic." in html
    assert "Up from basic to <strong>proactive</strong>" in html
    override = StageOverride.objects.get()
    assert (override.by, override.until.date()) == (amara, timezone.now().date() + timedelta(days=31))
    client.post(f"{url}take-back/")
    html = card(client, iris)
    assert '<li aria-current="step">basic</li>' in html
    assert "Take it back" not in html
    client.post(f"{url}take-back/")
    assert StageOverride.objects.get().ended_at


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"stage": "friend"}, "Choose one of the four stages"),
        ({"stage": ""}, "Choose a stage"),
        ({"reason": "  "}, "Say why in a sentence"),
        ({"reason": "x" * 201}, "Keep this under 200 characters"),
        ({"until": ""}, "Choose a day from today to a year ahead"),
        ({"until": "soon"}, "Choose a day from today to a year ahead"),
        ({"until": "9999-12-31"}, "Choose a day from today to a year ahead"),
        ({"until": "1890-01-01"}, "Choose a day from today to a year ahead"),
    ],
)
def test_what_cannot_be_set_is_said_and_nothing_is_lost(
    client: Client, amara: User, iris: Patron, sent: dict[str, str], words: str
) -> None:
    filled = {"stage": "reactive", "reason": "Kept words", "until": day(5)} | sent
    response = client.post(f"/desk/patrons/{iris.public_id}/stage/", filled)
    html = response.content.decode()
    assert response.status_code == 200
    assert words in html
    assert "There is a problem" in html
    if "reason" not in sent:
        assert "Kept words" in html
    assert not StageOverride.objects.exists()
    assert amara.pk


def test_without_a_profile_there_is_nothing_to_set(client: Client, amara: User) -> None:
    stranger = make_patron()
    html = card(client, stranger)
    assert "Set the stage yourself" not in html
    sent = {"stage": "proactive", "reason": "We talk.", "until": day(30)}
    response = client.post(f"/desk/patrons/{stranger.public_id}/stage/", sent, follow=True)
    assert "has not agreed to a profile" in response.content.decode()
    assert not Score.objects.exists()
    assert amara.pk


def test_a_reader_of_another_branch_is_not_found(client: Client) -> None:
    librarian = make_staff()
    librarian.branches.add(make_branch())
    client.force_login(librarian)
    patron = make_patron("profile", branch=make_branch())
    for path in ("stage/", "stage/take-back/"):
        assert client.post(f"/desk/patrons/{patron.public_id}/{path}", {"stage": "basic"}).status_code == 404


def test_the_reader_sees_that_it_was_set_and_why_but_not_by_whom(client: Client, iris: Patron) -> None:
    now = timezone.now()
    until = now + 30 * DAY
    by = make_staff(name="Amara Nkosi")
    set_stage(patron=iris, stage="proactive", reason="We talk every week.", until=until, by=by, now=now)
    html = open_for(client, iris)
    assert "A librarian has said so until" in html
    assert "We talk every week." in html
    assert "We asked, listened, and wrote to you ourselves." in html
    assert "Amara" not in html


def test_the_card_shows_the_type_with_its_facts(client: Client, amara: User, iris: Patron) -> None:
    html = card(client, iris)
    assert '<span class="chip">looks for information</span>' in html
    assert "asked for advice or an answer: 3 times" in html
    assert "Of 7 within a year, by rules 1 for types." in html
    assert "None stands out" in card(client, make_patron("profile"))
    assert "What kind of reader" not in card(client, make_patron())
    assert amara.pk


def test_the_list_is_narrowed_by_type(client: Client, amara: User, iris: Patron) -> None:
    said = make_patron("profile", name="Noor")
    ReaderType.objects.create(patron=said, told="fan", said="seeks_information")
    neither = make_patron("profile", name="Zeno")
    ReaderType.objects.create(patron=neither, told="", none_of_these=True)
    other = make_patron("profile", name="Ada")
    ReaderType.objects.create(patron=other, told="seeks_information", said="fan")
    html = client.get("/desk/patrons/", {"type": "seeks_information"}).content.decode()
    assert all(f">{name}</a>" in html for name in ("Iris", "Noor"))
    assert not any(f">{name}</a>" in html for name in ("Zeno", "Ada"))
    html = client.get("/desk/patrons/", {"type": "none"}).content.decode()
    assert ">Zeno</a>" in html
    assert ">Iris</a>" not in html
    assert amara.pk


def test_the_reader_sees_their_type_says_another_and_takes_that_back(client: Client, iris: Patron) -> None:
    html = open_for(client, iris)
    assert "we would say: You look for information." in html
    assert "You asked for advice or an answer, 3 times." in html
    assert client.post("/my/page/type/", {"type": "fan"}).headers["Location"] == "/my/page/"
    html = page(client)
    assert "In your own words: You speak for the library." in html
    assert "You asked for advice" not in html
    assert '<input type="hidden" name="type" value="">' in html
    client.post("/my/page/type/", {"type": "", "back": "yes"})
    html = page(client)
    assert "we would say: You look for information." in html
    assert ReaderType.objects.get().said == ""


def test_the_reader_may_want_no_type(client: Client, iris: Patron) -> None:
    open_for(client, iris)
    client.post("/my/page/type/", {"type": "none"})
    assert "You want no word for it." in page(client)
    tell_types(now=timezone.now())
    row = ReaderType.objects.get()
    assert (row.told, row.facts, row.none_of_these) == ("", {}, True)
    client.post("/my/page/type/", {"type": "", "back": "yes"})
    assert "we would say: You look for information." in page(client)


def test_what_is_no_type_is_not_found_and_nothing_chosen_is_said(client: Client, iris: Patron) -> None:
    open_for(client, iris)
    for wrong in ("bargain", "x" * 5000, "fan\0"):
        assert client.post("/my/page/type/", {"type": wrong}).status_code == 404
    assert client.post("/my/page/type/", {}).headers["Location"] == "/my/page/#type"
    assert "Choose one of them first." in page(client)
    assert ReaderType.objects.get().said_at is None


def test_without_a_profile_the_page_says_nothing_of_types(client: Client) -> None:
    html = open_for(client, make_patron())
    assert "How you use the library" not in html
    assert client.post("/my/page/type/", {"type": "fan"}).status_code == 404


@pytest.mark.parametrize(
    ("language", "words"),
    [("es", "Usted busca información"), ("fr", "information"), ("pt", "informa"), ("af", "inligting")],
)
def test_it_is_said_in_the_readers_language(client: Client, iris: Patron, language: str, words: str) -> None:
    Patron.objects.filter(pk=iris.pk).update(language=language)
    html = open_for(client, iris)
    assert words in html
    assert "You look for information" not in html
