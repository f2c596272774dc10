"""What answers and named books teach, with profile consent only."""

from __future__ import annotations

import pytest

from outreach.models import Request, Taste
from outreach.services.answers import accept_offer
from outreach.services.taste import forget_taste, learn_from_request, remove_taste, restore_taste, taste_of
from patrons.models import Patron
from tests.builders import NOON, make_patron, make_request
from tests.outreach.loops import DAY, Loop, make_described, make_loop

pytestmark = pytest.mark.django_db
CALM, SEA, ISLANDS = ("appeal", "calm"), ("genre", "sea stories"), ("subject", "islands")


def summer_loop(*consents: str) -> Loop:
    first = make_described("The Summer Book", CALM, ISLANDS)
    second = make_described("The True Deceiver", CALM, ("appeal", "bleak"))
    return make_loop(*(consents or ("check_in", "profile")), titles=(first, second))


def learned(patron: Patron) -> dict[tuple[str, str], tuple[bool, float]]:
    return {(line.kind, line.name): (line.liked, round(line.weight, 2)) for line in taste_of(patron)}


@pytest.mark.parametrize(
    ("value", "liked", "weight"),
    [("loved", True, 1.0), ("liked", True, 0.6), ("so_so", False, 0.3), ("not_for_me", False, 1.0)],
)
def test_an_answer_teaches_the_terms_the_author_and_the_title(value: str, liked: bool, weight: float) -> None:
    loop = summer_loop()
    loop.answer(value)
    keys = [CALM, ISLANDS, ("author", "Tove Jansson"), ("title", "The Summer Book")]
    assert learned(loop.patron) == dict.fromkeys(keys, (liked, weight))


@pytest.mark.parametrize("value", ["not_yet", "could_not_get"])
def test_a_book_not_read_teaches_nothing(value: str) -> None:
    loop = summer_loop()
    loop.answer(value)
    assert not Taste.objects.exists()


def test_without_profile_consent_nothing_is_learned() -> None:
    loop = summer_loop("check_in")
    loop.answer("loved", "not_for_me")
    assert not Taste.objects.exists()
    assert taste_of(loop.patron) == []


def test_consent_on_the_thank_you_page_learns_these_answers() -> None:
    loop = summer_loop("check_in")
    loop.answer("loved")
    accept_offer(check_in=loop.check_in, purpose="profile", now=NOON + 22 * DAY)
    assert learned(loop.patron)[CALM] == (True, 1.0)


def test_terms_are_summed_over_their_evidence() -> None:
    loop = summer_loop()
    loop.answer("liked", "not_for_me")
    taste = learned(loop.patron)
    assert taste[CALM] == (False, 0.4)
    assert taste[ISLANDS] == (True, 0.6)
    assert taste["appeal", "bleak"] == (False, 1.0)


def test_another_answer_replaces_what_the_first_taught() -> None:
    loop = summer_loop()
    loop.answer("loved")
    loop.answer("not_for_me")
    assert set(learned(loop.patron).values()) == {(False, 1.0)}
    loop.answer("not_yet")
    assert not Taste.objects.exists()


def test_every_line_says_where_it_came_from_in_the_words_of_the_day() -> None:
    loop = summer_loop()
    loop.answer("loved", "so_so", now=NOON + 22 * DAY)
    line = next(line for line in taste_of(loop.patron) if (line.kind, line.name) == CALM)
    assert line.evidence == ["loved The Summer Book, 16 December", "found The True Deceiver so-so, 16 December"]


def test_a_term_taken_out_stays_out_whatever_is_answered_later() -> None:
    loop = summer_loop()
    loop.answer("loved")
    assert remove_taste(patron=loop.patron, kind="appeal", name="calm", now=NOON) == 1
    loop.answer("liked", "loved")
    assert CALM not in learned(loop.patron)
    assert ("appeal", "bleak") in learned(loop.patron)


def test_taking_out_can_be_undone() -> None:
    loop = summer_loop()
    loop.answer("loved")
    remove_taste(patron=loop.patron, kind="appeal", name="calm", now=NOON)
    assert restore_taste(patron=loop.patron, kind="appeal", name="calm") == 1
    assert learned(loop.patron)[CALM] == (True, 1.0)


def test_withdrawn_consent_hides_and_forgetting_deletes() -> None:
    loop = summer_loop()
    loop.answer("loved")
    loop.patron.consents.filter(purpose="profile").update(withdrawn_at=NOON)
    assert taste_of(loop.patron) == []
    forget_taste(patron=loop.patron)
    assert not Taste.objects.exists()


def named_request(*consents: str, like: str) -> Request:
    return make_request(make_patron(*consents), likes=(like,))


def test_a_book_named_on_the_form_teaches_its_title_and_what_the_catalogue_knows_of_it() -> None:
    make_described("L'été étrange", SEA, authors=("Anna Exemple",))
    make_described("L'été étrange et froid", CALM)
    request = named_request("profile", like="l'ete etrange")
    learn_from_request(request=request, now=NOON)
    learn_from_request(request=request, now=NOON)
    assert learned(request.patron) == dict.fromkeys(
        [SEA, ("author", "Anna Exemple"), ("title", "L'été étrange")], (True, 1.0)
    )
    assert taste_of(request.patron)[0].evidence == ["named l'ete etrange as a book enjoyed, 24 November"]


def test_a_name_that_fits_several_titles_or_none_teaches_only_itself() -> None:
    make_described("Emma", CALM, authors=("One",))
    make_described("Emma", SEA, authors=("Two",))
    several, none = named_request("profile", like="Emma"), named_request("profile", like="No Such Book")
    for request in (several, none):
        learn_from_request(request=request, now=NOON)
    assert learned(several.patron) == {("title", "Emma"): (True, 1.0)}
    assert learned(none.patron) == {("title", "No Such Book"): (True, 1.0)}


def test_a_form_without_profile_consent_teaches_nothing() -> None:
    request = named_request("check_in", like="Emma")
    learn_from_request(request=request, now=NOON)
    assert not Taste.objects.exists()


def test_two_titles_by_one_author_with_a_term_of_the_same_name_are_no_conflict() -> None:
    title = make_described("Sea", ("appeal", "Sea"), ("genre", "Sea"), ("subject", "Sea"), authors=("Sea", "Sea"))
    loop = make_loop("check_in", "profile", titles=(title,))
    loop.answer("loved")
    assert len(taste_of(loop.patron)) == 5
