"""The pulse: who is asked, what the mail says, and what readers may answer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from engagement.models import Interaction, Pulse
from library.services.settings import change_settings
from outreach.forms.pulse import SCALE, STATEMENTS
from outreach.models import Message
from outreach.services.delivery import deliver_due
from outreach.services.links import url_for
from outreach.services.pulse_answers import NothingSaid, Said, record_pulse
from outreach.services.pulse_asking import ask_pulse, forget_asked
from patrons.models import Patron, Suppression
from patrons.services.consents import withdraw_consent
from tests.builders import NOON, make_patron, make_staff

pytestmark = pytest.mark.django_db


def weekly(number: int) -> None:
    change_settings(facts={"pulse_weekly": number}, by=make_staff("manager"), now=NOON)


def asked() -> set[int | None]:
    return set(Pulse.objects.values_list("patron", flat=True))


def make_pulse(patron: Patron | None = None, **over: Any) -> Pulse:
    values = {"patron": patron or make_patron("pulse"), "wave": "weekly", "audience": "adult", "language": "en"}
    return Pulse.objects.create(**(values | {"asked_at": timezone.now()} | over))


def path_of(pulse: Pulse) -> str:
    assert pulse.patron
    whole = url_for(purpose="pulse", object_key=str(pulse.pk), patron=pulse.patron, now=timezone.now())
    return "/" + whole.split("/", 3)[3]


def test_nobody_is_asked_while_the_library_has_not_said_how_many() -> None:
    make_patron("pulse")
    assert ask_pulse(now=NOON) == 0


def test_a_week_asks_as_many_as_the_library_said_and_only_once() -> None:
    for _ in range(5):
        make_patron("pulse")
    weekly(3)
    assert ask_pulse(now=NOON) == 3
    assert ask_pulse(now=NOON + timedelta(days=2)) == 0
    first = asked()
    assert ask_pulse(now=NOON + timedelta(days=7)) == 2
    assert len(asked() - first) == 2, "who was asked has half a year of peace"
    assert ask_pulse(now=NOON + timedelta(days=14)) == 0


def test_only_who_agreed_and_can_be_reached_is_asked() -> None:
    make_patron("check_in", "profile", "proactive")
    make_patron("pulse", email="")
    make_patron("pulse", standing="provisional")
    child = make_patron("pulse", audience="child")
    stopped = make_patron("pulse", email="Iris@Example.org")
    Suppression.objects.create(address="iris@example.org", cause="reader", reason="No mail.", created_at=NOON)
    gone = make_patron("pulse")
    withdraw_consent(patron=gone, purpose="pulse", now=NOON)
    happy = make_patron("pulse")
    weekly(50)
    assert ask_pulse(now=NOON) == 1
    assert asked() == {happy.pk}, (child, stopped)


def test_the_same_week_draws_the_same_readers_and_another_week_others() -> None:
    for _ in range(40):
        make_patron("pulse")
    weekly(8)
    ask_pulse(now=NOON)
    first = asked()
    Pulse.objects.all().delete()
    Message.objects.all().delete()
    ask_pulse(now=NOON + timedelta(hours=3))
    assert asked() == first
    Pulse.objects.all().delete()
    Message.objects.all().delete()
    ask_pulse(now=NOON + timedelta(days=7))
    assert asked() != first


def test_the_longer_scale_comes_once_a_year() -> None:
    patron = make_patron("pulse")
    weekly(1)
    for days in (0, 189, 378):
        ask_pulse(now=NOON + timedelta(days=days))
    waves = Pulse.objects.filter(patron=patron).order_by("asked_at").values_list("wave", flat=True)
    assert list(waves) == ["yearly", "weekly", "yearly"]


def test_the_mail_says_what_it_is_and_leads_to_the_questions() -> None:
    make_patron("pulse", name="Iris Naidoo")
    weekly(1)
    ask_pulse(now=NOON)
    message = Message.objects.get()
    assert (message.purpose, message.kind, message.consent) == ("pulse", "library_started", "pulse")
    assert deliver_due(now=NOON).sent == 1
    words = str(mail.outbox[0].body)
    assert "Hello Iris Naidoo," in words
    assert "drawn at random" in words
    assert "/pulse/" in words
    assert "/unsubscribe/" in words
    assert set(Interaction.objects.values_list("kind", flat=True)) == {"pulse"}


def test_answers_are_kept_and_can_be_changed() -> None:
    patron = make_patron("pulse", "profile")
    pulse = make_pulse(patron, wave="yearly")
    client, path = Client(), path_of(pulse)
    page = client.get(path).content.decode()
    assert all(f'name="{name}"' in page for name in (*STATEMENTS, *SCALE, "recommend", "words", "may_quote"))
    answers = {
        "recommend": "9",
        "learned": "4",
        "feeling-1": "5",
        "feeling-2": "4",
        "words": "Warm.",
        "may_quote": "on",
    }
    assert client.post(path, answers).status_code == 302
    assert "quoted" in client.get(f"{path}thanks/").content.decode()
    pulse.refresh_from_db()
    assert (pulse.recommend, pulse.learned, pulse.feeling, pulse.doing) == (9, 4, 4.5, None)
    assert (pulse.words, pulse.may_quote) == ("Warm.", True)
    client.post(path, {"recommend": "7", "words": ""})
    pulse.refresh_from_db()
    assert (pulse.recommend, pulse.learned, pulse.feeling, pulse.words, pulse.may_quote) == (7, 4, 4.5, "", False)
    line = Interaction.objects.get(kind="pulse_answer")
    assert (line.patron_id, line.value, line.started_by) == (patron.pk, "7", "patron")


def test_a_weekly_pulse_asks_no_scale_and_takes_none() -> None:
    pulse = make_pulse()
    client, path = Client(), path_of(pulse)
    assert "feeling-1" not in client.get(path).content.decode()
    client.post(path, {"recommend": "3", "feeling-1": "5"})
    pulse.refresh_from_db()
    assert (pulse.recommend, pulse.feeling) == (3, None)


@pytest.mark.parametrize("wrong", [{}, {"recommend": "11"}, {"recommend": "-1"}, {"learned": "9"}, {"may_quote": "on"}])
def test_what_is_no_answer_is_said_and_nothing_is_kept(wrong: dict[str, str]) -> None:
    pulse = make_pulse()
    page = Client().post(path_of(pulse), wrong)
    assert page.status_code == 200
    assert "There is a problem" in page.content.decode()
    pulse.refresh_from_db()
    assert pulse.answered_at is None
    assert not Interaction.objects.exists()


def test_looking_changes_nothing_and_wrong_links_open_nothing() -> None:
    pulse = make_pulse()
    path = path_of(pulse)
    client = Client()
    client.get(path + "?recommend=10")
    pulse.refresh_from_db()
    assert pulse.recommend is None
    assert client.get(f"{path}thanks/").status_code == 302
    assert client.get("/pulse/nonsense/").status_code == 404
    assert client.post("/pulse/nonsense/", {"recommend": "1"}).status_code == 404
    Patron.objects.filter(pk=pulse.patron_id or 0).update(link_generation=7)
    assert client.get(path).status_code == 404


def test_saying_nothing_is_no_answer() -> None:
    with pytest.raises(NothingSaid):
        record_pulse(pulse=make_pulse(), said=Said({"recommend": None}, "", False), now=NOON)


def test_answers_forget_their_reader_once_the_link_has_ended() -> None:
    kept, let_go = make_pulse(make_patron("pulse", "profile")), make_pulse()
    assert forget_asked(now=timezone.now() + timedelta(days=59)) == 0
    assert forget_asked(now=timezone.now() + timedelta(days=61)) == 1
    assert set(Pulse.objects.filter(patron=None)) == {let_go}
    assert kept.patron_id


def test_who_stops_these_questions_gets_none_that_wait() -> None:
    patron = make_patron("pulse")
    weekly(1)
    ask_pulse(now=NOON)
    link = url_for(purpose="unsubscribe", object_key=f"{patron.pk}-pulse", patron=patron, now=timezone.now())
    path = "/" + link.split("/", 3)[3]
    assert "how the library does for you" in Client().get(path).content.decode()
    Client().post(path)
    assert Message.objects.get().state == "cancelled"
