"""Stopping mail: a page with one button, and the one-click request of mail programs."""

from __future__ import annotations

import pytest
from django.test import Client

from outreach.models import Message
from outreach.services.delivery import deliver_due
from outreach.services.links import url_for
from patrons.models import Consent, Patron
from tests.builders import NOON, make_patron
from tests.outreach.test_delivery import queue_check_in, settled

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    """A browser, or a mail program, that knows no key and no cookie."""
    return Client(enforce_csrf_checks=True)


def address(patron: Patron, purpose: str = "check_in") -> str:
    url = url_for(purpose="unsubscribe", object_key=f"{patron.pk}-{purpose}", patron=patron, now=NOON)
    return url.removeprefix("http://testserver")


@pytest.fixture(autouse=True)
def at_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("outreach.views.unsubscribe.timezone.now", lambda: NOON)


def agreed(patron: Patron) -> set[str]:
    return set(Consent.objects.active().filter(patron=patron).values_list("purpose", flat=True))


def test_opening_the_link_changes_nothing(client: Client) -> None:
    patron = make_patron("check_in", standing="provisional")
    for _ in range(3):
        answer = client.get(address(patron))
        assert answer.status_code == 200
        assert client.head(address(patron)).status_code == 200
    assert agreed(patron) == {"check_in"}
    assert Patron.objects.get().standing == "provisional"
    shown = answer.content.decode()
    assert shown.count("btn-primary") == 1
    assert 'method="post"' in shown


def test_the_button_stops_it_at_once(client: Client) -> None:
    patron = make_patron("check_in", "proactive", "profile", standing="provisional")
    answer = client.post(address(patron), {"action": "stop"})
    assert answer.status_code == 200
    assert agreed(patron) == {"proactive", "profile"}
    assert Patron.objects.get().standing == "own"
    assert "This mail has stopped" in client.get(address(patron)).content.decode()


def test_everything_can_be_stopped_in_one_go(client: Client) -> None:
    patron = make_patron("check_in", "proactive", "community", "profile")
    client.post(address(patron), {"action": "all"})
    assert agreed(patron) == {"profile"}


def test_a_mail_program_stops_it_with_one_request_and_proves_nothing(client: Client) -> None:
    patron = make_patron("check_in", standing="provisional")
    for _ in range(2):
        answer = client.post(address(patron), {"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
        assert not answer.cookies
    assert agreed(patron) == set()
    assert Patron.objects.get().standing == "provisional"


def test_what_waits_is_taken_back(client: Client) -> None:
    patron = make_patron("check_in")
    message = queue_check_in(patron)
    client.post(address(patron), {"List-Unsubscribe": "One-Click"})
    assert (settled(message).state, message.reason) == ("cancelled", "The reader stopped this kind of mail.")
    assert deliver_due(now=NOON).sent == 0
    assert Message.objects.filter(state="sent").count() == 0


def test_i_did_not_mean_to(client: Client) -> None:
    patron = make_patron("check_in", "proactive")
    done = client.post(address(patron), {"action": "all"}).content.decode()
    assert 'name="stopped" value="check_in"' in done
    assert 'name="stopped" value="proactive"' in done
    client.post(address(patron), {"action": "undo", "stopped": ["check_in", "proactive"]})
    assert agreed(patron) == {"check_in", "proactive"}
    assert set(Consent.objects.active().values_list("how", flat=True)) == {"link"}


def test_the_way_back_gives_nothing_that_was_not_there(client: Client) -> None:
    patron = make_patron("check_in")
    client.post(address(patron), {"action": "undo", "stopped": ["proactive", "profile", "nonsense"]})
    assert agreed(patron) == {"check_in"}
    child = make_patron(audience="child")
    Consent.objects.create(
        patron=child, purpose="check_in", wording="x", language="en", how="form", given_at=NOON, withdrawn_at=NOON
    )
    client.post(address(child), {"action": "undo", "stopped": ["check_in"]})
    assert agreed(child) == set()


def test_a_wrong_link_is_the_neutral_page(client: Client) -> None:
    patron = make_patron("check_in")
    good = address(patron)
    for wrong in ("/unsubscribe/nonsense/", good[:-2] + "x/", address(patron, "profile"), "/unsubscribe/%00%ff/"):
        assert client.get(wrong).status_code == 404
        assert client.post(wrong, {"action": "all"}).status_code == 404
    Patron.objects.update(link_generation=2)
    assert client.post(good, {"action": "stop"}).status_code == 404
    assert agreed(patron) == {"check_in"}


def test_the_page_speaks_the_readers_language(client: Client) -> None:
    answer = client.get(address(make_patron("check_in", language="fr")), headers={"Accept-Language": "es"})
    assert answer.headers["Content-Language"] == "fr"
    assert '<html lang="fr"' in answer.content.decode()
    assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_no_other_method_is_taken(client: Client) -> None:
    assert client.delete(address(make_patron("check_in"))).status_code == 405


@pytest.mark.parametrize("purpose", ["proactive", "pulse"])
def test_not_so_often_is_an_answer_to_what_we_begin(client: Client, purpose: str) -> None:
    patron = make_patron("proactive", "pulse", standing="provisional")
    shown = client.get(address(patron, purpose) + "?less").content.decode()
    assert shown.index("Not so often") < shown.index("Stop this mail</button>")
    for wished, words in (("monthly", "At most once a month"), ("quarterly", "At most four times a year")):
        answer = client.post(address(patron, purpose) + "?less", {"action": "less"}).content.decode()
        assert words in answer
        assert Patron.objects.get().frequency == wished
    assert "Not so often" not in client.get(address(patron, purpose)).content.decode()
    assert agreed(patron) == {"proactive", "pulse"}
    assert Patron.objects.get().by_hand == ["frequency"]
    back = client.post(address(patron, purpose), {"action": "as_before", "before": "any"}).content.decode()
    assert "All as before" in back
    assert Patron.objects.get().frequency == "any"


def test_a_wish_nobody_offered_changes_nothing(client: Client) -> None:
    patron = make_patron("proactive", frequency="monthly")
    answer = client.post(address(patron, "proactive"), {"action": "as_before", "before": "hourly"})
    assert "Nothing was changed" in answer.content.decode()
    assert Patron.objects.get().frequency == "monthly"


def test_check_ins_come_when_they_are_due(client: Client) -> None:
    assert "Not so often" not in client.get(address(make_patron("check_in"))).content.decode()
