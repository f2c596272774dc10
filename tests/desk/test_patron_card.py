"""The list of patrons, and one card for each."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from engagement.services.ledger import record_interaction
from library.models import User
from outreach.services.checkins import GivenAnswer, record_answers
from outreach.services.letters import Draft, DraftPick, save_draft, send_letter
from outreach.services.requests import submit_request
from outreach.services.wishes import NamedBook, Wishes
from patrons.models import Card, Patron
from patrons.services.suppressions import suppress_address
from tests.builders import NOON, make_branch, make_patron, make_request, make_staff
from tests.outreach.loops import make_described

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def amara(client: Client) -> User:
    user = make_staff(name="Amara Nkosi")
    client.force_login(user)
    return user


def card(client: Client, patron: Patron) -> str:
    response = client.get(f"/desk/patrons/{patron.public_id}/")
    assert response.status_code == 200
    return response.content.decode()


def whole_loop(librarian: User, *consents: str, email: str = "iris@example.org") -> Patron:
    """Asked, answered, asked back and told: as the services do it, ending now."""
    now = timezone.now()
    wishes = Wishes(
        nonce=f"loop {email}",
        email=email,
        name="Iris",
        language="en",
        audience="adult",
        about="Something wise and funny.",
        likes=(NamedBook("The Summer Book", "The calm."),),
        consents=consents,
    )
    request = submit_request(wishes=wishes, now=now - 30 * DAY)
    title = make_described("The Sea Runners", ("appeal", "slow-burning"), authors=("Ivan Doig",))
    draft = Draft(note="Dear Iris", picks=(DraftPick(title, "Boats.", stretch=True),), check_in_days=21, minutes=14)
    letter = save_draft(request=request, librarian=librarian, draft=draft, now=now - 28 * DAY)
    letter = send_letter(letter=letter, librarian=librarian, now=now - 28 * DAY)
    answers = {pick.pk: GivenAnswer("loved", "You read my mind.") for pick in letter.picks.all()}
    record_answers(check_in=letter.check_in, answers=answers, learned=True, comment="", now=now - 2 * DAY)
    return request.patron


def test_the_card_shows_stage_and_scores_with_every_reason(client: Client, amara: User) -> None:
    html = card(client, whole_loop(amara, "check_in", "profile"))
    assert '<li aria-current="step">follow-up</li>' in html
    assert "relational" in html
    assert "What made it" in html
    assert "interactions that count" in html
    for label in ("Asked for suggestions", "Letter with suggestions", "Answered about one book: The Sea Runners"):
        assert label in html


def test_the_card_shows_taste_with_its_evidence(client: Client, amara: User) -> None:
    html = card(client, whole_loop(amara, "check_in", "profile"))
    assert "slow-burning" in html
    assert "loved The Sea Runners" in html
    assert "named The Summer Book as a book enjoyed" in html


def test_the_story_is_told_newest_first(client: Client, amara: User) -> None:
    html = card(client, whole_loop(amara, "check_in", "profile"))
    story = html.split('id="story"')[1]
    told = ("Check-in answered", "“You read my mind.”", "Letter from Amara Nkosi", "1 pick, 1 stretch", "14 minutes")
    places = [story.index(words) for words in (*told, "Asked for suggestions", "“Something wise and funny.”")]
    assert story.index("Check-in answered") < story.index("Letter from") < story.index("Asked for suggestions")
    assert min(places) > 0


def test_loans_in_a_row_become_one_line_of_the_story(client: Client, amara: User) -> None:
    patron = whole_loop(amara, "check_in", "profile")
    now = timezone.now()
    for days, kind in enumerate(("loan", "loan", "visit")):
        at = now - (20 + days) * DAY
        record_interaction(kind=kind, source=f"ils:{days}", at=at, patron=patron, started_by="patron", now=now)
    story = card(client, patron).split('id="story"')[1]
    assert "Used the library 3 times" in story
    assert "Borrowed a title (2) · Came in" in story
    assert story.index("Check-in answered") < story.index("Used the library") < story.index("Letter from")


def test_without_profile_consent_nothing_is_measured_but_the_story_stays(client: Client, amara: User) -> None:
    html = card(client, whole_loop(amara, "check_in"))
    assert "Iris has not agreed to a taste profile, so nothing is measured." in html
    assert 'class="score' not in html
    assert "slow-burning" not in html
    assert "Letter from Amara Nkosi" in html
    assert 'class="plain"' in html


def test_consents_are_shown_word_by_word_with_their_date(client: Client, amara: User) -> None:
    patron = make_patron("profile")
    patron.consents.create(
        purpose="check_in", wording="Ask me.", wording_version="t", language="en", how="form",
        given_at=NOON, withdrawn_at=NOON + DAY,
    )  # fmt: skip
    html = card(client, patron)
    assert "yes, since 24 November 2026" in html
    assert "taken back on 25 November 2026" in html
    assert "<strong>Suggestions without asking</strong>: no" in html


def test_what_can_be_done_next_leads_to_the_waiting_request(client: Client, amara: User) -> None:
    request = make_request(make_patron(name="Iris"))
    html = card(client, request.patron)
    assert f'<a class="btn btn-primary" href="/desk/requests/{request.pk}/">Write to Iris</a>' in html
    assert "Answer the request of 24 November" in html
    assert "Nothing is open" in card(client, make_patron())


def test_a_provisional_patron_is_marked_and_can_be_put_together_with_a_known_one(client: Client, amara: User) -> None:
    known = make_patron(email="Iris@example.org")
    form = make_patron(email="iris@example.org", standing="provisional")
    html = card(client, form)
    assert "address not proved yet" in html
    assert f"Put together with {known.public_id}" in html
    client.post(f"/desk/patrons/{form.public_id}/join/", {"into": known.public_id})
    assert not Patron.objects.filter(pk=form.pk).exists()
    assert "address not proved yet" not in card(client, known)


def test_a_child_is_never_offered_a_grown_ups_record(client: Client, amara: User) -> None:
    make_patron(email="iris@example.org")
    child = make_patron(email="iris@example.org", standing="provisional", audience="child")
    html = card(client, child)
    assert "Put together" not in html
    assert "Children are never measured." in html


def test_an_address_that_gets_no_mail_is_marked(client: Client, amara: User) -> None:
    patron = make_patron(email="Iris@Example.org")
    suppress_address(address=patron.email, reason="bounce", now=NOON)
    assert "gets no mail" in card(client, patron)


def test_a_patron_of_another_branch_does_not_exist(client: Client, amara: User) -> None:
    amara.branches.add(make_branch())
    foreign = make_patron(branch=make_branch())
    assert client.get(f"/desk/patrons/{foreign.public_id}/").status_code == 404
    assert foreign.name not in client.get("/desk/patrons/").content.decode()
    assert client.get("/desk/patrons/P-NOBODY/").status_code == 404


@pytest.mark.parametrize("role", ["manager", "viewer", "admin"])
def test_no_other_role_sees_persons(client: Client, role: str) -> None:
    client.force_login(make_staff(role))
    assert client.get("/desk/patrons/").status_code == 403
    assert client.get(f"/desk/patrons/{make_patron().public_id}/").status_code == 403


def found(client: Client, **query: str) -> list[str]:
    response = client.get("/desk/patrons/", query)
    assert response.status_code == 200
    return [patron.name for patron in response.context["found"].patrons]


def test_a_patron_is_found_by_name_address_card_and_number(client: Client, amara: User) -> None:
    patron = make_patron(name="Tomás Rivera", email="tomas@example.org")
    make_patron(name="Somebody else", email="else@example.org")
    Card.objects.create(patron=patron, number="C-100")
    for words in ("tomas", "RIVERA", "Tomas@Exa", "c-100", patron.public_id.lower(), "  rivera "):
        assert found(client, q=words) == ["Tomás Rivera"], words


@pytest.mark.parametrize("words", ["%", "_", "\0", "x" * 500, "' OR 1=1 --", "\\"])
def test_odd_words_find_nobody_or_are_ignored(client: Client, amara: User, words: str) -> None:
    make_patron(name="Iris")
    assert found(client, q=words) in ([], ["Iris"])


def test_filters_narrow_and_unknown_values_count_as_not_said(client: Client, amara: User) -> None:
    make_patron(name="Known")
    make_patron(name="Form", standing="provisional", audience="teen")
    assert found(client, standing="provisional") == ["Form"]
    assert found(client, audience="teen") == ["Form"]
    assert found(client, standing="queen", audience="wise") == ["Form", "Known"]
    assert "Nobody fits" in client.get("/desk/patrons/", {"q": "zzz"}).content.decode()


def test_every_patron_is_on_exactly_one_page(client: Client, amara: User) -> None:
    names = sorted([f"Reader {number % 7}" for number in range(60)])
    for name in names:
        make_patron(name=name)
    seen: list[str] = []
    query: dict[str, str] = {}
    for _ in range(3):
        page = client.get("/desk/patrons/", query).context["found"]
        seen += [patron.public_id for patron in page.patrons]
        query = {"after": page.after}
    assert len(seen) == len(set(seen)) == 60
    assert page.after == ""


def test_an_empty_library_says_where_readers_come_from(client: Client, amara: User) -> None:
    assert "No reader yet" in client.get("/desk/patrons/").content.decode()


def queries(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as seen:
        assert client.get(path).status_code == 200
    return len(seen)


def test_the_list_takes_as_many_queries_for_many_as_for_one(client: Client, amara: User) -> None:
    make_patron(branch=make_branch())
    client.get("/desk/patrons/")
    few = queries(client, "/desk/patrons/")
    for _ in range(20):
        make_patron(branch=make_branch())
    assert queries(client, "/desk/patrons/") == few <= 10


def test_the_card_takes_as_many_queries_for_many_requests_as_for_one(client: Client, amara: User) -> None:
    amara.branches.add(make_branch())
    patron = whole_loop(amara, "check_in", "profile")
    path = f"/desk/patrons/{patron.public_id}/"
    client.get(path)
    few = queries(client, path)
    for _ in range(5):
        make_request(patron, likes=("One", "Two", "Three"))
    assert queries(client, path) == few <= 10
    twin = make_patron(email=patron.email, standing="provisional")
    assert queries(client, f"/desk/patrons/{twin.public_id}/") <= 10


def test_a_card_without_a_story_says_when_it_begins(client: Client, amara: User) -> None:
    html = card(client, make_patron("profile"))
    assert "Nothing has happened yet since" in html
    assert "It begins with the first request." in html
