"""The check-in as the reader meets it: GET shows, POST writes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

import pytest
from django.apps import apps
from django.core import serializers
from django.test import Client
from django.urls import reverse

from library.models import Session
from outreach.models import Answer, CheckIn, ContactReason, Taste
from patrons.models import Consent, Patron
from relcrm.kit.links import make_token
from tests.builders import NOON, make_patron, make_staff
from tests.outreach.loops import DAY, Loop, make_described, make_loop

pytestmark = pytest.mark.django_db
LATER = NOON + 22 * DAY


@pytest.fixture(autouse=True)
def time() -> Iterator[None]:
    """Views read the clock once; here it stands still."""
    with mock.patch("django.utils.timezone.now", return_value=LATER):
        yield


def every_row() -> str:
    """All rows of all models, as one text; without sessions, which know when they were last used."""
    models = [model for model in apps.get_models() if model is not Session]
    return "".join(serializers.serialize("json", model._default_manager.order_by("pk")) for model in models)


@contextmanager
def nothing_written() -> Iterator[None]:
    before = every_row()
    yield
    assert every_row() == before


def fields(loop: Loop, *values: str, **other: str) -> dict[str, str]:
    return {f"pick-{pick.pk}": value for pick, value in zip(loop.picks, values, strict=False)} | other


def test_looking_at_every_link_three_times_writes_nothing(client: Client) -> None:
    loop = make_loop("check_in", "profile", standing="provisional")
    paths = [loop.path(), loop.path(tail="thanks/"), *(loop.path(tail=f"?pick-{p.pk}=loved") for p in loop.picks)]
    with nothing_written():
        for path in paths * 3:
            client.get(path)
            client.head(path)
            client.get(path, headers={"Purpose": "prefetch", "Sec-Purpose": "prefetch"})
            client.options(path)


def test_the_answer_of_the_link_is_chosen_and_nothing_else(client: Client) -> None:
    loop, other = make_loop(), make_loop()
    query = f"?pick-{loop.picks[1].pk}=so_so&pick-{loop.picks[0].pk}=bought&pick-{other.picks[0].pk}=loved"
    page = client.get(loop.path(tail=query)).content.decode()
    assert page.count(" checked") == 1
    assert f'id="id_pick-{loop.picks[1].pk}_2" value="so_so" checked' in page
    assert f"pick-{other.picks[0].pk}" not in page


def test_the_page_asks_exactly_the_fields_of_the_contract(client: Client) -> None:
    loop = make_loop()
    form = client.get(loop.path()).context["form"]
    expected = {name for pick in loop.picks for name in (f"pick-{pick.pk}", f"why-{pick.pk}")} | {"learned", "comment"}
    assert set(form.fields) == expected


def test_answering_leads_to_the_thank_you_page(client: Client) -> None:
    loop = make_loop("check_in", "profile", titles=(make_described("The Summer Book", ("appeal", "calm")),))
    data = fields(loop, "loved", **{f"why-{loop.picks[0].pk}": "The calm.", "learned": "yes", "comment": "More"})
    response = client.post(loop.path(), data, follow=True)
    assert response.redirect_chain == [(loop.path(tail="thanks/"), 302)]
    assert "We remember that you like: calm." in response.content.decode()
    answer = Answer.objects.get()
    assert (answer.value, answer.why) == ("loved", "The calm.")
    check_in = CheckIn.objects.get()
    assert (check_in.learned, check_in.comment, check_in.answered_at) == (True, "More", LATER)


def test_earlier_answers_are_shown_and_can_be_changed(client: Client) -> None:
    loop = make_loop()
    words = {f"why-{loop.picks[0].pk}": "Too slow", "comment": "Hello"}
    client.post(loop.path(), fields(loop, "so_so", "liked", **words))
    page = client.get(loop.path()).content.decode()
    assert page.count(" checked") == 2
    assert "Too slow" in page
    assert "Hello" in page
    client.post(loop.path(), fields(loop, "loved", "liked"))
    assert Answer.objects.get(pick=loop.picks[0]).value == "loved"
    assert Answer.objects.get(pick=loop.picks[0]).why == "Too slow"


def test_the_same_post_twice_writes_once(client: Client) -> None:
    loop = make_loop("check_in", "profile")
    client.post(loop.path(), fields(loop, "loved", "could_not_get", comment="Hm"))
    with nothing_written():
        client.post(loop.path(), fields(loop, "loved", "could_not_get", comment="Hm"))


def test_nothing_chosen_says_so_and_keeps_the_words(client: Client) -> None:
    loop = make_loop()
    with nothing_written():
        response = client.post(loop.path(), {"comment": "Lovely <b>words</b>", "learned": "yes"})
    page = response.content.decode()
    assert response.status_code == 200
    assert "There is a problem" in page
    assert f'<a href="#id_pick-{loop.picks[0].pk}_0">Choose an answer for at least one book</a>' in page
    assert "Lovely &lt;b&gt;words&lt;/b&gt;" in page
    assert "<title>Error:" in page


@pytest.mark.parametrize(
    "bad",
    [{"pick": "bought"}, {"why": "x" * 1501}, {"comment": "x" * 2001}, {"learned": "perhaps"}],
)
def test_what_does_not_fit_is_an_error_and_writes_nothing(client: Client, bad: dict[str, str]) -> None:
    loop = make_loop()
    first = loop.picks[0].pk
    named = {f"{name}-{first}" if name in ("pick", "why") else name: value for name, value in bad.items()}
    with nothing_written():
        response = client.post(loop.path(), fields(loop, "loved", "loved") | named)
    assert response.status_code == 200
    assert "There is a problem" in response.content.decode()


def test_words_that_cannot_be_written_down_fall_out(client: Client) -> None:
    loop = make_loop()
    client.post(loop.path(), fields(loop, "loved", comment="One\r\ntwo\x00 🦊"))
    assert CheckIn.objects.get().comment == "One\ntwo 🦊"


def test_answers_for_the_books_of_another_letter_are_ignored(client: Client) -> None:
    loop, other = make_loop(), make_loop()
    client.post(loop.path(), fields(loop, "loved") | fields(other, "not_for_me"))
    assert Answer.objects.get().pick == loop.picks[0]


def test_every_wrong_link_gets_the_same_neutral_page(client: Client) -> None:
    loop = make_loop()
    good = loop.path().split("/")[2]
    key, generation = str(loop.check_in.pk), loop.patron.link_generation
    wrong = [
        "nonsense",
        good[:-1] + ("A" if good[-1] != "A" else "B"),
        make_token("letter", key, generation, now=NOON),
        make_token("checkin", key, generation + 1, now=NOON),
        make_token("checkin", "999999", generation, now=NOON),
        make_token("checkin", key, generation, now=LATER - 61 * DAY),
    ]
    pages = set()
    with nothing_written():
        for token in wrong:
            for name in ("checkin", "checkin_thanks"):
                response = client.get(reverse(name, args=[token]))
                assert response.status_code == 404
                pages.add(response.content)
            for name in ("checkin", "checkin_offer", "checkin_join"):
                assert client.post(reverse(name, args=[token]), fields(loop, "loved")).status_code == 404
    assert len(pages) == 1


def test_a_withdrawn_request_is_said_kindly_and_nothing_is_saved(client: Client) -> None:
    loop = make_loop(standing="provisional")
    loop.letter.request.state = "withdrawn"
    loop.letter.request.save(update_fields=["state"])
    with nothing_written():
        for response in (
            client.get(loop.path()),
            client.post(loop.path(), fields(loop, "loved")),
            client.post(loop.path(tail="offer/"), {"purpose": "proactive"}),
        ):
            assert response.status_code == 410
            assert "This request was withdrawn" in response.content.decode()


def test_without_the_form_key_nothing_is_written() -> None:
    loop = make_loop()
    strict = Client(enforce_csrf_checks=True)
    with nothing_written():
        assert strict.post(loop.path(), fields(loop, "loved")).status_code == 403
    key = strict.get(loop.path()).cookies["csrftoken"].value
    assert strict.post(loop.path(), fields(loop, "loved", csrfmiddlewaretoken=key)).status_code == 302


def test_the_page_speaks_the_readers_language(client: Client) -> None:
    response = client.get(make_loop(language="pt").path(), headers={"Accept-Language": "fr"})
    assert '<html lang="pt"' in response.content.decode()
    assert response["Content-Language"] == "pt"
    assert response["Referrer-Policy"] == "no-referrer"


def test_queries_do_not_grow_with_the_books(client: Client, django_assert_max_num_queries: object) -> None:
    loop = make_loop("check_in", "profile", titles=tuple(make_described(f"Book {n}") for n in range(9)))
    loop.answer(*["loved", "not_yet", "could_not_get"] * 3)
    for path in (loop.path(), loop.path(tail="thanks/")):
        with django_assert_max_num_queries(10):  # type: ignore[operator]  # the fixture has no type of its own
            client.get(path)


def test_before_an_answer_the_thank_you_page_leads_to_the_question(client: Client) -> None:
    loop = make_loop()
    assert client.get(loop.path(tail="thanks/"))["Location"] == loop.path()


def test_the_thank_you_page_says_what_happens_now(client: Client) -> None:
    loop = make_loop()
    client.post(loop.path(), fields(loop, "not_yet", "could_not_get"))
    page = client.get(loop.path(tail="thanks/")).content.decode()
    assert "We ask once more about The Summer Book" in page
    assert "could not get L&#x27;Anomalie" in page
    assert "Nothing else is remembered of you" in page
    assert ContactReason.objects.exists()


def test_consents_are_offered_until_they_are_given(client: Client) -> None:
    loop = make_loop(titles=(make_described("The Summer Book", ("appeal", "calm")),))
    client.post(loop.path(), fields(loop, "loved"))
    page = client.get(loop.path(tail="thanks/")).content.decode()
    assert "Write to me when you find something for me" in page
    client.post(loop.path(tail="offer/"), {"purpose": "profile"})
    assert Taste.objects.filter(name="calm").exists()
    client.post(loop.path(tail="offer/"), {"purpose": "proactive"})
    page = client.get(loop.path(tail="thanks/")).content.decode()
    assert "Write to me when you find something for me" not in page
    assert "Kept. You can take it back on your page whenever you like." in page
    assert set(Consent.objects.active().values_list("purpose", flat=True)) == {"check_in", "profile", "proactive"}


@pytest.mark.parametrize("purpose", ["community", "check_in", "", "nonsense"])
def test_only_what_is_offered_can_be_agreed_to(client: Client, purpose: str) -> None:
    loop = make_loop()
    client.post(loop.path(), fields(loop, "loved"))
    with nothing_written():
        assert client.post(loop.path(tail="offer/"), {"purpose": purpose}).status_code == 302


def test_the_reader_keeps_both_records_together(client: Client) -> None:
    loop = make_loop(email="iris@example.org", standing="provisional")
    known = make_patron(email="iris@example.org", name="Iris Berg")
    path = loop.path(tail="join/")
    client.post(loop.path(), fields(loop, "loved"))
    page = client.get(loop.path(tail="thanks/")).content.decode()
    assert "We already know Iris Berg with this address" in page
    response = client.post(path, {"into": known.public_id}, follow=True)
    assert response.status_code == 200
    assert "Is this you?" not in response.content.decode()
    assert "The two are one now." in response.content.decode()
    assert list(Patron.objects.values_list("pk", flat=True)) == [known.pk]


def test_nobody_is_joined_with_a_record_of_another_address(client: Client) -> None:
    loop = make_loop(standing="provisional")
    stranger = make_patron()
    with nothing_written():
        client.post(loop.path(tail="join/"), {"into": stranger.public_id})
        client.post(loop.path(tail="join/"), {"into": ""})


def could_not_get() -> ContactReason:
    make_loop().answer("could_not_get", why="Always on loan.")
    return ContactReason.objects.get()


def test_a_librarian_settles_a_reason_and_takes_it_back(client: Client) -> None:
    reason, librarian = could_not_get(), make_staff()
    client.force_login(librarian)
    response = client.post(reverse("contact_done", args=[reason.pk]), follow=True)
    reason.refresh_from_db()
    assert (reason.closed_at, reason.closed_by) == (LATER, librarian)
    assert "Undo" in response.content.decode()
    client.post(reverse("contact_undo", args=[reason.pk]))
    client.post(reverse("contact_later", args=[reason.pk]))
    reason.refresh_from_db()
    assert (reason.closed_at, reason.later_until) == (None, LATER + 7 * DAY)


@pytest.mark.parametrize("role", ["manager", "viewer", "admin"])
def test_other_roles_settle_nothing(client: Client, role: str) -> None:
    reason = could_not_get()
    client.force_login(make_staff(role))
    with nothing_written():
        for name in ("contact_done", "contact_later", "contact_undo"):
            assert client.post(reverse(name, args=[reason.pk])).status_code == 403
