"""What staff put right on a reader's card, and who lives with whom."""

from __future__ import annotations

import pytest
from django.test import Client

from library.models import AuditLine, User
from patrons.models import Card, Household, Patron
from patrons.services.details import NotForStaff, edit_patron
from patrons.services.references import reference_of
from tests.builders import NOON, make_branch, make_patron, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def amara(client: Client) -> User:
    user = make_staff(name="Amara Nkosi")
    client.force_login(user)
    return user


def edit(client: Client, patron: Patron, **over: str) -> str:
    said = {"name": patron.name, "phone": "", "postal_address": "", "branch": "", "language": "en"}
    said |= {"preferred_channel": "email"} | over
    return client.post(f"/desk/patrons/{patron.public_id}/edit/", said, follow=True).content.decode()


def test_staff_put_a_record_right_and_an_import_will_know(client: Client, amara: User) -> None:
    patron, branch = make_patron(name="Iris"), make_branch()
    edit(client, patron, name="Íris O’Neill", phone="021 555", postal_address="1 Sea Road\nTown", branch=str(branch.pk),
         language="pt", preferred_channel="phone")  # fmt: skip
    patron.refresh_from_db()
    assert (patron.name, patron.phone, patron.branch, patron.language) == ("Íris O’Neill", "021 555", branch, "pt")
    assert "iris" in patron.search_text
    assert patron.by_hand == ["branch", "language", "name", "phone", "postal_address", "preferred_channel"]
    line = AuditLine.objects.get(what="patron.changed")
    assert (line.actor, line.reference) == (amara.username, reference_of(patron))
    assert set(line.fields) == set(patron.by_hand)
    assert "O’Neill" not in str(line.fields)


def test_nothing_changed_writes_nothing(client: Client, amara: User) -> None:
    patron = make_patron()
    assert "Nothing was changed" in edit(client, patron)
    patron.refresh_from_db()
    assert patron.by_hand == []
    assert not AuditLine.objects.filter(what="patron.changed").exists()


def test_an_address_is_entered_only_where_there_is_none_and_revokes_links(client: Client, amara: User) -> None:
    without, with_one = make_patron(email=""), make_patron(email="iris@example.org")
    edit(client, without, email="new@Example.org")
    edit(client, with_one, email="new@example.org")
    without.refresh_from_db()
    with_one.refresh_from_db()
    assert (without.email, without.link_generation) == ("new@example.org", 2)
    assert (with_one.email, with_one.link_generation) == ("iris@example.org", 1)


def test_how_long_loans_are_remembered_is_not_for_staff(client: Client, amara: User) -> None:
    patron = make_patron()
    edit(client, patron, reading_history="forever", standing="provisional", audience="child")
    patron.refresh_from_db()
    assert (patron.reading_history, patron.standing, patron.audience) == ("default", "own", "adult")
    with pytest.raises(NotForStaff):
        edit_patron(patron=patron, changes={"reading_history": "forever"}, by=amara, now=NOON)


def household(client: Client, patron: Patron, act: str, who: str) -> str:
    path = f"/desk/patrons/{patron.public_id}/household/{act}/"
    return client.post(path, {"who": who}, follow=True).content.decode()


def test_a_family_is_put_together_and_taken_apart_with_an_undo(client: Client, amara: User) -> None:
    iris, tom = make_patron(name="Iris Vale"), make_patron(name="Tom Vale")
    html = household(client, iris, "add", tom.public_id)
    assert f'<a href="/desk/patrons/{tom.public_id}/">Tom Vale</a>' in html
    assert f'<a href="/desk/patrons/{iris.public_id}/">Iris Vale</a>' in client.get(
        f"/desk/patrons/{tom.public_id}/"
    ).content.decode()  # fmt: skip
    html = household(client, iris, "remove", tom.public_id)
    assert "Undo: put Tom Vale back" in html
    assert "Nobody we know of lives with Iris Vale." in html
    household(client, iris, "add", tom.public_id)
    iris.refresh_from_db()
    tom.refresh_from_db()
    assert iris.household == tom.household is not None
    assert Household.objects.count() == 1
    assert tom.by_hand == ["household"]
    assert AuditLine.objects.filter(what="patron.household").count() == 4


def test_somebody_is_found_by_card_or_by_a_name_only_they_have(client: Client, amara: User) -> None:
    iris, tom = make_patron(name="Iris"), make_patron(name="Tom Vale")
    Card.objects.create(patron=tom, number="C-777")
    for words in ("C-777", "vale tom"):
        household(client, iris, "add", words)
        tom.refresh_from_db()
        assert tom.household is not None
        household(client, iris, "remove", tom.public_id)
    make_patron(name="Tom Vale")
    assert "Several readers fit" in household(client, iris, "add", "Tom")
    assert "Nobody fits" in household(client, iris, "add", "Zebedee")
    assert "That is this reader" in household(client, iris, "add", iris.public_id)


def test_joining_another_household_leaves_the_others_where_they_are(client: Client, amara: User) -> None:
    one, two, three, four = (make_patron(name=f"Reader{n}") for n in range(4))
    household(client, one, "add", two.public_id)
    household(client, three, "add", four.public_id)
    household(client, one, "add", three.public_id)
    homes = {patron.pk: patron.household_id for patron in Patron.objects.all()}
    assert homes[one.pk] == homes[two.pk] == homes[three.pk] != homes[four.pk]


def test_only_those_of_ones_branches_are_shown_and_found(client: Client, amara: User) -> None:
    here, there = make_branch(), make_branch()
    iris, far = make_patron(name="Iris", branch=here), make_patron(name="Far Away", branch=there)
    household(client, iris, "add", far.public_id)
    amara.branches.add(here)
    client.force_login(User.objects.get(pk=amara.pk))
    html = client.get(f"/desk/patrons/{iris.public_id}/").content.decode()
    assert "Far Away" not in html
    other = make_patron(name="Other There", branch=there)
    assert "Nobody fits" in household(client, iris, "add", other.public_id)
    assert client.post(f"/desk/patrons/{iris.public_id}/household/remove/", {"who": far.public_id}).status_code == 404
