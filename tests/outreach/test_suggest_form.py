"""The public form as a reader, a browser without scripts and a machine meet it."""

from __future__ import annotations

import gzip
import re
from datetime import datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings as django_settings
from django.contrib.staticfiles import finders
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from outreach.forms.choices import LANGUAGES
from outreach.models import Request
from outreach.services.bots import sign_rendering
from patrons.models import Consent, Patron
from tests.builders import NOON, make_branch, make_patron, make_staff

pytestmark = pytest.mark.django_db
LEAST = {"email": "iris@example.org", "likes-0-title": "The Summer Book"}
RARE = "<script>alert(1)</script>"


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOON)


class Names(HTMLParser):
    """Every name, id and label of the page's form."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.ids: list[str] = []
        self.labelled: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag in {"input", "select", "textarea"}:
            self.names.append(found.get("name") or "")
        if tag == "label":
            self.labelled.append(found.get("for") or "")
        if "id" in found:
            self.ids.append(found["id"] or "")


def ask(client: Client, /, path: str = "/suggest/", *, peer: str = "127.0.0.1", **over: Any) -> Any:
    return client.post(path, LEAST | over, REMOTE_ADDR=peer)


def test_the_page_has_every_field_of_the_contract_each_with_a_label(client: Client) -> None:
    make_branch()
    make_staff()

    page = client.get("/suggest/").content.decode()

    found = Names(page)
    expected = (
        "email likes-0-title likes-0-why dislikes-0-title dislikes-0-why name card_number branch language audience"
        " reads librarian mood limits length formats about consent_check_in consent_profile consent_proactive"
    )
    assert set(expected.split()) <= set(found.names)
    assert len(found.ids) == len(set(found.ids))
    fields = set(re.findall(r'<(?:input|select|textarea)[^>]* id="([^"]+)"', page))
    assert fields <= set(found.labelled)
    assert "checked" not in " ".join(re.findall(r"<input[^>]*consent_[^>]*>", page))
    assert " required" not in page


def test_only_the_limits_say_that_they_may_stay_empty(client: Client) -> None:
    page = client.get("/suggest/").content.decode()

    assert page.count("Leave empty what you do not mind.") == 1
    assert page.index("What should we spare you?") < page.index("Leave empty what you do not mind.")


def test_the_start_page_is_the_form_too(client: Client) -> None:
    page = client.get("/")

    assert page.status_code == 200
    assert 'action="/suggest/"' in page.content.decode()


def test_an_address_and_one_book_are_enough(client: Client) -> None:
    answer = ask(client)

    request = Request.objects.get()
    assert answer.status_code == 302
    assert answer.url.startswith("/suggest/sent/")
    assert (request.state, request.reads, request.audience, request.language) == ("waiting", "both", "adult", "en")
    assert [(book.kind, book.title) for book in request.named.all()] == [("like", "The Summer Book")]
    assert not Consent.objects.exists()


def test_an_address_and_free_words_are_enough(client: Client) -> None:
    client.post("/suggest/", {"email": "Iris@Example.ORG", "about": "Islands, line one\r\nline two"})

    request = Request.objects.get()
    assert request.about == "Islands, line one\nline two"
    assert request.patron.email == "Iris@example.org"


def test_everything_said_arrives(client: Client) -> None:
    branch, librarian = make_branch(), make_staff()

    said: dict[str, Any] = {
        "likes-0-why": "The calm.",
        "likes-2-title": "Emma",
        "dislikes-0-title": "Ulysses",
        "dislikes-0-why": "Too long",
        "name": "Íris 🌿",
        "card_number": "2001",
        "branch": branch.pk,
        "language": "es",
        "audience": "teen",
        "reads": "both",
        "librarian": librarian.pk,
        "mood": ["funny", "history"],
        "limits": ["violence", "sadness", "sadness"],
        "length": "short",
        "formats": ["audio", "large-print"],
        "about": "Islands",
        "consent_check_in": "on",
        "consent_profile": "no",
        "consent_proactive": "true",
    }
    ask(client, **said)

    request = Request.objects.get()
    named = [(book.kind, book.position, book.title, book.why) for book in request.named.order_by("kind", "position")]
    assert named == [
        ("dislike", 0, "Ulysses", "Too long"),
        ("like", 0, "The Summer Book", "The calm."),
        ("like", 1, "Emma", ""),
    ]
    assert (request.patron.name, request.card_number, request.branch, request.language) == (
        "Íris 🌿",
        "2001",
        branch,
        "es",
    )
    assert (request.audience, request.reads, request.wished_librarian) == ("teen", "both", librarian)
    assert (request.mood, request.limits) == (["funny", "history"], ["violence", "sadness"])
    assert (request.length, request.formats, request.about) == ("short", ["audio", "large-print"], "Islands")
    assert set(Consent.objects.values_list("purpose", flat=True)) == {"check_in", "proactive"}


def test_a_why_without_a_title_is_kept_as_what_was_named(client: Client) -> None:
    client.post("/suggest/", {"email": "a@example.org", "about": "x", "dislikes-1-why": "long descriptions"})

    assert [(book.kind, book.title, book.why) for book in Request.objects.get().named.all()] == [
        ("dislike", "long descriptions", "")
    ]


def test_a_reader_of_stories_is_not_recorded_with_moods_of_non_fiction(client: Client) -> None:
    ask(client, reads="fiction", mood=["funny", "how-to"])

    assert Request.objects.get().mood == ["funny"]


def test_a_childs_form_never_makes_a_consent(client: Client) -> None:
    ask(client, audience="child", consent_check_in="on", consent_profile="on", consent_proactive="on")

    assert Request.objects.get().patron.audience == "child"
    assert not Consent.objects.exists()


def test_a_childs_form_asks_for_the_grown_ups_address(client: Client) -> None:
    page = client.post("/suggest/", {"about": "dragons", "audience": "child"}).content.decode()

    assert "Enter the email address of the child&#x27;s grown-up, like name@example.org" in page
    assert "The email address of the child's grown-up" in page


def test_errors_stand_on_top_and_beside_the_field_in_the_same_words_and_nothing_is_lost(client: Client) -> None:
    answer = client.post("/suggest/", {"email": "iris@", "likes-0-why": "the calm", "mood": "funny", "name": "Iris"})

    page = answer.content.decode()
    assert answer.status_code == 200
    assert "<title>Error: " in page
    assert page.index("There is a problem") < page.index("<form")
    assert page.count("Enter an email address, like name@example.org") == 2
    assert page.count("Name a book you enjoyed, or tell us in your own words what you would like to read") == 2
    assert 'href="#id_email"' in page
    assert 'href="#id_likes-0-title"' in page
    email = re.search(r'<input[^>]*name="email"[^>]*>', page)
    assert email
    assert 'value="iris@"' in email[0]
    assert 'aria-invalid="true"' in email[0]
    assert 'aria-describedby="id_email_error"' in email[0]
    assert 'id="id_email_error"' in page
    assert "the calm</textarea>" in page
    assert 'value="Iris"' in page
    assert re.search(r'<input[^>]*value="funny"[^>]* checked', page)
    assert not Request.objects.exists()


def test_folded_parts_with_words_or_errors_in_them_are_open(client: Client) -> None:
    page = client.post(
        "/suggest/", {"likes-2-title": "Emma", "dislikes-0-title": "Ulysses", "card_number": "1" * 41}
    ).content.decode()

    assert page.count('<details class="more" open>') == 2
    likes, _rest = page.split("id_dislikes-0-title", 1)
    assert likes.count('<details class="another" open>') == 2
    assert "Keep this under 40 characters; it has 41 now" in page


def test_a_long_paste_is_never_cut_without_a_word(client: Client) -> None:
    page = ask(client, about="x" * 5000).content.decode()

    assert "x" * 5000 in page
    assert "maxlength" not in "".join(re.findall(r"<textarea[^>]*>", page))


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "Iris\r\nBcc: all@example.org", "Write this on one line"),
        ("name", "Iris\x00", "Write this on one line"),
        ("name", "Iris\u2028x", "Write this on one line"),
        ("email", "iris@example.org\nBcc: all@example.org", "Write this on one line"),
        ("email", "iris@example.org\u2028", "Write this on one line"),
        ("email", "x" * 250 + "@example.org", "Keep this under 254 characters"),
        ("name", "x" * 121, "Keep this under 120 characters"),
        ("about", "x" * 4001, "Keep this under 4000 characters"),
        ("likes-0-title", "x" * 301, "Keep this under 300 characters"),
        ("likes-10-title", "one too many", "Name at most 10 books here"),
        ("likes-99999999-title", "far too many", None),
        ("branch", "999", "Choose one of the answers offered"),
        ("branch", "9" * 30, "Choose one of the answers offered"),
        ("librarian", "x\x00", "Choose one of the answers offered"),
        ("language", "xx", "Choose one of the answers offered"),
        ("reads", "comics", "Choose one of the answers offered"),
        ("limits", "spiders", "Choose one of the answers offered"),
        ("mood", "\x00", "Choose one of the answers offered"),
    ],
)
def test_what_does_not_fit_is_answered_in_words(client: Client, field: str, value: str, words: str | None) -> None:
    answer = ask(client, **{field: value})

    if words is None:
        assert answer.status_code == 302
        return
    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert not Request.objects.exists()


@pytest.mark.parametrize("name", ["I", "👩‍🚀", "إيريس", "Ó", "Null", "<b>Iris</b>", "{link:my}", "{{ 7*7 }}"])
def test_unusual_names_are_names(client: Client, name: str) -> None:
    assert ask(client, name=name).status_code == 302

    assert Request.objects.get().patron.name == name


def test_scripts_come_back_as_text(client: Client) -> None:
    data = {"email": RARE, "likes-0-title": RARE, "likes-0-why": RARE, "name": RARE, "about": f"</textarea>{RARE}"}

    page = client.post("/suggest/", data).content.decode()

    assert RARE not in page
    assert "&lt;script&gt;" in page


def test_the_answer_is_the_same_whether_the_address_is_known_or_not(client: Client) -> None:
    make_patron(email="known@example.org")

    known, unknown = (ask(client, email=f"{name}@example.org") for name in ("known", "unknown"))

    assert known.status_code == unknown.status_code
    pages = [re.sub(r"R-\w{6}", "R", client.get(answer.url).content.decode()) for answer in (known, unknown)]
    assert pages[0] == pages[1]
    assert set(known.headers) == set(unknown.headers)


def test_the_page_speaks_the_language_asked_for_and_the_letter_follows(client: Client) -> None:
    page = client.get("/suggest/?language=fr")

    assert page.headers["Content-Language"] == "fr"
    assert '<html lang="fr"' in page.content.decode()
    assert 'action="/suggest/?language=fr"' in page.content.decode()
    assert client.get("/suggest/", headers={"Accept-Language": "pt-BR"}).headers["Content-Language"] == "pt"
    assert client.get("/suggest/?language=tlh").headers["Content-Language"] == "en"
    answer = ask(client, "/suggest/?language=fr")
    assert Request.objects.get().language == "fr"
    assert answer.url.endswith("?language=fr")


def test_the_promise_on_the_page_is_the_setting_while_there_is_no_record(client: Client) -> None:
    assert "We answer within 5 working days." in client.get("/suggest/").content.decode()


def test_the_page_takes_few_queries_however_many_branches(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(12):
        make_branch()
        make_staff()

    with django_assert_max_num_queries(10):
        client.get("/suggest/")


def test_the_page_with_its_styles_and_scripts_stays_light(client: Client) -> None:
    page = client.get("/suggest/").content
    total = len(gzip.compress(page))
    for path in re.findall(r'(?:href|src)="/static/([^"]+)"', page.decode()):
        total += len(gzip.compress(Path(str(finders.find(path))).read_bytes()))

    assert total <= 80_000


def test_nothing_on_the_page_comes_from_elsewhere_or_runs_inline(client: Client) -> None:
    page = client.get("/suggest/").content.decode()

    assert not [url for url in re.findall(r'(?:href|src|action)="([^"]*)"', page) if urlsplit(url).netloc]
    assert " style=" not in page
    assert not re.search(r" on[a-z]+=", page)


def test_without_its_key_the_form_is_refused(client: Client) -> None:
    strict = Client(enforce_csrf_checks=True)

    assert strict.post("/suggest/", LEAST).status_code == 403
    page = strict.get("/suggest/").content.decode()
    key = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert key
    assert strict.post("/suggest/", LEAST | {"csrfmiddlewaretoken": key[1]}).status_code == 302


def test_other_methods_are_refused(client: Client) -> None:
    assert client.delete("/suggest/").status_code == 405
    assert client.post("/suggest/sent/x/").status_code == 405


def test_a_form_sent_twice_makes_one_request_and_one_confirmation(client: Client, now: datetime) -> None:
    nonce = sign_rendering(now=now - timedelta(minutes=2))

    first, second = ask(client, nonce=nonce), ask(client, nonce=nonce)

    assert first.url == second.url
    assert Request.objects.count() == 1


def test_a_form_corrected_and_sent_again_is_another_request(client: Client, now: datetime) -> None:
    """Who goes back because the address was mistyped must not be told that all is well with the first one."""
    nonce = sign_rendering(now=now - timedelta(minutes=2))

    first, second = ask(client, nonce=nonce, email="iris@exmaple.org"), ask(client, nonce=nonce)

    assert first.url != second.url
    assert set(Patron.objects.values_list("email", flat=True)) == {"iris@exmaple.org", "iris@example.org"}


def test_an_error_keeps_the_rendering_so_that_sending_again_still_counts_once(client: Client, now: datetime) -> None:
    nonce = sign_rendering(now=now - timedelta(minutes=2))

    page = client.post("/suggest/", {"email": "iris@", "nonce": nonce}).content.decode()

    assert f'name="nonce" value="{nonce}"' in page


@pytest.mark.parametrize("odd", ["trap", "quick", "forged"])
def test_what_looks_like_a_machine_is_held_and_sees_the_same_confirmation(
    client: Client, now: datetime, odd: str
) -> None:
    slow = sign_rendering(now=now - timedelta(minutes=2))
    extra = {
        "trap": {"website": "http://spam.example", "nonce": slow},
        "quick": {"nonce": sign_rendering(now=now - timedelta(seconds=1))},
        "forged": {"nonce": slow[:-3]},
    }[odd]

    answer = ask(client, **extra)

    request = Request.objects.get()
    assert (request.state, request.promise) == ("held", None)
    assert request.held_because.endswith(".")
    assert request.reference in client.get(answer.url).content.decode()
    assert not request.patron.messages.exists()


def test_of_many_posts_from_one_place_five_reach_the_queue_and_none_is_lost(client: Client) -> None:
    for number in range(12):
        assert (
            ask(client, email=f"bot{number}@example.org", HTTP_X_FORWARDED_FOR=f"192.0.2.{number}").status_code == 302
        )

    assert Request.objects.filter(state="waiting").count() == 5
    assert Request.objects.filter(state="held", held_because="Many requests from one place.").count() == 7


def test_readers_in_different_places_all_reach_the_queue(client: Client) -> None:
    for number in range(50):
        ask(client, peer=f"192.0.2.{number}", email=f"reader{number}@example.org")

    assert Request.objects.filter(state="waiting").count() == 50


def test_the_tables_of_the_form_know_every_language_of_the_house() -> None:
    assert LANGUAGES == django_settings.LANGUAGES
