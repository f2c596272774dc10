"""The panel beside the letter: fetched once the page stands, a page without script, and it tells on nobody."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from library.models import User
from outreach.models import Pick, Request
from tests.builders import make_branch, make_patron, make_request, make_staff
from tests.outreach.reading import answered, book, readers_of

pytestmark = pytest.mark.django_db
MOST_QUERIES = 10
FETCH = {"HX-Request": "true"}


@pytest.fixture
def librarian(client: Client) -> User:
    staff = make_staff()
    client.force_login(staff)
    return staff


@pytest.fixture
def asked(librarian: User) -> Request:
    return make_request(make_patron("profile", name="Iris"))


def panel(client: Client, asked: Request, **headers: str) -> str:
    answer = client.get(reverse("letter_candidates", args=[asked.pk]), headers=headers)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_the_letter_page_asks_for_the_list_and_has_a_plain_link_to_it(client: Client, asked: Request) -> None:
    page = client.get(reverse("letter_edit", args=[asked.pk])).content.decode()
    address = reverse("letter_candidates", args=[asked.pk])
    assert f'hx-get="{address}" hx-trigger="load"' in page
    assert f'<a href="{address}">See titles that may suit Iris</a>' in page


def test_each_title_has_its_reason_and_is_added_as_a_found_one_is(client: Client, asked: Request) -> None:
    book("The Summer Book", "quiet")
    title = book("Hotel du Lac", "quiet", year=1984)
    page = panel(client, asked, **FETCH)
    assert "Shares “quiet” with The Summer Book, which Iris named as enjoyed." in page
    assert f'form="letter" name="add" value="{title.pk}"' in page
    assert "How these were found" in page
    assert "by an author whose book was praised: 4" in page
    client.post(reverse("letter_edit", args=[asked.pk]), {"note": "", "add": title.pk})
    assert Pick.objects.get().title == title
    assert Pick.objects.get().why == ""
    assert "Hotel du Lac" not in panel(client, asked, **FETCH)


def test_without_script_it_is_a_page_that_leads_back_to_the_search(client: Client, asked: Request) -> None:
    book("The Summer Book", "quiet")
    book("Hotel & Lac", "quiet")
    page = panel(client, asked)
    assert "<h1>Titles worth a look for Iris</h1>" in page
    assert f"{reverse('letter_edit', args=[asked.pk])}?find=Hotel%20%26%20Lac#find" in page
    assert 'name="add"' not in page


def test_with_nothing_to_show_it_says_what_to_do(client: Client, asked: Request) -> None:
    assert "nothing to begin from yet" in panel(client, asked, **FETCH)
    book("The Summer Book", "quiet")
    assert "Nothing in the catalogue fits" in panel(client, asked, **FETCH)


def test_nobody_who_read_the_same_is_told_on(client: Client, asked: Request) -> None:
    loved, next_one, rare = book("The Summer Book"), book("Hotel du Lac"), book("Read by four")
    fellows = readers_of(loved, next_one, consented=5, silent=2)
    for fellow in fellows[:4]:
        answered(fellow, rare, "loved")
    page = panel(client, asked, **FETCH)
    assert "Hotel du Lac" in page
    assert "Read by four" not in page
    assert not any(word in page for fellow in fellows for word in (fellow.name, fellow.email, fellow.public_id))


def test_it_asks_the_database_few_times_and_changes_nothing(client: Client, asked: Request) -> None:
    loved = book("The Summer Book", "quiet")
    readers_of(loved, *[book(f"Book of {number}", "quiet") for number in range(9)])
    panel(client, asked, **FETCH)
    with CaptureQueriesContext(connection) as queries:
        panel(client, asked, **FETCH)
    assert len(queries) <= MOST_QUERIES
    assert not any(query["sql"].startswith(("INSERT", "UPDATE", "DELETE")) for query in queries)


def test_a_request_of_another_branch_does_not_exist(client: Client, librarian: User) -> None:
    librarian.branches.add(make_branch())
    foreign = make_request(branch=make_branch())
    assert client.get(reverse("letter_candidates", args=[foreign.pk])).status_code == 404
