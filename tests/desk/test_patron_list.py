"""The list of patrons: filters in the address, lists people keep, and what only a librarian of the branch sees."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from library.models import SavedFilter, User
from patrons.models import Consent, Household, Patron
from relcrm.desk.forms.patrons import CHOICES
from relcrm.desk.services.patron_list import Filters, filters_of
from tests.builders import NOON, make_branch, make_patron, make_request, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def amara(client: Client) -> User:
    user = make_staff(name="Amara Nkosi")
    client.force_login(user)
    return user


def listed(client: Client, **query: str) -> list[str]:
    answer = client.get("/desk/patrons/", query)
    assert answer.status_code == 200
    return [str(patron) for patron in answer.context["found"].patrons]


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        ({"audience": "teen"}, {"audience": "teen"}),
        ({"language": "fr"}, {"language": "fr"}),
        ({"standing": "provisional"}, {"standing": "provisional"}),
        ({"channel": "phone"}, {"preferred_channel": "phone"}),
        ({"source": "ils"}, {"ils_id": "7"}),
        ({"source": "gone"}, {"ils_id": "7", "gone_at": NOON}),
        ({"since": "2026-01-01"}, {"joined_on": "2026-02-01"}),
        ({"q": "fits", "audience": "teen"}, {"audience": "teen"}),
    ],
)
def test_a_filter_shows_those_who_fit(client: Client, amara: User, query: dict[str, str], fits: dict[str, Any]) -> None:
    make_patron(name="Fits", **fits)
    make_patron(name="Does not", joined_on="2020-01-01")
    assert listed(client, **query) == ["Fits"]


def test_consent_household_and_open_request_can_be_asked_for(client: Client, amara: User) -> None:
    make_patron("profile", name="Agreed", household=Household.objects.create(created_at=NOON))
    make_request(make_patron(name="Waits"))
    make_request(make_patron(name="Answered"), state="answered")
    assert listed(client, consent="profile") == ["Agreed"]
    assert listed(client, consent="no_profile") == ["Answered", "Waits"]
    assert listed(client, household="yes") == ["Agreed"]
    assert listed(client, open="yes") == ["Waits"]
    assert listed(client, open="no", household="no") == ["Answered"]
    assert listed(client, stage="none") == ["Agreed", "Answered", "Waits"]
    Consent.objects.update(withdrawn_at=NOON)
    assert listed(client, consent="profile") == []


def test_a_branch_of_somebody_else_counts_as_not_said(client: Client) -> None:
    here, elsewhere = make_branch(), make_branch()
    user = make_staff()
    user.branches.add(here)
    client.force_login(user)
    make_patron(name="Here", branch=here)
    make_patron(name="There", branch=elsewhere)
    make_patron(name="Nowhere")
    assert listed(client, branch=str(here.pk)) == ["Here"]
    assert listed(client, branch="none") == ["Nowhere"]
    assert listed(client, branch=str(elsewhere.pk)) == ["Here", "Nowhere"]


def test_what_is_not_understood_never_breaks_the_page(client: Client, amara: User) -> None:
    make_patron(name="Iris")
    names = ["branch", "since", "after", *CHOICES]
    for value in ("", "nonsense", "\0", "9" * 40, "2026-02-31", "'; --", "１２"):
        assert listed(client, **dict.fromkeys(names, value)) == ["Iris"], value
    client.get("/desk/patrons/", {"q": "\0" * 500})


def test_filters_survive_their_own_address() -> None:
    filters = Filters(words="O'Brien & sons", stage="basic", since=NOON.date(), consent="no_profile")
    assert filters_of(filters.query) == filters
    assert filters_of("") == Filters()


def test_a_list_is_kept_renamed_removed_and_brought_back(client: Client, amara: User) -> None:
    client.post("/desk/patrons/lists/", {"name": "Teens", "audience": "teen", "shared": ""})
    saved = SavedFilter.objects.get()
    assert (saved.query, saved.owner, saved.shared) == ("audience=teen", amara, False)
    client.post(f"/desk/patrons/lists/{saved.pk}/rename/", {"name": "Young readers"})
    page = client.get("/desk/patrons/?audience=teen").content.decode()
    assert "Young readers" in page
    client.post(f"/desk/patrons/lists/{saved.pk}/remove/")
    assert not SavedFilter.objects.exists()
    assert "Undo" in client.get("/desk/patrons/").content.decode()
    client.post("/desk/patrons/lists/restore/")
    assert SavedFilter.objects.get().name == "Young readers"
    assert "no longer among your lists" not in client.get("/desk/patrons/").content.decode()


def test_a_shared_list_is_seen_by_those_of_the_branch_and_changed_by_its_owner(client: Client, amara: User) -> None:
    here, elsewhere = make_branch(), make_branch()
    client.post("/desk/patrons/lists/", {"name": "Ours", "audience": "teen", "shared": str(here.pk)})
    client.post("/desk/patrons/lists/", {"name": "Mine", "audience": "child", "shared": ""})
    client.post("/desk/patrons/lists/", {"name": "Everyone's", "audience": "adult", "shared": "all"})
    for place, seen in ((here, ["Everyone's", "Ours"]), (elsewhere, ["Everyone's"])):
        colleague = make_staff()
        colleague.branches.add(place)
        client.force_login(colleague)
        assert [saved.name for saved in client.get("/desk/patrons/").context["saved"]] == seen
        saved = SavedFilter.objects.get(name="Everyone's")
        assert client.post(f"/desk/patrons/lists/{saved.pk}/remove/").status_code == 404


def test_two_lists_of_one_person_have_two_names(client: Client, amara: User) -> None:
    for name in ("A", "B"):
        client.post("/desk/patrons/lists/", {"name": name, "audience": "teen"})
    client.post(f"/desk/patrons/lists/{SavedFilter.objects.get(name='B').pk}/rename/", {"name": "A"})
    assert sorted(SavedFilter.objects.values_list("name", flat=True)) == ["A", "B"]
    client.post("/desk/patrons/lists/", {"name": "", "audience": "teen"})
    assert SavedFilter.objects.count() == 2


def test_the_page_says_how_many_there_are(client: Client, amara: User) -> None:
    for number in range(30):
        make_patron(name=f"Anna {number:02}")
    page = client.get("/desk/patrons/?q=anna")
    assert "30 readers" in page.content.decode()
    further = client.get(f"/desk/patrons/?q=anna&after={page.context['found'].after}")
    assert [str(patron) for patron in further.context["found"].patrons] == [f"Anna {n}" for n in range(25, 30)]
    assert Patron.objects.count() == 30
