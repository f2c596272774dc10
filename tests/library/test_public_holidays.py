"""The public holidays of a country: looked at first, added once, taken back."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from library.models import AuditLine, Holiday, User
from library.services.branches import add_holiday
from library.services.public_holidays import (
    LONGEST_NAME,
    Wish,
    add_public_days,
    countries,
    country_of,
    public_days,
    take_back_days,
)
from tests.builders import NOON, make_branch, make_staff

pytestmark = pytest.mark.django_db
PATH = "/desk/settings/holidays/public/"
YEAR = timezone.localdate().year
CHRISTMAS = date(2027, 12, 25)


@pytest.fixture
def admin(client: Client) -> User:
    user = make_staff("admin", email="a@example.org")
    client.force_login(user)
    return user


def wish(country: str = "ZA", region: str = "", **over: Any) -> Wish:
    values: dict[str, Any] = {"year": 2027, "language": "", "branch": None}
    return Wish(country, region, **(values | over))


def names(asked: Wish) -> dict[str, str]:
    return {f"{one.day:%m-%d}": one.name for one in public_days(asked)}


# The days


def test_every_country_has_a_name_and_can_be_looked_up() -> None:
    known = countries()
    assert len(known) > 200
    assert known == sorted(known, key=lambda one: one[1])
    assert dict(known)["ZA"] == "South Africa"
    for code, name in known:
        country = country_of(code)
        assert country.name == name
        assert all(label for _code, label in [*country.regions, *country.languages])


def test_the_days_of_a_country_of_a_region_and_in_another_language() -> None:
    assert names(wish())["04-27"] == "Freedom Day"
    assert "01-06" not in names(wish("DE"))
    assert names(wish("DE", "BY"))["01-06"] == "Heilige Drei Könige"
    assert names(wish("DE", "BY", language="en_US"))["01-06"] == "Epiphany"
    assert dict(country_of("DE").regions)["BY"] == "Bayern"
    assert dict(country_of("FR").regions)["971"] == "Guadeloupe"
    assert dict(country_of("CH").languages)["it"] == "Italian"


def test_a_long_name_is_cut_and_no_day_lies_in_another_year() -> None:
    for asked in (wish("TH"), wish("KH"), wish("SA"), wish("NZ")):
        days = public_days(asked)
        assert days
        assert all(len(one.name) <= LONGEST_NAME and one.day.year == 2027 for one in days)
        assert days == sorted(days, key=lambda one: one.day)


def test_what_is_closed_already_is_marked_for_the_place_it_is_about(admin: User) -> None:
    here, elsewhere = make_branch(), make_branch()
    add_holiday(day=CHRISTMAS, name="Xmas", branch=None, by=admin, now=NOON)
    add_holiday(day=date(2027, 4, 27), name="Ours", branch=here, by=admin, now=NOON)

    def there(asked: Wish) -> set[str]:
        return {one.there for one in public_days(asked)} - {""}

    assert there(wish()) == {"Xmas"}
    assert there(wish(branch=here)) == {"Xmas", "Ours"}
    assert there(wish(branch=elsewhere)) == {"Xmas"}
    [christmas] = [one for one in public_days(wish()) if one.day == CHRISTMAS]
    assert (christmas.name, christmas.weekend) == ("Christmas Day", True)


def test_only_public_holidays_that_are_not_there_are_added_and_written_down(admin: User) -> None:
    add_holiday(day=CHRISTMAS, name="Xmas", branch=None, by=admin, now=NOON)
    days = {CHRISTMAS, date(2027, 4, 27), date(2027, 4, 28)}
    [added] = add_public_days(wish=wish(), days=days, by=admin, now=NOON)
    assert (added.day, added.name, added.branch) == (date(2027, 4, 27), "Freedom Day", None)
    assert AuditLine.objects.filter(what="holiday.added").count() == 2
    assert take_back_days(numbers=[added.pk, 999_999], by=admin, now=NOON) == 1
    assert list(Holiday.objects.values_list("name", flat=True)) == ["Xmas"]
    assert AuditLine.objects.filter(what="holiday.removed").count() == 1


# The page


def test_choosing_looking_adding_and_taking_back(client: Client, admin: User) -> None:
    page = client.get(PATH).content.decode()
    assert '<option value="ZA">South Africa</option>' in page
    assert "The whole country" not in page
    asked = {"country": "DE", "region": "BY", "year": str(YEAR), "language": "", "branch": ""}
    page = client.get(PATH, asked).content.decode()
    assert f"Bayern, Germany, {YEAR}" in page
    assert "<bdi>Heilige Drei Könige</bdi>" in page
    assert not Holiday.objects.exists()
    days = [f"{YEAR}-01-01", f"{YEAR}-01-06", f"{YEAR}-01-07", "soon", ""]
    page = client.post(PATH, asked | {"day": days}, follow=True).content.decode()
    assert f"Added: 2 days of Bayern, Germany, {YEAR}." in page
    added = list(Holiday.objects.order_by("day"))
    assert [one.name for one in added] == ["Neujahr", "Heilige Drei Könige"]
    assert "there already" in client.get(PATH, asked).content.decode()
    assert "Added:" not in client.get("/desk/settings/holidays/").content.decode()
    page = client.post(f"{PATH}undo/", {"holiday": [one.pk for one in added]}, follow=True).content.decode()
    assert "Taken back: 2 days." in page
    assert not Holiday.objects.exists()
    page = client.post(f"{PATH}undo/", {"holiday": [added[0].pk]}, follow=True).content.decode()
    assert "They were gone already." in page


def test_they_can_be_those_of_one_branch(client: Client, admin: User) -> None:
    branch = make_branch(name="Harbour")
    asked = {"country": "ZA", "year": str(YEAR), "branch": str(branch.pk)}
    assert "Add them for Harbour" in client.get(PATH, asked).content.decode()
    client.post(PATH, asked | {"day": f"{YEAR}-04-27"})
    assert Holiday.objects.get().branch == branch


def test_the_same_days_twice_are_said_to_be_there(client: Client, admin: User) -> None:
    asked = {"country": "ZA", "year": str(YEAR), "day": f"{YEAR}-04-27"}
    client.post(PATH, asked)
    page = client.post(PATH, asked, follow=True).content.decode()
    assert "You were closed on all of these days already." in page
    assert Holiday.objects.count() == 1


def test_where_nothing_is_left_to_add_no_button_offers_it(client: Client, admin: User) -> None:
    asked = {"country": "ZA", "year": str(YEAR)}
    assert "Add them for all branches" in client.get(PATH, asked).content.decode()
    for one in public_days(wish(year=YEAR)):
        add_holiday(day=one.day, name=one.name, branch=None, by=admin, now=NOON)
    page = client.get(PATH, asked).content.decode()
    assert "You are closed on all of these days already." in page
    assert "Add them for all branches" not in page


def test_nothing_ticked_is_named_and_the_days_stay(client: Client, admin: User) -> None:
    page = client.post(PATH, {"country": "ZA", "year": str(YEAR)}).content.decode()
    assert "Tick the days on which you are closed" in page
    assert "Freedom Day" in page
    assert "<title>Error: " in page


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("country", "", "Choose a country from the list"),
        ("country", "Mars", "Choose a country from the list"),
        ("region", "ZZ", "Choose a region of Germany from the list, or the whole country"),
        ("year", "", f"Year: a whole number from {YEAR - 5} to {YEAR + 5}"),
        ("year", "1066", f"Year: a whole number from {YEAR - 5} to {YEAR + 5}"),
        ("year", "soon", f"Year: a whole number from {YEAR - 5} to {YEAR + 5}"),
        ("language", "tlh", "Choose a language from the list for the names"),
        ("branch", "999", "Choose a branch from the list"),
    ],
)
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.usefixtures("admin")
def test_what_is_wrong_is_said_in_plain_words(client: Client, method: str, field: str, value: str, words: str) -> None:
    asked = {"country": "DE", "region": "", "year": str(YEAR), "language": "", "branch": "", "day": f"{YEAR}-01-01"}
    page = getattr(client, method)(PATH, asked | {field: value}).content.decode()
    assert "There is a problem" in page
    assert words in page
    assert not Holiday.objects.exists()


def test_a_country_without_known_days_says_so(client: Client, admin: User) -> None:
    page = client.get(PATH, {"country": "BV", "year": str(YEAR)}).content.decode()
    assert "No public holiday of that year is known." in page


@pytest.mark.parametrize("odd", ["", "-1", "9" * 30, "²", "x", "\x00"])
def test_an_odd_number_takes_nothing_back(client: Client, admin: User, odd: str) -> None:
    add_holiday(day=CHRISTMAS, name="Xmas", branch=None, by=admin, now=NOON)
    assert client.post(f"{PATH}undo/", {"holiday": odd}).status_code == 302
    assert Holiday.objects.exists()


@pytest.mark.parametrize("role", ["librarian", "manager", "viewer"])
def test_only_admins_add_them(client: Client, role: str) -> None:
    client.force_login(make_staff(role))
    assert client.get(PATH).status_code == 403
    assert client.post(PATH, {"country": "ZA", "year": str(YEAR), "day": f"{YEAR}-04-27"}).status_code == 403
    assert not Holiday.objects.exists()


def test_the_settings_lead_there(client: Client, admin: User) -> None:
    assert f'href="{PATH}"' in client.get("/desk/settings/holidays/").content.decode()
