"""The list of requests and the page of one: what a librarian sees and can do at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from engagement.models import Promise
from library.models import User
from outreach.models import Answer, Request, RequestTitle, Taste
from outreach.services.reports import request_list, request_search
from outreach.services.reports.promise_clock import clock_of
from tests.builders import make_branch, make_letter, make_patron, make_request, make_staff, make_title

pytestmark = pytest.mark.django_db
MOST_QUERIES = 10
LIST = "/desk/requests/"


@pytest.fixture
def librarian(client: Client) -> User:
    staff = make_staff()
    client.force_login(staff)
    return staff


def promised(request: Request, due_at: datetime, **over: Any) -> Request:
    request.promise = Promise.objects.create(
        kind="letter", patron=request.patron, made_at=request.asked_at, due_at=due_at, **over
    )
    request.save(update_fields=["promise"])
    return request


def page_of(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def named(*references: Request) -> list[str]:
    return [request.reference for request in references]


def order_in(page: str, *requests: Request) -> list[str]:
    found = sorted((page.find(request.reference), request.reference) for request in requests)
    return [reference for place, reference in found if place >= 0]


@pytest.mark.parametrize("role", ["manager", "viewer", "admin"])
def test_only_librarians_see_requests(client: Client, role: str) -> None:
    client.force_login(make_staff(role))
    asked = make_request()
    paths = [LIST, reverse("request", args=[asked.pk]), reverse("letter_edit", args=[asked.pk])]
    assert [client.get(path).status_code for path in paths] == [403] * 3


@pytest.mark.usefixtures("librarian")
def test_what_waits_comes_oldest_first_in_the_readers_words(client: Client, now: datetime) -> None:
    late, early = make_request(likes=("Emma",), asked_at=now), make_request(asked_at=now - timedelta(days=3))
    other = make_request(state="withdrawn", withdrawn_at=now)
    page = page_of(client, LIST)
    assert order_in(page, late, early, other) == named(early, late)
    assert "Emma: “The calm.”" in page


@pytest.mark.parametrize(
    ("hours", "words", "tone"),
    [
        (-26, "late by 1 day", "late"),
        (-1, "late since today", "late"),
        (3, "due today", "soon"),
        (24, "due tomorrow", "soon"),
        (48, "due in 2 days", "soon"),
        (24 * 9, "due 3 December", ""),
    ],
)
def test_the_promise_clock_says_it_in_words(now: datetime, hours: int, words: str, tone: str) -> None:
    clock = clock_of(promised(make_request(), now + timedelta(hours=hours)), now=now)
    assert clock is not None
    assert (clock.words, clock.tone) == (words, tone)


def test_days_are_counted_where_the_branch_is() -> None:
    request = make_request(branch=make_branch(time_zone="Pacific/Auckland"))
    promised(request, datetime(2026, 11, 24, 12, 0, tzinfo=UTC))
    clock = clock_of(request, now=datetime(2026, 11, 24, 10, 0, tzinfo=UTC))
    assert clock is not None
    assert clock.words == "due tomorrow"


def test_a_kept_or_withdrawn_promise_asks_for_nothing(now: datetime) -> None:
    kept = clock_of(promised(make_request(), now, kept_at=now - timedelta(hours=1)), now=now)
    assert kept is not None
    assert kept.words == "answered in time"
    assert clock_of(promised(make_request(), now, withdrawn_at=now), now=now) is None
    assert clock_of(make_request(), now=now) is None


@pytest.mark.usefixtures("librarian")
@pytest.mark.parametrize("words", ["josé", "JOSE", "jansson", "quiet", "train", "calm boat", "{reference}", "{lower}"])
def test_words_find_names_likes_free_words_and_references_of_every_state(client: Client, words: str) -> None:
    asked = make_request(
        make_patron(name="José Ferré"),
        likes=(),
        about="For a long train ride.",
        state="answered",
        answered_at=timezone.now(),
    )
    RequestTitle.objects.create(request=asked, kind="dislike", position=0, title="Jansson", why="A quiet boat, calm")
    other = make_request(make_patron(name="Iris"), likes=("Emma",))
    words = words.format(reference=asked.reference, lower=asked.reference.lower())
    page = client.get(LIST, {"q": words}).content.decode()
    assert order_in(page, asked, other) == named(asked)


@pytest.mark.usefixtures("librarian")
@pytest.mark.parametrize("rare", [(2_000, 10_000, 5_000), (2_000, 10_000, 0), (0, 10_000, 5_000), (0, 0, 0)])
@pytest.mark.parametrize(
    ("words", "found"),
    [("boat", "ab"), ("boat own", "a"), ("boat of", "a"), ("fer", "a"), ("errand", ""), ("50%", "b"), ("5_%", ""),
     ("jo", "a"), ("jo fe", "a"), ("of", ""), ("%", ""), ("o'hara", "b"), ("boat boat BOAT", "ab"), ("\\\\", "")],
)  # fmt: skip
def test_rare_and_common_words_find_the_same(
    client: Client, monkeypatch: pytest.MonkeyPatch, rare: tuple[int, int, int], words: str, found: str
) -> None:
    """Looked up in the indexes, or read in order: with all at 0 no word is looked up."""
    for name, most in zip(("RARE", "RARE_AMONG_SEVERAL", "FEW_READERS"), rare, strict=True):
        monkeypatch.setattr(request_search, name, most)
    one = make_request(make_patron(name="José Ferré"), likes=(), about="A boat of one's own, calm")
    other = make_request(make_patron(name="Ann O'Hara"), likes=("50% boats",))
    third = make_request(make_patron(name="Iris"), likes=("Emma",))
    page = client.get(LIST, {"q": words}).content.decode()
    expected = {asked.reference for asked, key in ((one, "a"), (other, "b")) if key in found}
    assert set(order_in(page, one, other, third)) == expected


@pytest.mark.usefixtures("librarian")
def test_more_than_are_listed_says_so_and_the_newest_are_there(
    client: Client, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    monkeypatch.setattr(request_list, "MOST", 2)
    asked = [make_request(likes=("Emma",), asked_at=now - timedelta(days=days)) for days in range(3)]
    page = page_of(client, LIST + "?q=emma")
    assert order_in(page, *asked) == named(*asked[:2])
    assert "Another word narrows them down." in page
    assert "Another word narrows them down." not in page_of(client, LIST + "?q=emma&page=9&audience=teen")


@pytest.mark.usefixtures("librarian")
def test_filters_live_in_the_address(client: Client) -> None:
    teen = make_request(make_patron(audience="teen", language="fr"))
    adult = make_request()
    held = make_request(state="held", held_because="Sent within a second")
    assert order_in(page_of(client, LIST + "?audience=teen"), teen, adult, held) == named(teen)
    assert order_in(page_of(client, LIST + "?language=fr"), teen, adult, held) == named(teen)
    assert order_in(page_of(client, LIST + "?state=held"), teen, adult, held) == named(held)
    assert len(order_in(page_of(client, LIST + "?state=any"), teen, adult, held)) == 3


@pytest.mark.usefixtures("librarian")
@pytest.mark.parametrize(
    "query",
    [
        "state=nothing&audience=x&language=zz&page=-1",
        "page=99999999999999999999999",
        "q=%00%27%22%25_&state[]=1",
        "q=" + "a+" * 300,
        "changed=%00&page=one",
        "changed=99999999999999999999",
    ],
)
def test_odd_addresses_show_the_plain_list(client: Client, query: str) -> None:
    make_request()
    assert client.get(f"{LIST}?{query}").status_code == 200


@pytest.mark.usefixtures("librarian")
def test_an_empty_list_says_why_and_what_to_do(client: Client) -> None:
    assert "No reader waits for a letter." in page_of(client, LIST)
    page = page_of(client, LIST + "?q=nobody&audience=teen")
    assert "“nobody”" in page
    assert "Clear the filters" in page


@pytest.mark.usefixtures("librarian")
def test_queries_do_not_grow_with_the_rows(client: Client, now: datetime) -> None:
    page_of(client, LIST)  # the first page of a session also writes when it was seen
    counts = []
    for _round in range(2):
        for _ in range(6):
            patron = make_patron("profile", branch=make_branch())
            promised(make_request(patron, likes=("A", "B")), now)
        with CaptureQueriesContext(connection) as queries:
            page_of(client, LIST)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= MOST_QUERIES


def test_other_branches_are_not_there(client: Client) -> None:
    mine, foreign = make_branch(), make_branch()
    staff = make_staff()
    staff.branches.add(mine)
    client.force_login(staff)
    own, free = make_request(branch=mine), make_request(branch=None)
    other = make_request(branch=foreign, state="held", held_because="odd")
    assert len(order_in(page_of(client, LIST + "?state=any"), own, free, other)) == 2
    for name in ("request", "letter_edit", "letter_find"):
        assert client.get(reverse(name, args=[other.pk])).status_code == 404
    for name in ("request_release", "request_withdraw", "request_restore", "letter_edit", "letter_undo"):
        assert client.post(reverse(name, args=[other.pk])).status_code == 404
    other.refresh_from_db()
    assert other.state == "held"


@pytest.mark.usefixtures("librarian")
def test_held_requests_say_why_and_can_be_released_from_the_list(client: Client) -> None:
    asked = make_request(state="held", held_because="Sent within a second", asked_at=timezone.now())
    page = page_of(client, LIST + "?state=held")
    assert "Sent within a second" in page
    answer = client.post(reverse("request_release", args=[asked.pk]), {"back": "list", "state": "held"}, follow=True)
    asked.refresh_from_db()
    assert asked.state == "waiting"
    assert answer.redirect_chain == [(f"{LIST}?state=held&changed={asked.reference}", 302)]
    assert "waits for a letter now" in answer.content.decode()


@pytest.mark.usefixtures("librarian")
def test_closing_is_undone_with_one_button(client: Client, now: datetime) -> None:
    asked = promised(make_request(), timezone.now() + timedelta(days=3))
    page = client.post(reverse("request_withdraw", args=[asked.pk]), follow=True).content.decode()
    asked.refresh_from_db()
    assert asked.state == "withdrawn"
    assert reverse("request_restore", args=[asked.pk]) in page
    client.post(reverse("request_restore", args=[asked.pk]))
    asked.refresh_from_db()
    assert asked.state == "waiting"
    assert Promise.objects.open().count() == 1


@pytest.mark.usefixtures("librarian")
@pytest.mark.parametrize("name", ["request_release", "request_restore"])
def test_pressing_a_button_that_does_not_fit_changes_nothing(client: Client, name: str) -> None:
    asked = make_request()
    answer = client.post(reverse(name, args=[asked.pk]), follow=True)
    assert answer.status_code == 200
    asked.refresh_from_db()
    assert asked.state == "waiting"


@pytest.mark.usefixtures("librarian")
def test_the_page_shows_words_facts_history_and_taste(client: Client, now: datetime) -> None:
    patron = make_patron("profile", name="Iris Okafor")
    title = make_title(name="Quartet in Autumn")
    earlier = make_letter(make_request(patron, state="answered", answered_at=now), titles=(title,), sent_at=now)
    answer = Answer.objects.create(
        pick=earlier.picks.get(), value="loved", why="So dry", answered_at=now, changed_at=now
    )
    Taste.objects.create(
        patron=patron, kind="appeal", name="understated", liked=True, weight=1, answer=answer, learned_at=now
    )
    asked = make_request(patron, likes=("The Remains of the Day",), mood=["funny"], limits=["violence"])
    page_of(client, reverse("request", args=[asked.pk]))  # the first page of a session writes when it was used
    with CaptureQueriesContext(connection) as queries:
        page = page_of(client, reverse("request", args=[asked.pk]))
    for words in ("The Remains of the Day: “The calm.”", "funny", "no violence", "understated", "loved", "So dry"):
        assert words in page
    assert "1 letter, 1 pick: 1 loved." in page
    assert "Write the letter" in page
    assert len(queries) <= MOST_QUERIES


@pytest.mark.usefixtures("librarian")
def test_taste_needs_consent(client: Client, now: datetime) -> None:
    patron = make_patron()
    asked = make_request(patron)
    Taste.objects.create(
        patron=patron, kind="appeal", name="understated", liked=True, weight=1, named=asked.named.get(), learned_at=now
    )
    assert "understated" not in page_of(client, reverse("request", args=[asked.pk]))


@pytest.mark.usefixtures("librarian")
def test_words_of_readers_stay_words(client: Client) -> None:
    evil = '"><script>alert(1)</script>'
    asked = make_request(make_patron(name=evil), likes=(evil,), about=evil, state="held", held_because=evil)
    for path in (LIST + "?state=any", reverse("request", args=[asked.pk]), reverse("letter_edit", args=[asked.pk])):
        assert "<script>alert" not in page_of(client, path)
