"""Two records made one on the desk: what is chosen, what moves, what goes on working, and who may."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from library.models import User
from outreach.services.links import url_for
from patrons.models import AuditReference, Card, Consent, Duplicate, FormerNumber, Merge, Patron
from patrons.services.consents import give_consent, withdraw_consent
from relcrm.desk.services.merging import NotTheSame, UndoTooLate, merge_patrons, undo_merge
from tests.builders import NOON, make_branch, make_patron, make_request, make_staff
from tests.outreach.loops import make_loop

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def amara(client: Client) -> User:
    user = make_staff(name="Amara Nkosi")
    client.force_login(user)
    return user


def test_the_page_shows_both_and_takes_what_was_chosen(client: Client, amara: User) -> None:
    kept = make_patron("check_in", name="Iris", phone="", language="en", birth_year=1970)
    gone = make_patron(name="Iris M.", phone="021 555", language="fr", ils_id="7")
    make_request(gone)
    Card.objects.create(patron=gone, number="29000")
    path = f"/desk/patrons/merge/{kept.public_id}/{gone.public_id}/"
    page = client.get(path).content.decode()
    assert "Iris M." in page
    assert "021 555" in page
    assert "agreed on" in page
    client.post(path, {"take-name": "gone", "take-language": "kept", "take-reading_history": "gone"})
    kept.refresh_from_db()
    assert (kept.name, kept.phone, kept.language, kept.ils_id) == ("Iris M.", "021 555", "en", "7")
    assert kept.by_hand == ["name"]
    assert kept.search_text == " iris m"
    assert (kept.cards.count(), kept.requests.count()) == (1, 1)
    assert not Patron.objects.filter(pk=gone.pk).exists()
    assert FormerNumber.objects.get(number=gone.pk).public_id == gone.public_id


def test_the_old_address_of_the_card_leads_to_the_new_one(client: Client, amara: User) -> None:
    gone, kept = make_patron(ils_id="1"), make_patron(ils_id="2")
    merge_patrons(gone=gone, kept=kept, by=amara, now=NOON)
    answer = client.get(f"/desk/patrons/{gone.public_id}/")
    assert answer.headers["Location"] == f"/desk/patrons/{kept.public_id}/"
    assert FormerNumber.objects.get().ils_id == "1"
    stranger = make_staff()
    stranger.branches.add(make_branch())
    Patron.objects.filter(pk=kept.pk).update(branch=make_branch())
    client.force_login(stranger)
    assert client.get(f"/desk/patrons/{gone.public_id}/").status_code == 404


def test_mailed_links_work_before_and_after_the_undoing(client: Client, amara: User) -> None:
    loop = make_loop()
    kept = make_patron(link_generation=5)
    link = loop.path()
    merge = merge_patrons(gone=loop.patron, kept=kept, by=amara, now=NOON)
    assert client.get(link).status_code in {200, 302}
    undo_merge(merge=merge, by=amara, now=NOON + DAY)
    assert client.get(link).status_code in {200, 302}
    assert url_for(purpose="my", object_key="1", patron=Patron.objects.get(pk=loop.patron.pk), now=NOON)


def test_a_child_and_a_grown_up_are_never_one(client: Client, amara: User) -> None:
    child, grown = make_patron(audience="child"), make_patron()
    for gone, kept in ((child, grown), (grown, child), (grown, grown)):
        with pytest.raises(NotTheSame):
            merge_patrons(gone=gone, kept=kept, by=amara, now=NOON)
    client.post(f"/desk/patrons/merge/{child.public_id}/{grown.public_id}/")
    assert Patron.objects.count() == 2


def test_the_newest_word_on_consent_holds_also_after_the_undoing() -> None:
    librarian = make_staff()
    gone, kept = make_patron("proactive"), make_patron()
    give_consent(patron=kept, purpose="proactive", language="en", how="staff", now=NOON + DAY)
    withdraw_consent(patron=kept, purpose="proactive", now=NOON + 2 * DAY)
    merge = merge_patrons(gone=gone, kept=kept, by=librarian, now=NOON + 3 * DAY)
    assert not Consent.objects.holds(kept, "proactive")
    undo_merge(merge=merge, by=librarian, now=NOON + 4 * DAY)
    assert Consent.objects.holds(gone, "proactive")
    assert not Consent.objects.holds(kept, "proactive")


def test_a_word_taken_back_while_they_were_one_is_taken_back_for_both() -> None:
    librarian = make_staff()
    gone, kept = make_patron("profile"), make_patron("profile")
    merge = merge_patrons(gone=gone, kept=kept, by=librarian, now=NOON + DAY)
    withdraw_consent(patron=kept, purpose="profile", now=NOON + 2 * DAY)
    undo_merge(merge=merge, by=librarian, now=NOON + 3 * DAY)
    assert not Consent.objects.active().filter(purpose="profile").exists()


def test_what_was_changed_since_stays_with_the_one_kept() -> None:
    librarian = make_staff()
    gone, kept = make_patron(name="Ann"), make_patron(name="Anne", phone="")
    Patron.objects.filter(pk=gone.pk).update(phone="021")
    merge = merge_patrons(gone=gone, kept=kept, from_gone={"name"}, by=librarian, now=NOON)
    Patron.objects.filter(pk=kept.pk).update(name="Annie", search_text=" annie")
    undo_merge(merge=merge, by=librarian, now=NOON)
    kept.refresh_from_db()
    assert (kept.name, kept.phone) == ("Annie", "")
    assert Patron.objects.get(pk=gone.pk).name == "Ann"


def test_merges_are_undone_last_first_once_and_in_time() -> None:
    librarian = make_staff()
    one, two, three = make_patron(), make_patron(), make_patron()
    first = merge_patrons(gone=one, kept=two, by=librarian, now=NOON)
    second = merge_patrons(gone=two, kept=three, by=librarian, now=NOON + DAY)
    with pytest.raises(UndoTooLate):
        undo_merge(merge=first, by=librarian, now=NOON + 2 * DAY)
    undo_merge(merge=second, by=librarian, now=NOON + 2 * DAY)
    undo_merge(merge=first, by=librarian, now=NOON + 2 * DAY)
    assert Patron.objects.count() == 3
    with pytest.raises(UndoTooLate):
        undo_merge(merge=first, by=librarian, now=NOON + 2 * DAY)
    again = merge_patrons(gone=one, kept=two, by=librarian, now=NOON)
    with pytest.raises(UndoTooLate):
        undo_merge(merge=again, by=librarian, now=NOON + 31 * DAY)
    assert Merge.objects.get(pk=first.pk).journal == {}


def test_pairs_are_listed_dismissed_and_merges_undone_on_the_page(client: Client, amara: User) -> None:
    one, other = make_patron(name="Ann One"), make_patron(name="Ann Two")
    pair = Duplicate.objects.create(first=one, second=other, reason="same name and birth year", found_at=NOON)
    assert "same name and birth year" in client.get("/desk/patrons/duplicates/").content.decode()
    answer = client.post(f"/desk/patrons/duplicates/{pair.pk}/dismiss/", follow=True)
    assert "Kept apart for good" in answer.content.decode()
    assert "Ann One" not in client.get("/desk/patrons/duplicates/").content.decode()
    client.post(f"/desk/patrons/duplicates/{pair.pk}/restore/")
    client.post(f"/desk/patrons/merge/{one.public_id}/{other.public_id}/")
    merge = Merge.objects.get()
    assert "Made one lately" in client.get("/desk/patrons/duplicates/").content.decode()
    client.post(f"/desk/patrons/merges/{merge.pk}/undo/")
    assert Patron.objects.filter(pk=other.pk).exists()
    assert Duplicate.objects.filter(pk=pair.pk).exists()
    assert AuditReference.objects.count() == 2


def test_both_records_must_be_visible(client: Client) -> None:
    here, elsewhere = make_branch(), make_branch()
    librarian = make_staff()
    librarian.branches.add(here)
    client.force_login(librarian)
    mine, foreign = make_patron(branch=here), make_patron(branch=elsewhere)
    Duplicate.objects.create(first=mine, second=foreign, reason="same name and household", found_at=NOON)
    for path in (
        f"/desk/patrons/merge/{mine.public_id}/{foreign.public_id}/",
        f"/desk/patrons/merge/{foreign.public_id}/{mine.public_id}/",
    ):
        assert client.get(path).status_code == 404
        assert client.post(path).status_code == 404
    assert foreign.name not in client.get("/desk/patrons/duplicates/").content.decode()
