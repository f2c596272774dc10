"""Whoever an import turns into a child is no longer measured: with the run at the desk, else with the next tick."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from engagement.models import Interaction, Need, NeedAsk, Score, StageChange
from library.models import ImportRun, LibrarySettings, User
from outreach.models import Taste
from patrons.models import Card, Consent, Patron
from relcrm.desk.services.ended_profiles import LOOKS_BACK, end_left_profiles
from relcrm.desk.services.importing.running import run_next
from relcrm.desk.services.importing.uploads import receive_upload
from relcrm.desk.services.retention import count_what_would_go, let_go
from relcrm.desk.services.tick import run_tick
from tests.builders import NOON, make_patron, make_staff
from tests.desk.test_patron_card import whole_loop

pytestmark = pytest.mark.django_db
KOHA = "borrowernumber,cardnumber,surname,firstname,email,B_email,dateofbirth\n"
IRIS = KOHA + "77,C-77,Oduya,Iris,kid@example.org,mum@example.org,{born}-01-05\n"
DAY = timedelta(days=1)


@pytest.fixture
def staff() -> User:
    return make_staff("manager", name="Amara Nkosi")


@pytest.fixture
def iris(staff: User) -> Patron:
    """A reader of the library system with a score, a taste, a need and a consent."""
    patron = whole_loop(staff, "check_in", "profile")
    Patron.objects.filter(pk=patron.pk).update(name="Iris Oduya", standing="own")
    Card.objects.create(patron=patron, number="C-77")
    NeedAsk.objects.create(need=Need.objects.create(name="Large print", created_at=NOON), patron=patron, at=NOON)
    assert measured(patron) == 5
    return patron


def measured(patron: Patron) -> int:
    """In how many tables something rests on the profile."""
    models = (Interaction, Score, StageChange, Taste, NeedAsk)
    return sum(model._default_manager.filter(patron=patron).exists() for model in models)


def a_file(tmp_path: Path, born: int = 2019) -> Path:
    path = tmp_path / "borrowers.csv"
    path.write_text(IRIS.format(born=born))
    return path


def test_an_import_at_the_desk_takes_the_profile_down_with_it(iris: Patron, staff: User, tmp_path: Path) -> None:
    lines = Interaction.objects.count()
    run = receive_upload(what="patrons", source=a_file(tmp_path), file_name="b.csv", by=staff, now=NOON)
    ImportRun.objects.filter(pk=run.pk).update(state="queued", preset="koha")
    assert run_next(clock=lambda: NOON)
    run.refresh_from_db()
    iris.refresh_from_db()
    assert (run.state, iris.audience, iris.email) == ("done", "child", "mum@example.org")
    assert not Consent.objects.active().filter(patron=iris).exists()
    assert measured(iris) == 0
    assert Interaction.objects.count() == lines, "what is counted stays"


def test_after_the_command_the_next_tick_does_it(iris: Patron, tmp_path: Path, now: datetime) -> None:
    other = whole_loop(make_staff(), "check_in", "profile", email="other@example.org")
    run_tick(now=now - DAY / 24)  # the night's work is done for today
    call_command("import_patrons", str(a_file(tmp_path)), "--now", now.isoformat())
    iris.refresh_from_db()
    assert (iris.audience, measured(iris)) == ("child", 5)
    assert run_tick(now=now + timedelta(seconds=30))["profiles_ended"] == 1
    assert measured(iris) == 0
    assert measured(other) > 0
    assert run_tick(now=now + timedelta(minutes=1))["profiles_ended"] == 0


def test_the_librarys_age_decides_who_is_a_child(iris: Patron, tmp_path: Path, now: datetime) -> None:
    call_command("import_patrons", str(a_file(tmp_path, born=2011)), "--now", now.isoformat())
    iris.refresh_from_db()
    assert iris.audience == "teen", "fifteen, and the limit is thirteen"
    LibrarySettings.objects.create(pk=1, child_until=16)
    call_command("import_patrons", str(a_file(tmp_path, born=2011)), "--now", (now + DAY).isoformat())
    iris.refresh_from_db()
    assert (iris.audience, iris.email) == ("child", "mum@example.org")
    assert not Consent.objects.active().filter(patron=iris).exists()


def test_every_night_looks_at_everybody_however_it_ended(iris: Patron) -> None:
    Consent.objects.filter(patron=iris).update(withdrawn_at=NOON - LOOKS_BACK - DAY)
    assert end_left_profiles(now=NOON, since=NOON - LOOKS_BACK) == 0
    assert count_what_would_go(now=NOON)["profiles"] == 1
    assert let_go(now=NOON)["profiles"] == 1
    assert measured(iris) == 0
    assert let_go(now=NOON)["profiles"] == 0


def test_a_consent_given_again_is_left_alone(iris: Patron) -> None:
    Consent.objects.filter(patron=iris, purpose="profile").update(withdrawn_at=NOON - DAY)
    Consent.objects.create(
        patron=iris, purpose="profile", wording="", wording_version="1", language="en", given_at=NOON
    )
    assert end_left_profiles(now=NOON, since=NOON - LOOKS_BACK) == 0
    assert measured(iris) == 5


def test_a_tick_that_finds_nothing_asks_once_and_has_an_index_for_it(iris: Patron) -> None:
    with CaptureQueriesContext(connection) as asked:
        end_left_profiles(now=NOON, since=NOON - LOOKS_BACK)
    [question] = [one["sql"] for one in asked if one["sql"].startswith("SELECT")]
    assert '"withdrawn_at" >= ' in question
    assert "'profile'" in question
    [index] = [index for index in Consent._meta.indexes if index.name == "consent_profile_ended"]
    assert index.fields == ["withdrawn_at"]


def test_a_thousand_at_once_take_as_many_statements_as_one(iris: Patron) -> None:
    for number in range(20):
        patron = make_patron("profile", email=f"r{number}@example.org")
        Score.objects.create(patron=patron, rules=1, changed_at=NOON, stage_since=NOON)
    Consent.objects.update(withdrawn_at=NOON)
    with CaptureQueriesContext(connection) as asked:
        assert end_left_profiles(now=NOON, since=NOON - DAY) == 21
    assert len(asked) < 35
    assert not Score.objects.exists()
