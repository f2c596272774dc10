"""The form inside another library site, and the confirmation that follows it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client
from pytest_django import Settings

from outreach.models import Request
from outreach.services.bots import sign_rendering
from outreach.services.requests import submit_request
from outreach.services.wishes import NamedBook, Wishes
from relcrm.kit.links import make_token, path_for
from tests.builders import NOON, make_branch

pytestmark = pytest.mark.django_db
LEAST = {"email": "iris@example.org", "likes-0-title": "The Summer Book"}


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOON)


def sent_path(request: Request, *, now: datetime = NOON, purpose: str = "sent") -> str:
    return path_for("sent", make_token(purpose, request.reference, request.patron.link_generation, now=now))


def asked() -> Request:
    wishes = Wishes(nonce="n", email="iris@example.org", name="Iris Canary", likes=(NamedBook("Emma", "Canary"),))
    return submit_request(wishes=wishes, now=NOON)


def test_only_the_sites_named_in_the_settings_may_frame_it(client: Client, settings: Settings) -> None:
    settings.EMBED_ORIGINS = ["https://library.example", "https://www.library.example"]

    page = client.get("/suggest/embed/")

    policy = page.headers["Content-Security-Policy"]
    assert "frame-ancestors https://library.example https://www.library.example" in policy
    assert "script-src 'self'" in policy
    assert "X-Frame-Options" not in page.headers
    assert "frame-ancestors 'none'" in client.get("/suggest/").headers["Content-Security-Policy"]
    assert client.get("/suggest/").headers["X-Frame-Options"] == "DENY"


def test_without_such_sites_nobody_may_frame_it(client: Client, settings: Settings) -> None:
    settings.EMBED_ORIGINS = []

    assert "frame-ancestors 'none'" in client.get("/suggest/embed/").headers["Content-Security-Policy"]


def test_it_sets_no_cookie_from_opening_to_confirmation(now: datetime) -> None:
    strict = Client(enforce_csrf_checks=True)
    nonce = sign_rendering(now=now - timedelta(minutes=2))

    page = strict.get("/suggest/embed/")
    answer = strict.post("/suggest/embed/", LEAST | {"nonce": nonce})
    confirmation = strict.get(answer.headers["Location"])

    assert 'action="/suggest/embed/"' in page.content.decode()
    assert answer.status_code == 302
    assert confirmation.status_code == 200
    assert not strict.cookies
    assert Request.objects.get().state == "waiting"


@pytest.mark.parametrize("case", ["missing", "forged", "old"])
def test_without_a_rendering_of_the_last_day_it_asks_to_send_again(client: Client, now: datetime, case: str) -> None:
    nonce = {
        "missing": "",
        "forged": sign_rendering(now=now - timedelta(minutes=2)) + "x",
        "old": sign_rendering(now=now - timedelta(hours=25)),
    }[case]

    answer = client.post("/suggest/embed/", LEAST | {"nonce": nonce})

    page = answer.content.decode()
    assert answer.status_code == 200
    assert "This page was open for more than a day" in page
    assert 'value="The Summer Book"' in page
    assert nonce == "" or nonce not in page
    assert not Request.objects.exists()


def test_the_framed_form_is_answered_once_too(client: Client, now: datetime) -> None:
    nonce = sign_rendering(now=now - timedelta(minutes=2))

    urls = {client.post("/suggest/embed/", LEAST | {"nonce": nonce}).headers["Location"] for _ in range(3)}

    assert len(urls) == 1
    assert Request.objects.count() == 1


def test_the_confirmation_says_reference_and_day_and_nothing_personal(client: Client) -> None:
    request = asked()

    first, second = (client.get(sent_path(request)) for _ in range(2))

    page = first.content.decode()
    assert request.reference in page
    assert "1 December 2026" in page
    assert "Canary" not in page
    assert "iris@" not in page
    assert first.content == second.content
    assert first.headers["Referrer-Policy"] == "no-referrer"
    assert "no-store" in first.headers["Cache-Control"]


def test_the_day_promised_is_the_day_where_the_branch_is(client: Client) -> None:
    branch = make_branch(time_zone="Pacific/Apia")
    wishes = Wishes(nonce="n", email="a@example.org", branch=branch, about="Islands")

    request = submit_request(wishes=wishes, now=NOON)

    # Noon in UTC is one o'clock on Wednesday the 25th in Apia; five working days on is Wednesday the 2nd.
    assert "2 December 2026" in client.get(sent_path(request)).content.decode()


def test_the_confirmation_of_a_held_request_names_the_same_day(client: Client) -> None:
    held = submit_request(
        wishes=Wishes(nonce="n", email="a@example.org", about="x", held_because="Many requests from one place."),
        now=NOON,
    )

    assert "1 December 2026" in client.get(sent_path(held)).content.decode()
    assert "held" not in client.get(sent_path(held)).content.decode()


def test_a_wrong_foreign_or_expired_confirmation_link_is_one_neutral_page(client: Client, now: datetime) -> None:
    request = asked()
    good = sent_path(request)
    patron = request.patron
    wrong = [
        good[:-2] + "/",
        "/suggest/sent/nonsense/",
        sent_path(request, purpose="letter"),
        sent_path(request, now=now - timedelta(days=31)),
        path_for("sent", make_token("sent", "R-NOBODY", 1, now=now)),
        path_for("sent", make_token("sent", request.reference, patron.link_generation + 1, now=now)),
    ]

    answers = [client.get(path) for path in wrong]

    assert [answer.status_code for answer in answers] == [404] * len(wrong)
    assert len({answer.content for answer in answers}) == 1
    assert client.get(good).status_code == 200
