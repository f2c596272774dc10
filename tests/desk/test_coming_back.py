"""Drifting on the card, and in the reader's own language on my page."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone, translation

from engagement.models import Drift
from engagement.services.drift_words import every, sentence_of, span
from patrons.models import Consent
from relcrm.desk.services.coming_back import coming_back_words
from tests.builders import NOON, make_patron, make_staff
from tests.desk.test_my_page import open_for
from tests.engagement.events import record
from tests.engagement.told import drift

pytestmark = pytest.mark.django_db
ON = NOON.date()
DAY = timedelta(days=1)


def told(**over: object) -> str:
    values = {"days": 20, "first_day": ON - 730 * DAY, "last_day": ON - 120 * DAY, "rhythm_days": 21.0}
    return sentence_of(Drift(**(values | {"chance": 0.1, "fact": "rhythm"} | over)), on=ON)


@pytest.mark.parametrize(
    ("over", "sentence"),
    [
        ({}, "usually every 3 weeks, last seen 4 months ago"),
        ({"rhythm_days": 1.0, "last_day": ON - DAY}, "usually every day, last seen yesterday"),
        ({"fact": "recency"}, "last seen 4 months ago"),
        ({"fact": "frequency", "days": 40, "last_day": date(2026, 3, 9), "first_day": date(2024, 3, 9)},
         "came 40 times in 2 years, not since March"),
        ({"fact": "frequency", "days": 40, "last_day": date(2025, 12, 9), "first_day": date(2023, 12, 9)},
         "came 40 times in 2 years, not since December 2025"),
        ({"fact": "frequency", "days": 9, "last_day": ON, "first_day": ON - 42 * DAY},
         "came 9 times in 6 weeks, last seen today"),
        ({"days": 1, "rhythm_days": None, "fact": "recency", "last_day": ON - 152 * DAY}, "came once, 5 months ago"),
        ({"days": 1, "rhythm_days": None, "fact": "frequency", "last_day": ON}, "came once, today"),
    ],
)  # fmt: skip
def test_the_sentence_names_the_fact_that_weighed_most(over: dict[str, object], sentence: str) -> None:
    assert told(**over) == sentence


def test_times_are_said_as_people_say_them() -> None:
    said = {1: "1 day", 7: "1 week", 13: "13 days", 14: "2 weeks", 45: "6 weeks", 61: "2 months", 800: "2 years"}
    assert {days: span(days) for days in said} == said
    assert [every(days) for days in (0.5, 7, 10.5, 30, 365)] == [
        "every day", "every week", "every 10 days", "every 4 weeks", "every 12 months",
    ]  # fmt: skip


def test_the_card_says_it_only_with_consent(client: Client) -> None:
    patron = make_patron("profile")
    record("loan", patron, at=NOON - 120 * DAY)
    drift(patron)
    client.force_login(make_staff())
    page = client.get(f"/desk/patrons/{patron.public_id}/").content.decode()
    assert "Usually every 3 weeks, last seen" in page
    assert "15 in 100" in page
    Consent.objects.filter(patron=patron).update(withdrawn_at=NOON)
    assert "15 in 100" not in client.get(f"/desk/patrons/{patron.public_id}/").content.decode()


def test_the_reader_sees_it_on_my_page(client: Client) -> None:
    patron = make_patron("profile")
    today = timezone.localdate()
    drift(patron, last_day=today - 120 * DAY)
    page = open_for(client, patron).replace("\xa0", " ")
    assert "You have used the library on 20 days." in page
    assert "you usually let 3 weeks pass; the last one was 4 months ago" in page
    assert "we may not see you within half a year" in page
    Consent.objects.filter(patron=patron).update(withdrawn_at=NOON)
    assert "used the library on" not in client.get("/my/page/").content.decode()


@pytest.mark.parametrize("language", ["es", "fr", "pt", "af"])
def test_it_is_said_in_every_language(language: str) -> None:
    patron = make_patron("profile", language=language)
    english = {"from", "reckon", "library", "ago"}
    for over in ({}, {"last_day": ON}, {"days": 1, "chance": 0.3}, {"days": 1, "last_day": ON, "chance": 0.9}):
        Drift.objects.all().delete()
        patron = type(patron).objects.get(pk=patron.pk)
        drift(patron, **over)
        with translation.override(language):
            words = " ".join(coming_back_words(patron=patron, now=NOON))
        assert words
        assert not english & set(words.lower().replace(".", " ").split())
