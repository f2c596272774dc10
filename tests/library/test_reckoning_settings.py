"""What an hour costs and how many readers are asked: a page of the settings for managers and admins."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client

from library.models import AuditLine
from library.services.settings import current_settings
from tests.builders import make_staff

pytestmark = pytest.mark.django_db
PAGE = "/desk/settings/reckoning/"
GOOD = {"hourly_rate": "41.25", "currency": "zar", "pulse_weekly": "20"}


def signed_in(role: str) -> Client:
    client = Client()
    client.force_login(make_staff(role))
    return client


@pytest.mark.parametrize("role", ["manager", "admin"])
def test_whoever_answers_for_the_numbers_sets_what_they_rest_on(role: str) -> None:
    client = signed_in(role)
    assert 'name="hourly_rate" value="30' in client.get(PAGE).content.decode()
    assert client.post(PAGE, GOOD).status_code == 302
    kept = current_settings()
    assert (kept.hourly_rate, kept.currency, kept.pulse_weekly) == (Decimal("41.25"), "ZAR", 20)
    assert sorted(AuditLine.objects.get().fields) == sorted(GOOD)


def test_a_manager_finds_the_page_and_none_of_the_admins_pages() -> None:
    client = signed_in("manager")
    page = client.get(PAGE).content.decode()
    assert f'href="{PAGE}"' in page
    assert 'href="/desk/settings/staff/"' not in page
    assert client.get("/desk/settings/").status_code == 403
    assert client.post("/desk/settings/mail/", {}).status_code == 403


@pytest.mark.parametrize("role", ["librarian", "viewer"])
def test_nobody_else_comes_in(role: str) -> None:
    assert signed_in(role).post(PAGE, GOOD).status_code == 403
    assert current_settings().pulse_weekly == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("hourly_rate", "-1"), ("hourly_rate", "1e9"), ("hourly_rate", "NaN"), ("hourly_rate", "much"),
        ("hourly_rate", "1.234"), ("currency", "euros"), ("currency", ""), ("pulse_weekly", "-3"),
        ("pulse_weekly", "1001"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_said_and_nothing_is_kept(name: str, value: str) -> None:
    page = signed_in("manager").post(PAGE, GOOD | {name: value})
    assert page.status_code == 200
    assert "Error:" in page.content.decode()
    assert current_settings().pulse_weekly == 0
