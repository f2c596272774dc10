"""Where a book stands is shown with its age, wherever a librarian looks for one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from catalog.models import Copy
from catalog.services.shelves import shelves_of
from tests.builders import make_branch, make_request, make_staff, make_title

pytestmark = pytest.mark.django_db


def test_a_search_for_a_letter_says_what_is_on_the_shelf_and_how_old_that_is(client: Client) -> None:
    title, branch = make_title(name="The Summer Book"), make_branch(name="Main")
    yesterday = timezone.now() - timedelta(days=1)
    for number, status in enumerate(["available", "available", "on_loan"]):
        Copy.objects.create(title=title, branch=branch, source_key=str(number), status=status, as_of=yesterday)
    client.force_login(make_staff())
    page = client.get(f"/desk/requests/{make_request().pk}/letter/", {"find": "summer book"})
    assert page.status_code == 200
    assert "2 on the shelf at Main, as of 1 day ago" in " ".join(page.content.decode().split())


def test_shelves_are_told_by_branch_and_age_in_one_query(django_assert_num_queries: object) -> None:
    titles = [make_title() for _ in range(3)]
    old, new = timezone.now() - timedelta(days=9), timezone.now()
    for place, (number, as_of) in zip(["East", "West"], [(2, old), (1, new)], strict=True):
        branch = make_branch(name=place)
        for copy in range(number):
            Copy.objects.create(
                title=titles[0], branch=branch, source_key=f"{place}{copy}", status="available", as_of=as_of
            )
    Copy.objects.create(title=titles[1], source_key="x", status="missing", as_of=new)
    with django_assert_num_queries(1):  # type: ignore[operator]  # a fixture of pytest-django
        found = shelves_of(title.pk for title in titles)
    assert list(found) == [titles[0].pk]
    assert [(shelf.copies, shelf.place, shelf.as_of) for shelf in found[titles[0].pk]] == [
        (2, "East", old),
        (1, "West", new),
    ]
