"""Records that may be one person are proposed with the reason; a pair kept apart stays apart."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from library.models import ImportRun
from patrons.models import Duplicate, Household
from patrons.services.duplicates import (
    MOST_ALIKE,
    dismiss_duplicate,
    find_duplicates,
    find_if_due,
    restore_duplicate,
)
from tests.builders import NOON, make_patron, make_staff

pytestmark = pytest.mark.django_db


def pair(first: dict[str, Any], second: dict[str, Any]) -> list[str]:
    make_patron(**({"name": "José Muñoz"} | first))
    make_patron(**({"name": "Jose Munoz"} | second))
    find_duplicates(now=NOON)
    return list(Duplicate.objects.values_list("reason", flat=True))


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        ({"birth_year": 1970}, {"birth_year": 1970}, "same name and birth year"),
        ({"email": "a@example.org"}, {"email": "A@example.org"}, "same name and e-mail address"),
        (
            {"postal_address": "1 Main St., Town"},
            {"postal_address": "1 main st town"},
            "same name and postal address",
        ),
    ],
)
def test_alike_records_are_proposed_with_the_reason(first: dict[str, Any], second: dict[str, Any], reason: str) -> None:
    assert pair(first, second) == [reason]


def test_the_same_household_and_name_is_a_reason() -> None:
    home = Household.objects.create(name="Muñoz", created_at=NOON)
    assert pair({"household": home}, {"household": home}) == ["same name and household"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"birth_year": 1970}, {"birth_year": 1971}),
        ({"birth_year": 1970}, {}),
        ({"birth_year": 1970, "name": "Ann"}, {"birth_year": 1970}),
        ({"email": "a@example.org", "audience": "child"}, {"email": "a@example.org"}),
        ({"email": "a@example.org", "birth_year": 1940}, {"email": "a@example.org", "birth_year": 1970}),
        ({"name": "", "birth_year": 1970}, {"name": "", "birth_year": 1970}),
        ({"email": ""}, {"email": ""}),
    ],
)
def test_others_are_not(first: dict[str, Any], second: dict[str, Any]) -> None:
    assert pair(first, second) == []


def test_a_name_that_very_many_have_proves_nothing() -> None:
    for _ in range(MOST_ALIKE + 1):
        make_patron(name="Maria Garcia", birth_year=1980)
    assert find_duplicates(now=NOON) == 0


def test_a_pair_kept_apart_stays_apart_until_that_is_undone() -> None:
    pair({"birth_year": 1970}, {"birth_year": 1970})
    librarian = make_staff()
    dismiss_duplicate(pair=Duplicate.objects.get(), by=librarian, now=NOON)
    assert find_duplicates(now=NOON + timedelta(days=1)) == 0
    assert Duplicate.objects.get().dismissed_at == NOON
    restore_duplicate(pair=Duplicate.objects.get(), by=librarian, now=NOON)
    assert Duplicate.objects.get().dismissed_at is None


def test_a_proposal_goes_when_the_name_was_put_right() -> None:
    pair({"birth_year": 1970}, {"birth_year": 1970})
    Duplicate.objects.get().first.__class__.objects.filter(name="José Muñoz").update(name="Ann", search_text=" ann")
    find_duplicates(now=NOON)
    assert not Duplicate.objects.exists()


def test_once_a_night_and_after_an_import() -> None:
    make_patron(name="Ann", birth_year=1970)
    make_patron(name="Ann", birth_year=1970)
    assert find_if_due(now=NOON) == 1
    make_patron(name="Bob", birth_year=1970)
    make_patron(name="Bob", birth_year=1970)
    assert find_if_due(now=NOON + timedelta(hours=1)) == 0
    ImportRun.objects.create(what="patrons", started_at=NOON, finished_at=NOON + timedelta(hours=2))
    assert find_if_due(now=NOON + timedelta(hours=3)) == 1
    make_patron(name="Cy", birth_year=1970)
    make_patron(name="Cy", birth_year=1970)
    assert find_if_due(now=NOON + timedelta(hours=4)) == 0
    assert find_if_due(now=NOON + timedelta(days=1)) == 1
