"""Writing a letter in the browser: nothing typed is lost, nothing leaves that should not."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from catalog.models import Title
from catalog.services.titles import search_text_of
from library.models import User
from outreach.models import Answer, Letter, Message, Request, RequestTitle
from tests.builders import make_letter, make_patron, make_request, make_staff, make_title

pytestmark = pytest.mark.django_db
MOST_QUERIES = 10
FETCH = {"X-Requested-With": "fetch"}


@pytest.fixture
def librarian(client: Client) -> User:
    staff = make_staff(name="Amara Lee")
    client.force_login(staff)
    return staff


@pytest.fixture
def asked(librarian: User) -> Request:
    return make_request(make_patron("check_in", name="Iris"), asked_at=timezone.now())


def where(asked: Request) -> str:
    return reverse("letter_edit", args=[asked.pk])


def typed(*titles: Title, why: str = "For the sea.", note: str = "Dear Iris", **over: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {"note": note, "check_in_days": "21", "action": "save"}
    for number, title in enumerate(titles):
        fields |= {f"picks-{number}-title": title.pk, f"picks-{number}-why": why}
    return fields | over


def findable(**over: Any) -> Title:
    title = make_title(**over)
    title.search_text = search_text_of(name=title.name, authors=title.authors)
    title.save(update_fields=["search_text"])
    return title


def test_looking_stores_nothing(client: Client, asked: Request) -> None:
    answer = client.get(where(asked))
    assert answer.status_code == 200
    assert not Letter.objects.exists()


def test_saving_keeps_everything_and_shows_it_again(client: Client, asked: Request) -> None:
    title = make_title(name="Hotel du Lac", authors=["Anita Brookner"], year=1984)
    fields = typed(title, minutes="14") | {"picks-0-stretch": "on"}
    page = client.post(where(asked), fields, follow=True).content.decode()
    letter = Letter.objects.get()
    pick = letter.picks.get()
    assert (letter.note, letter.check_in_days, letter.minutes) == ("Dear Iris", 21, 14)
    assert (pick.title, pick.why, pick.stretch) == (title, "For the sea.", True)
    assert "Anita Brookner · 1984" in page
    assert "Draft saved" in page
    assert 'id="picks-0-stretch" name="picks-0-stretch" value="on" checked' in page


def test_numbers_of_picks_may_have_gaps_and_whole_lines_stay(client: Client, asked: Request) -> None:
    one, two = make_title(), make_title()
    fields = {"note": "Dear\r\nIr\x00is", "action": "save", "picks-7-title": one.pk, "picks-7-why": "b"}
    client.post(where(asked), fields | {"picks-2-title": two.pk, "picks-2-why": "a", "picks-2-stretch": "false"})
    letter = Letter.objects.get()
    assert letter.note == "Dear\nIris"
    assert list(letter.picks.order_by("position").values_list("title", "stretch")) == [(two.pk, False), (one.pk, False)]


def test_the_background_save_gets_a_line_and_the_new_version(client: Client, asked: Request) -> None:
    answer = client.post(where(asked), typed(version="0"), headers=FETCH)
    assert re.search(r'data-version="1">Draft saved \d\d:\d\d<', answer.content.decode())
    assert client.post(where(asked), typed(note="More", version="1"), headers=FETCH).status_code == 200
    assert Letter.objects.get().note == "More"


def test_two_tabs_see_both_texts_and_choose(client: Client, asked: Request) -> None:
    client.post(where(asked), typed(note="First tab", version="0"))
    second = typed(note="Second tab", version="0")
    line = client.post(where(asked), second, headers=FETCH)
    assert line.status_code == 409
    assert "First tab" in line.content.decode()
    answer = client.post(where(asked), second)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "First tab" in page
    assert "Second tab" in page
    assert Letter.objects.get().note == "First tab"
    client.post(where(asked), second | {"keep": "1"})
    assert Letter.objects.get().note == "Second tab"


def test_sending_answers_the_reader_and_offers_undo(client: Client, asked: Request) -> None:
    answer = client.post(where(asked), typed(make_title(), action="send"), follow=True)
    page = answer.content.decode()
    assert answer.redirect_chain == [(reverse("request", args=[asked.pk]), 302)]
    assert "The letter leaves in 60 seconds" in page
    assert Message.objects.get().state == "queued"
    assert reverse("letter_undo", args=[asked.pk]) in page
    page = client.post(reverse("letter_undo", args=[asked.pk]), follow=True).content.decode()
    assert "The letter did not leave" in page
    assert "Dear Iris" in page
    assert not Message.objects.exists()


def test_undo_after_it_left_says_so(client: Client, asked: Request) -> None:
    client.post(where(asked), typed(make_title(), action="send"))
    Message.objects.update(state="sent", sent_at=timezone.now())
    page = client.post(reverse("letter_undo", args=[asked.pk]), follow=True).content.decode()
    assert "The letter has left" in page
    assert "Undo sending" not in page
    asked.refresh_from_db()
    assert asked.state == "answered"


def test_pressing_send_twice_sends_once(client: Client, asked: Request) -> None:
    fields = typed(make_title(), action="send")
    client.post(where(asked), fields)
    answer = client.post(where(asked), fields, follow=True)
    assert "sent already" in answer.content.decode()
    assert Message.objects.count() == 1
    assert client.get(where(asked)).status_code == 302


@pytest.mark.parametrize(
    ("over", "words", "place"),
    [
        ({"picks-0-why": ""}, "Say in a sentence why you chose this for Iris. The letter waits for it.", "picks-0-why"),
        ({"note": ""}, "Write Iris a few words.", "note"),
        ({"picks-0-title": ""}, "Add at least one title for Iris.", "find"),
    ],
)
def test_what_is_missing_is_said_at_its_place_and_nothing_is_lost(
    client: Client, asked: Request, over: dict[str, str], words: str, place: str
) -> None:
    fields = typed(make_title(), note="My own words", why="My own why", action="send") | over
    page = client.post(where(asked), fields).content.decode()
    assert "<title>Error: " in page
    assert page.count(words) == 2
    assert f'href="#{place}"' in page
    assert f'id="{place}"' in page
    for kept in {"My own words", "My own why"} - ({"My own words"} if "note" in over else {"My own why"}):
        assert kept in page
    assert not Message.objects.exists()


def test_a_reader_without_an_address_gets_a_clear_refusal(client: Client, librarian: User) -> None:
    asked = make_request(make_patron(email="", name="Iris"))
    page = client.post(where(asked), typed(make_title(), action="send")).content.decode()
    assert "There is no mail address for Iris." in page
    assert "Dear Iris" in page
    asked.refresh_from_db()
    assert asked.state == "waiting"


def test_a_title_that_breaks_a_limit_is_blocked_with_the_limit_shown(client: Client, librarian: User) -> None:
    asked = make_request(make_patron(name="Iris"), limits=["violence"])
    bad, good = findable(name="The Road", violence=True), make_title()
    for action in ("save", "send", "preview"):
        page = client.post(where(asked), typed(good, bad, action=action)).content.decode()
        assert "The Road is known to contain violence, and Iris asked for none." in page
    page = client.post(where(asked), {"add": bad.pk, "note": "Dear Iris"}).content.decode()
    assert "The Road is known to contain violence" in page
    assert not Letter.objects.get().picks.filter(title=bad).exists()
    assert not Message.objects.exists()
    found = client.get(where(asked), {"find": "road"}).content.decode()
    assert "cannot be added" in found
    assert f'name="add" value="{bad.pk}"' not in found


@pytest.mark.parametrize("name", ["letter_edit", "letter_find"])
def test_the_search_shows_what_is_known_of_each_title(client: Client, librarian: User, name: str) -> None:
    patron = make_patron(name="Iris", audience="child")
    pym = {"authors": ["Barbara Pym"], "audience": "child"}
    loved, refused = findable(name="Quartet in Autumn", **pym), findable(name="Some Tame Gazelle", **pym)
    findable(name="Excellent Women", **pym)
    findable(name="Crampton Hodnet", authors=["Barbara Pym"], audience="adult")
    march = timezone.now().replace(year=2026, month=3, day=4)
    earlier = make_letter(make_request(patron), titles=(loved, refused), sent_at=march)
    for pick, value in zip(earlier.picks.order_by("position"), ("loved", "not_for_me"), strict=True):
        Answer.objects.create(pick=pick, value=value, answered_at=march, changed_at=march)
    asked = make_request(patron, likes=("excellent women, by Pym",), limits=["sadness"])
    page = client.get(reverse(name, args=[asked.pk]), {"find": "barbara pym"}).content.decode()
    for words in (
        "suggested in March 2026: loved",
        "suggested in March 2026: not for me",
        "already read",
        "for adults",
    ):
        assert words in page
    assert page.count("sadness: not known") == 4
    assert page.count('name="add"') == 4


def test_searching_without_script_saves_first_and_then_finds(client: Client, asked: Request) -> None:
    title = findable(name="Excellent Women")
    answer = client.post(where(asked), typed(find="excellent", note="Half a sen"), follow=True)
    assert answer.redirect_chain[0][0].endswith("?find=excellent#find")
    assert "Half a sen" in answer.content.decode()
    answer = client.post(where(asked), typed(note="Half a sen", find="excellent", add=title.pk))
    assert answer.headers["Location"].endswith("?find=excellent#picks-0-why")
    assert Letter.objects.get().picks.get().title == title


def test_removing_a_pick_can_be_undone_with_its_why(client: Client, asked: Request) -> None:
    one, two = make_title(name="Less"), make_title()
    fields = typed(one, two, why="My why")
    page = client.post(where(asked), fields | {"remove": one.pk}).content.decode()
    assert "Removed: Less" in page
    assert [pick.title for pick in Letter.objects.get().picks.all()] == [two]
    back = {"back": one.pk, "back-why": "My why", "add": one.pk}
    client.post(where(asked), typed(two, why="My why") | back)
    assert Letter.objects.get().picks.get(title=one).why == "My why"


@pytest.mark.parametrize(
    "over",
    [
        {"check_in_days": "soon"},
        {"check_in_days": "0"},
        {"minutes": "-5"},
        {"note": "x" * 6001},
        {"picks-0-why": "x" * 1501},
        {"picks-0-title": "999999"},
        {"picks-0-title": "1;DROP"},
        {"picks-0-title": "9" * 40},
        {"add": "9" * 40},
        {"version": "old"},
    ],
)
def test_bad_input_is_said_kept_and_not_saved(client: Client, asked: Request, over: dict[str, str]) -> None:
    fields = typed(make_title(), note="My own words", action="send") | over
    answer = client.post(where(asked), fields)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "There is a problem" in page
    if "note" not in over:
        assert "My own words" in page
    summary = page[page.index("There is a problem") : page.index("</ul>", page.index("There is a problem"))]
    assert not re.search(r"(?i)\b(invalid|please|oops|valid|null)\b", summary)
    assert not Letter.objects.exists()
    assert client.post(where(asked), fields, headers=FETCH).status_code == 422


def test_an_unknown_action_only_saves(client: Client, asked: Request) -> None:
    client.post(where(asked), typed(make_title(), action="explode"))
    assert Letter.objects.get().sent_at is None


def test_a_closed_request_keeps_the_words_but_sends_nothing(client: Client, asked: Request) -> None:
    Request.objects.update(state="withdrawn", withdrawn_at=timezone.now())
    page = client.post(where(asked), typed(make_title(), action="send")).content.decode()
    assert "This request is closed." in page
    assert Letter.objects.get().note == "Dear Iris"
    assert not Message.objects.exists()


def test_the_preview_is_the_mail_in_a_frame_that_may_do_nothing(client: Client, asked: Request) -> None:
    title = make_title(name='<script>alert("x")</script>')
    page = client.post(where(asked), typed(title, note='"><b>Hi</b>', action="preview")).content.decode()
    frame = re.search(r"<iframe[^>]*>", page)
    assert frame
    assert re.search(r" sandbox(?= |>)", frame[0])
    assert "allow-" not in frame[0]
    assert "<script>alert" not in page
    assert "[reader&#x27;s own link]" in page
    assert "#readers-own-link" in frame[0]
    assert "{link:" not in page
    assert f"reply+t{asked.thread_id}." in page
    assert "A letter from Amara Lee about books for you" in page


def test_what_was_previewed_is_what_leaves(client: Client, asked: Request) -> None:
    page = client.post(
        where(asked), typed(make_title(), note="Dear\nIris", action="preview"), follow=True
    ).content.decode()
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page))
    assert fields["note"] == "Dear\nIris"
    client.post(where(asked), fields | {"action": "send"})
    assert Message.objects.get().body_text.startswith("Dear\nIris")
    assert Letter.objects.get().version == 1


def test_an_unready_preview_says_what_is_missing_and_has_no_send(client: Client, asked: Request) -> None:
    page = client.post(where(asked), typed(make_title(), why="", action="preview")).content.decode()
    assert "Before it can leave" in page
    assert 'value="send"' not in page


def test_queries_stay_few_and_do_not_grow_with_picks_and_finds(client: Client, librarian: User) -> None:
    patron = make_patron("profile", "check_in")
    make_letter(make_request(patron), titles=(make_title(), make_title()), sent_at=timezone.now())
    asked = make_request(patron, limits=["violence"])
    client.get(where(asked))  # the first page of a session also writes when it was seen
    counts = []
    for rounds in (3, 5):
        for _ in range(rounds):
            findable(name="Sea and land")
            RequestTitle.objects.create(request=asked, kind="dislike", position=RequestTitle.objects.count(), title="x")
        client.post(where(asked), typed(*Title.objects.all()[:rounds]))
        with CaptureQueriesContext(connection) as queries:
            client.get(where(asked), {"find": "sea"})
        counts.append(len(queries))
    assert counts[0] == counts[1] <= MOST_QUERIES


def test_the_check_in_is_announced_with_its_day_only_where_agreed(client: Client, asked: Request) -> None:
    day = timezone.now() + timedelta(days=21)
    assert f"{day.day} {day:%B}" in client.get(where(asked)).content.decode()
    other = make_request(make_patron(name="Jo"))
    assert "Jo has not agreed to be asked" in client.get(where(other)).content.decode()


def test_somebody_not_signed_in_meets_the_login_page(client: Client) -> None:
    asked = make_request()
    answer = client.post(where(asked), typed())
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/accounts/login/")
    assert not Letter.objects.exists()


def test_the_summary_tells_two_books_apart(client: Client, asked: Request) -> None:
    emma, ulysses = make_title(name="Emma"), make_title(name="Ulysses")
    page = client.post(where(asked), typed(emma, ulysses, why="", action="send")).content.decode()
    summary = page[page.index("There is a problem") : page.index("</ul>", page.index("There is a problem"))]
    for number, name in enumerate(("Emma", "Ulysses")):
        assert f'<a href="#picks-{number}-why">{name}: Say in a sentence why you chose this for Iris.' in summary
