"""How much mail leaves is the library's own decision, on a page of the settings."""

from __future__ import annotations

import pytest
from django.test import Client

from library.models import AuditLine
from library.services.settings import current_settings
from tests.builders import make_staff

pytestmark = pytest.mark.django_db
PAGE = "/desk/settings/mail/"
GOOD = {"mails_per_minute": "30", "mails_per_day": "500", "contact_budget": "2", "answer_working_days": "1"}


@pytest.fixture
def admin() -> Client:
    client = Client()
    client.force_login(make_staff("admin"))
    return client


def test_an_admin_says_how_much_mail_leaves(admin: Client) -> None:
    assert "120" in admin.get(PAGE).content.decode()
    assert admin.post(PAGE, GOOD).status_code == 302
    kept = current_settings()
    found = (kept.mails_per_minute, kept.mails_per_day, kept.contact_budget, kept.answer_working_days)
    assert found == (30, 500, 2, 1)
    line = AuditLine.objects.get()
    assert (line.what, sorted(line.fields)) == ("settings.changed", sorted(GOOD))


@pytest.mark.parametrize(
    ("name", "value"), [("mails_per_minute", "0"), ("mails_per_day", "-1"), ("contact_budget", "many")]
)
def test_what_makes_no_sense_is_said_and_nothing_is_kept(admin: Client, name: str, value: str) -> None:
    page = admin.post(PAGE, GOOD | {name: value}).content.decode()
    assert "a whole number from" in page
    assert current_settings().mails_per_minute == 120
