"""A new e-mail address counts once both mailboxes have said yes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from outreach.models import Message
from outreach.services.links import url_for
from patrons.models import AddressChange, Patron
from relcrm.desk.services.privacy import erase_patron
from relcrm.desk.services.retention import let_go
from tests.builders import make_patron
from tests.desk.test_my_page import HOST, open_for, page

pytestmark = pytest.mark.django_db


def path_of(patron: Patron, side: str, hours: int = 0) -> str:
    """The path of a link mailed to one of the two mailboxes, so many hours ago."""
    change = AddressChange.objects.get(patron=patron)
    now = timezone.now() - timedelta(hours=hours)
    return url_for(purpose="address", object_key=f"{change.pk}-{side}", patron=patron, now=now).removeprefix(HOST)


@pytest.fixture
def iris(client: Client) -> Patron:
    patron = make_patron(email="old@example.org")
    open_for(client, patron)
    client.post("/my/page/address/", {"email": "New@example.org"})
    patron.refresh_from_db()
    return patron


def test_both_mailboxes_are_asked_and_nothing_changes_yet(client: Client, iris: Patron) -> None:
    asked = Message.objects.order_by("pk").values_list("purpose", "to_address", "kind")
    assert list(asked) == [
        ("address_old", "old@example.org", "answering"),
        ("address_new", "New@example.org", "answering"),
    ]
    assert "{link:address}" in Message.objects.earliest("pk").body_text
    assert "waits until both mailboxes have said yes" in page(client)
    assert iris.email == "old@example.org"


@pytest.mark.parametrize("order", [("old", "new"), ("new", "old")])
def test_it_counts_when_both_have_said_yes(client: Client, iris: Patron, order: tuple[str, str]) -> None:
    first, second = (path_of(iris, side) for side in order)
    for _ in range(2):
        assert Client().get(first).status_code == 200
    assert AddressChange.objects.get().old_confirmed_at is None
    assert AddressChange.objects.get().new_confirmed_at is None
    assert "The link we sent there" in Client().post(first, {"answer": "yes"}).content.decode()
    assert "We write to your new address" in Client().post(second, {"answer": "yes"}).content.decode()
    iris.refresh_from_db()
    assert (iris.email, iris.link_generation) == ("New@example.org", 2)
    assert "email" in iris.by_hand
    assert not AddressChange.objects.exists()
    assert set(Message.objects.values_list("to_address", flat=True)) == {"New@example.org"}
    assert client.get("/my/page/").headers["Location"] == "/my/"
    for spent in (first, second):
        assert Client().post(spent).status_code == 404


def test_one_mailbox_twice_is_not_both(iris: Patron) -> None:
    for _ in range(3):
        Client().post(path_of(iris, "new"), {"answer": "yes"})
    iris.refresh_from_db()
    assert iris.email == "old@example.org"


def test_the_old_mailbox_may_say_no_and_closes_the_page(client: Client, iris: Patron) -> None:
    assert "No, that was not me" not in Client().get(path_of(iris, "new")).content.decode()
    refused = Client().post(path_of(iris, "old"), {"answer": "no"})
    assert "Nothing changes" in refused.content.decode()
    assert not AddressChange.objects.exists()
    assert client.get("/my/page/").headers["Location"] == "/my/"
    iris.refresh_from_db()
    assert iris.email == "old@example.org"


def test_after_two_days_or_a_later_wish_a_link_opens_nothing(client: Client, iris: Patron) -> None:
    assert Client().get(path_of(iris, "old", hours=49)).status_code == 404
    earlier = path_of(iris, "old")
    client.post("/my/page/address/", {"email": "newer@example.org"})
    assert Client().get(earlier).status_code == 404
    later = path_of(iris, "old")
    AddressChange.objects.update(asked_at=timezone.now() - timedelta(hours=49))
    assert Client().get(later).status_code == 404
    let_go(now=timezone.now())
    assert not AddressChange.objects.exists()


def test_the_wish_is_taken_back_on_the_page(client: Client, iris: Patron) -> None:
    client.post("/my/page/address/", {"stop": "yes"})
    assert not AddressChange.objects.exists()
    assert iris.email == "old@example.org"


def test_wrong_addresses_are_named_and_three_in_a_day_are_enough(client: Client, iris: Patron) -> None:
    assert "already" in client.post("/my/page/address/", {"email": "OLD@example.org"}).content.decode()
    assert "There is a problem" in client.post("/my/page/address/", {"email": "nobody"}).content.decode()
    answers = [client.post("/my/page/address/", {"email": f"a{n}@example.org"}).status_code for n in range(3)]
    assert answers[-1] == 200
    assert Message.objects.filter(purpose="address_new").count() <= 3


def test_a_link_of_another_purpose_or_person_opens_nothing(iris: Patron) -> None:
    change = AddressChange.objects.get()
    other = make_patron(link_generation=7)
    for key in (f"{change.pk}-else", "x-old", f"{change.pk + 99}-old", "9" * 12 + "-old"):
        url = url_for(purpose="address", object_key=key, patron=iris, now=timezone.now())
        assert Client().get(url.removeprefix(HOST)).status_code == 404
    foreign = url_for(purpose="address", object_key=f"{change.pk}-old", patron=other, now=timezone.now())
    assert Client().get(foreign.removeprefix(HOST)).status_code == 404
    erased = path_of(iris, "old")
    erase_patron(patron=iris, now=timezone.now())
    assert Client().get(erased).status_code == 404
