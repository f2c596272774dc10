"""Needs: written down in two clicks, counted without names, and what managers may see of small numbers."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from engagement.models import Need, NeedAsk, Service
from engagement.services.needs import (
    NameTaken,
    TooLate,
    forget_askers_before,
    keep_service,
    log_need,
    offered_needs,
    take_back_ask,
)
from engagement.services.reports.needs import NeedLine, read_needs
from library.models import AuditLine, User
from patrons.models import Patron
from tests.builders import NOON, make_patron, make_request, make_staff

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def amara(client: Client) -> User:
    user = make_staff(name="Amara Nkosi")
    client.force_login(user)
    return user


def ask(
    by: User, patron: Patron | None = None, name: str = "Books by post", days: int = 0, met: bool = False
) -> NeedAsk:
    return log_need(
        name=name, patron=patron or make_patron("profile"), branch=None, met=met, by=by, now=NOON - days * DAY
    )


def only(suppressed: bool) -> NeedLine:
    (line,) = read_needs(suppressed=suppressed, now=NOON)
    return line


def test_an_ask_counts_and_keeps_its_reader_only_with_consent(amara: User) -> None:
    known, unknown = make_patron("profile"), make_patron()
    assert ask(amara, known).patron == known
    assert ask(amara, unknown, name="  books BY  post ").patron is None
    assert Need.objects.get().name == "Books by post"
    line = only(False)
    assert (line.asked, line.readers, line.unmet) == (2, 1, 2)


def test_an_ask_can_be_taken_back_for_a_minute_by_its_writer(amara: User) -> None:
    mine = ask(amara)
    for by, now in ((make_staff(), NOON), (amara, NOON + timedelta(seconds=61))):
        with pytest.raises(TooLate):
            take_back_ask(ask=mine, by=by, now=now)
    take_back_ask(ask=mine, by=amara, now=NOON + timedelta(seconds=59))
    assert not Need.objects.exists()
    ask(amara, days=2)
    take_back_ask(ask=ask(amara), by=amara, now=NOON)
    assert NeedAsk.objects.count() == 1


def test_who_asked_is_forgotten_in_time_and_the_count_stays(amara: User) -> None:
    ask(amara, days=400)
    ask(amara)
    assert forget_askers_before(before=NOON - 365 * DAY) == 1
    line = only(False)
    assert (line.asked, line.readers) == (2, 1)


def test_numbers_on_fewer_than_eight_readers_are_hidden_from_managers(amara: User) -> None:
    for _ in range(7):
        ask(amara)
    line = only(True)
    assert (line.asked, line.readers, line.unmet, line.since, line.trend) == ("*", "*", "*", None, "")
    ask(amara)
    line = only(True)
    assert (line.asked, line.readers, line.unmet) == (8, 10, 8)


def test_many_asks_of_one_reader_and_of_nobody_known_do_not_make_a_crowd(amara: User) -> None:
    one = make_patron("profile")
    for _ in range(20):
        ask(amara, one)
        ask(amara, make_patron())
    assert only(True).asked == "*"


def test_no_part_can_be_had_by_taking_the_others_from_the_total(amara: User) -> None:
    for number in range(12):
        ask(amara, days=10, met=number < 2)
    line = only(True)
    assert line.asked == 12
    assert line.unmet == "*"
    for _ in range(3):
        ask(amara, days=120)
    line = only(True)
    assert "*" in (line.recent, line.before)
    assert not (isinstance(line.recent, int) and isinstance(line.before, int) and line.recent + line.before < 15)


def test_the_trend_compares_two_quarters(amara: User) -> None:
    for days in (1, 2, 100):
        ask(amara, days=days)
    line = only(False)
    assert (line.recent, line.before, line.trend) == (2, 1, "more")


def test_hidden_numbers_do_not_show_in_the_order(amara: User) -> None:
    for _ in range(3):
        ask(amara, name="Zebra books")
    ask(amara, name="Atlas of rivers")
    for _ in range(9):
        ask(amara, name="Large print")
    assert [line.name for line in read_needs(suppressed=True, now=NOON)] == [
        "Large print", "Atlas of rivers", "Zebra books",
    ]  # fmt: skip


def test_a_service_meets_needs_and_can_be_stopped(client: Client, amara: User) -> None:
    ask(amara)
    need = Need.objects.get()
    client.post("/services/new/", {"name": "Books on wheels", "description": "Every week", "needs": [str(need.pk)]})
    service = Service.objects.get()
    assert (list(service.needs.all()), service.offered) == ([need], True)
    assert only(False).is_met
    assert "None. Whatever was asked for is served." in client.get("/services/").content.decode()
    client.post(f"/services/{service.pk}/offer/", {"offered": "no"})
    assert not only(False).is_met
    html = client.get("/services/").content.decode()
    assert "Offer again" in html
    assert "None. Whatever was asked for is served." not in html
    client.post(f"/services/{service.pk}/", {"name": "Books on wheels", "description": ""})
    html = client.get("/services/").content.decode()
    assert "Serves no need that was asked for" in html
    assert list(AuditLine.objects.order_by("pk").values_list("what", flat=True)) == [
        "service.added", "service.stopped", "service.changed",
    ]  # fmt: skip


def test_two_services_do_not_share_a_name(client: Client, amara: User) -> None:
    keep_service(service=None, name="Books on wheels", description="", needs=(), by=amara, now=NOON)
    with pytest.raises(NameTaken):
        keep_service(service=None, name="books ON wheels", description="", needs=(), by=amara, now=NOON)
    html = client.post("/services/new/", {"name": "BOOKS on wheels"}).content.decode()
    assert "Another service already has that name" in html


def test_services_no_need_asks_for_are_shown(client: Client, amara: User) -> None:
    keep_service(service=None, name="Fax room", description="", needs=(), by=amara, now=NOON)
    html = client.get("/services/").content.decode()
    assert "nobody asked" in html
    assert 'id="unasked"' in html


def test_a_need_is_written_down_from_the_card_and_from_a_request(client: Client, amara: User) -> None:
    request = make_request(make_patron("profile", name="Iris"))
    path = f"/desk/patrons/{request.patron.public_id}/needs/"
    assert client.post(path, {"name": "Books by post"}).headers["Location"].endswith(f"{request.patron.public_id}/")
    back = client.post(path, {"name": "books by post", "met": "on", "request": str(request.pk)})
    assert back.headers["Location"] == f"/desk/requests/{request.pk}/"
    assert [one.met for one in NeedAsk.objects.order_by("pk")] == [False, True]
    html = client.get("/needs/").content.decode()
    assert html.count("Undo: take it back") == 2
    client.post(f"/desk/needs/{NeedAsk.objects.latest('pk').pk}/take-back/")
    assert NeedAsk.objects.count() == 1
    assert "Say what they asked for" in client.post(path, {"name": " "}, follow=True).content.decode()
    assert offered_needs() == ["Books by post"]
    card = client.get(f"/desk/patrons/{request.patron.public_id}/").content.decode()
    assert '<option value="Books by post">' in card
    assert f'name="request" value="{request.pk}"' in client.get(f"/desk/requests/{request.pk}/").content.decode()


@pytest.mark.parametrize(("role", "may_write"), [("manager", True), ("viewer", False)])
def test_managers_edit_services_and_viewers_look(client: Client, role: str, may_write: bool) -> None:
    librarian = make_staff()
    ask(librarian)
    client.force_login(make_staff(role))
    html = client.get("/needs/").content.decode()
    assert "Books by post" in html
    assert "* stands for a number" in html
    assert ("Add a service" in client.get("/services/").content.decode()) == may_write
    assert client.post("/services/new/", {"name": "x"}).status_code == (302 if may_write else 403)
    assert client.post(f"/desk/patrons/{make_patron().public_id}/needs/", {"name": "x"}).status_code == 403


def test_someone_elses_ask_does_not_exist(client: Client, amara: User) -> None:
    theirs = ask(make_staff())
    assert client.post(f"/desk/needs/{theirs.pk}/take-back/").status_code == 404
