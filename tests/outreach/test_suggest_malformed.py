"""Whatever is thrown at the public pages, they answer; nothing half is kept."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outreach.models import Request, RequestTitle
from patrons.models import Patron

pytestmark = pytest.mark.django_db
NAMES = [
    "email",
    "likes-0-title",
    "likes-0-why",
    "likes-1-title",
    "likes-9-why",
    "likes-10-title",
    "likes--1-title",
    "likes-x-title",
    "dislikes-0-title",
    "dislikes-3-why",
    "name",
    "card_number",
    "branch",
    "language",
    "audience",
    "reads",
    "librarian",
    "mood",
    "limits",
    "length",
    "formats",
    "about",
    "consent_check_in",
    "consent_profile",
    "consent_proactive",
    "nonce",
    "website",
    "unknown",
]
WORDS = st.one_of(
    st.text(st.characters(codec="utf-8"), max_size=60),
    st.sampled_from(
        [
            "",
            "a@example.org",
            "a@localhost",
            "on",
            "1",
            "0",
            "-1",
            "child",
            "fiction",
            "\x00",
            "\r\n",
            "\u202e",
            "9" * 400,
        ]
    ),
)
RELAXED = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)


@RELAXED
@given(st.dictionaries(st.sampled_from(NAMES), st.lists(WORDS, min_size=1, max_size=3), max_size=12))
def test_any_fields_are_answered_with_a_page_or_a_confirmation(client: Client, data: dict[str, list[str]]) -> None:
    cache.clear()
    before = Request.objects.count()

    answer = client.post("/suggest/", data)

    assert answer.status_code in {200, 302}
    assert Request.objects.count() - before == (answer.status_code == 302)
    assert Patron.objects.count() == Request.objects.count()
    assert not RequestTitle.objects.filter(title="").exists()


@RELAXED
@given(
    st.binary(max_size=300),
    st.sampled_from(["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", ""]),
)
def test_any_bytes_are_answered(client: Client, body: bytes, kind: str) -> None:
    assert client.generic("POST", "/suggest/embed/", body, content_type=kind).status_code in {200, 400}


@pytest.mark.parametrize("path", ["/suggest/", "/suggest/embed/", "/my/", "/accounts/login/"])
@pytest.mark.parametrize("charset", ["utf-16", "rot13", "idna"])
def test_a_form_in_letters_nobody_sends_is_answered_kindly(path: str, charset: str) -> None:
    kind = f"application/x-www-form-urlencoded; charset={charset}"
    answer = Client(enforce_csrf_checks=True).generic("POST", path, b"email=a%40example.org", content_type=kind)
    assert answer.status_code in {400, 403}
    assert "Nothing was changed" in answer.content.decode()
    assert "frame-ancestors" in answer.headers["Content-Security-Policy"]


@RELAXED
@given(st.text(st.characters(codec="utf-8", exclude_characters="/?#\r\n"), min_size=1, max_size=80))
def test_any_confirmation_token_is_the_neutral_page(client: Client, token: str) -> None:
    assert client.get(f"/suggest/sent/{token}/").status_code in {400, 404}


def test_a_body_or_a_form_too_large_is_refused_before_it_is_read(client: Client) -> None:
    assert client.post("/suggest/", {"about": "x" * 1_100_000}).status_code in {400, 413}
    assert client.post("/suggest/", {f"f{number}": "x" for number in range(300)}).status_code in {400, 413}
    assert not Request.objects.exists()
