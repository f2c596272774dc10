"""What readers gave, written down at the desk: once, judged by the rules, taken back."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import partial

import pytest
from django.test import Client

from engagement.models import Interaction, Score
from engagement.services.gifts import Gift, TooLate, gift_kinds, take_back_gift, write_gift
from library.models import AuditLine, User
from patrons.models import Patron
from tests.builders import NOON, make_branch, make_patron, make_staff

pytestmark = pytest.mark.django_db
GIFT = Gift("nonce-of-a-form-0001", "donation", NOON.date(), "25.00", 5)


def signed_in(user: User | None = None) -> Client:
    client = Client()
    client.force_login(user or make_staff())
    return client


def address(patron: Patron) -> str:
    return f"/desk/patrons/{patron.public_id}/gift/"


def filled(client: Client, patron: Patron, **over: str) -> dict[str, str]:
    page = client.get(address(patron)).content.decode()
    found = re.search(r'name="nonce" value="([^"]+)"', page)
    assert found
    day = re.search(r'name="day" value="([^"]+)"', page)
    assert day
    return {"nonce": found[1], "kind": "volunteering", "day": day[1], "value": "3 hours", "minutes": "15"} | over


def test_the_kinds_are_the_outcomes_of_the_rules() -> None:
    assert {kind for kind, _label in gift_kinds()} >= {"donation", "volunteering", "advocacy", "referral"}
    assert "loan" not in dict(gift_kinds())


def test_a_gift_counts_at_once_with_its_five_answers() -> None:
    patron, by = make_patron("profile"), make_staff()
    line = write_gift(patron=patron, gift=GIFT, by=by, now=NOON)
    assert (line.patron_id, line.value, line.minutes, line.staff_id, line.started_by) == (
        patron.pk,
        "25.00",
        5,
        by.pk,
        "patron",
    )
    assert line.tests[0] == line.tests[1] == line.tests[4] == "y"
    assert Score.objects.get(patron=patron).relational > 0
    assert AuditLine.objects.get(what="gift.written").actor == by.username


def test_without_a_profile_the_gift_counts_and_names_nobody() -> None:
    line = write_gift(patron=make_patron(branch=make_branch()), gift=GIFT, by=make_staff(), now=NOON)
    assert (line.patron_id, line.at) == (None, None)
    assert line.branch_id


def test_the_same_form_twice_is_one_gift() -> None:
    patron, by = make_patron("profile"), make_staff()
    write_gift(patron=patron, gift=GIFT, by=by, now=NOON)
    write_gift(patron=patron, gift=GIFT, by=by, now=NOON + timedelta(seconds=1))
    assert Interaction.objects.count() == 1


def test_the_same_form_with_other_words_is_not_called_written() -> None:
    patron, client = make_patron("profile"), signed_in()
    sent = filled(client, patron)
    client.post(address(patron), sent)
    page = client.post(address(patron), sent | {"kind": "donation", "value": "50.00"}, follow=True).content.decode()
    assert "written down already" in page
    assert "Take it back" in page
    assert Interaction.objects.get().kind == "volunteering"
    assert AuditLine.objects.filter(what="gift.written").count() == 1


def test_it_is_taken_back_within_a_day_by_whoever_wrote_it() -> None:
    patron, by = make_patron("profile"), make_staff()
    write_gift(patron=patron, gift=GIFT, by=by, now=NOON)
    take_back = partial(take_back_gift, patron=patron, nonce=GIFT.nonce, written_at=NOON)
    assert not take_back(by=make_staff(), now=NOON)
    with pytest.raises(TooLate):
        take_back(by=by, now=NOON + timedelta(days=2))
    assert take_back(by=by, now=NOON + timedelta(hours=3))
    assert not Interaction.objects.exists()
    assert Score.objects.get(patron=patron).relational == 0


def test_the_page_writes_shows_and_takes_back() -> None:
    patron, client = make_patron("profile"), signed_in()
    assert address(patron) in client.get(f"/desk/patrons/{patron.public_id}/").content.decode()
    sent = filled(client, patron)
    assert client.post(address(patron), sent).status_code == 302
    client.post(address(patron), sent)
    assert Interaction.objects.get().kind == "volunteering"
    assert "Take it back" in client.get(address(patron)).content.decode()
    client.post(f"{address(patron)}take-back/")
    assert not Interaction.objects.exists()
    again = client.post(f"{address(patron)}take-back/", follow=True)
    assert "nothing to take back" in again.content.decode()


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("kind", "loan", "Choose one of these"),
        ("kind", "", "Choose what it was"),
        ("day", "2999-01-01", "still to come"),
        ("day", "1789-07-14", "after 1 January 1890"),
        ("day", "1890-01-01", "after 1 January 1890"),
        ("day", "soon", "Write the day like"),
        ("minutes", "99999", "a whole number from 0"),
        ("minutes", "-1", "a whole number from 0"),
        ("value", "x" * 41, "under 40"),
        ("nonce", "x", "open it again"),
    ],
)
def test_what_makes_no_sense_is_said_and_nothing_is_written(name: str, value: str, words: str) -> None:
    patron, client = make_patron("profile"), signed_in()
    page = client.post(address(patron), filled(client, patron, **{name: value}))
    assert page.status_code == 200
    assert words in page.content.decode()
    assert not Interaction.objects.exists()


def test_a_stranger_s_reader_does_not_exist() -> None:
    stranger = make_staff()
    stranger.branches.add(make_branch())
    patron = make_patron("profile", branch=make_branch())
    assert signed_in(stranger).get(address(patron)).status_code == 404
    assert signed_in(stranger).post(f"{address(patron)}take-back/").status_code == 404
