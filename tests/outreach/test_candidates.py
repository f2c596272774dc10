"""Titles worth a look: each with a reason that is true, none that this reader has met or must be spared."""

from __future__ import annotations

import pytest

from outreach.models import Taste
from outreach.services.candidates.weights import MOST_LISTED
from outreach.services.taste import learn_from_answer, learn_from_request, remove_taste
from tests.builders import NOON, make_letter, make_patron, make_request
from tests.outreach.reading import answered, book, found, lend, listed, names, readers_of

pytestmark = pytest.mark.django_db


def test_a_title_that_shares_what_was_praised_says_what_it_shares_and_with_which_book() -> None:
    book("The Summer Book", "quiet", "the sea", by="Tove Jansson")
    like = book("Hotel du Lac", "quiet", "the sea")
    book("Loud", "noisy")
    request = make_request(make_patron(name="Iris"))
    assert names(request) == ["Hotel du Lac"]
    expected = "shares “quiet” and “the sea” with The Summer Book, which Iris named as enjoyed"
    assert found(request, like).reasons == (expected,)


def test_a_loved_book_leads_to_others_by_its_author() -> None:
    patron = make_patron("profile", name="Iris")
    answered(patron, book("The Summer Book", by="Tove Jansson"), "loved")
    other = book("The True Deceiver", by="Tove Jansson")
    one = found(make_request(patron, likes=()), other)
    assert one.reasons == ("by Tove Jansson, who wrote The Summer Book, which Iris loved",)


def test_readers_of_the_same_lead_to_a_title_and_no_one_else_is_named() -> None:
    loved, next_one = book("The Summer Book"), book("Hotel du Lac")
    patron = make_patron("profile", name="Iris")
    answered(patron, loved, "loved")
    fellows = readers_of(loved, next_one)
    one = found(make_request(patron, likes=()), next_one)
    assert one.reasons == ("readers of The Summer Book, which Iris loved, borrowed or praised this too",)
    assert not any(fellow.name in repr(one) for fellow in fellows)


@pytest.mark.parametrize(("consented", "silent", "leads"), [(5, 0, True), (4, 1, False), (4, 40, False), (0, 9, False)])
def test_fewer_than_five_who_let_us_remember_lead_nowhere(consented: int, silent: int, leads: bool) -> None:
    loved, next_one = book("The Summer Book"), book("Hotel du Lac")
    readers_of(loved, next_one, consented=consented, silent=silent)
    assert names(make_request()) == (["Hotel du Lac"] if leads else [])


def test_both_titles_need_five_readers_and_the_reader_asking_is_none_of_them() -> None:
    loved, next_one, rare = book("The Summer Book"), book("Hotel du Lac"), book("Rare")
    fellows = readers_of(loved, next_one, consented=5)
    for fellow in fellows[:4]:
        lend(fellow, rare)
    patron = make_patron("profile")
    lend(patron, loved)
    assert names(make_request(patron, likes=())) == ["Hotel du Lac"]
    lend(make_patron("profile"), rare)
    assert set(names(make_request(patron, likes=()))) == {"Hotel du Lac", "Rare"}


def test_whoever_takes_the_profile_back_leads_nowhere_at_once() -> None:
    loved, next_one = book("The Summer Book"), book("Hotel du Lac")
    fellows = readers_of(loved, next_one)
    request = make_request()
    assert names(request) == ["Hotel du Lac"]
    fellows[0].consents.update(withdrawn_at=NOON)
    assert names(request) == []


def test_without_consent_only_this_request_speaks() -> None:
    patron, fellow = make_patron(), make_patron("profile")
    book("The Summer Book", "quiet")
    loved, calm, wild = book("Wild Swans", "wild"), book("Calm Water", "quiet"), book("Wild Geese", "wild")
    for reader in (patron, fellow):
        answered(reader, loved, "loved")
        lend(reader, book("Zeal", "wild"))
    assert names(make_request(patron)) == [calm.name]
    assert wild.name in names(make_request(fellow))


def test_a_title_this_reader_has_met_is_left_out_in_every_edition() -> None:
    patron = make_patron("profile")
    request = make_request(patron, likes=("The Summer Book", "winter book by Tove Jansson"))
    book("The Summer Book", "quiet", by="Tove Jansson")
    book("Summer book (Nordic classics)", "quiet", by="Tove Jansson")
    book("The Winter Book", "quiet", by="Tove Jansson")
    answered(patron, book("Sent", "quiet", by="A"), "not_yet")
    lend(patron, book("Borrowed", "quiet", by="B"))
    make_letter(request, titles=(book("Drafted", "quiet", by="C"),))
    for name, by in (("Sent", "A"), ("The borrowed", "B"), ("Drafted", "C")):
        book(name, "quiet", by=by)
    left = book("Borrowed", "quiet", by="Somebody else")
    assert [one.judged.title for one in listed(request).titles] == [left]


def test_what_the_reader_must_be_spared_and_cannot_use_is_left_out_where_it_is_known() -> None:
    book("The Summer Book", "quiet", language="eng")
    fits = [book("Fits", "quiet", violence=False, formats=["audio", "print"], language="eng", audience="adult")]
    fits.append(book("Not known", "quiet"))
    book("Violent", "quiet", violence=True)
    book("Only on paper", "quiet", formats=["print"])
    book("French", "quiet", language="fre")
    book("For children", "quiet", audience="child")
    book("True", "quiet", fiction=False)
    request = make_request(limits=["violence"], formats=["audio"], reads="fiction")
    assert {one.judged.title for one in listed(request).titles} == set(fits)
    assert any(flag.words == "violence: not known" for flag in found(request, fits[1]).judged.flags)


def test_a_reader_who_named_a_french_book_may_be_shown_french_ones() -> None:
    book("L'Étranger", "quiet", language="fre")
    book("La Peste", "quiet", language="fre")
    assert names(make_request(likes=("L'Étranger",))) == ["La Peste"]


def test_the_mood_and_length_asked_for_find_titles_without_anything_praised() -> None:
    short = book("Short", "funny", pages=120)
    book("Long", genre="Comedy", pages=700)
    request = make_request(likes=(), mood=["funny"], length="short")
    assert names(request) == ["Short", "Long"]
    assert found(request, short).reasons == ("funny and short, as asked",)


def test_a_taste_that_was_taken_out_is_not_used_and_what_was_not_liked_counts_against() -> None:
    patron = make_patron("profile", name="Iris")
    request = make_request(patron)
    book("The Summer Book", "quiet", "the sea")
    learn_from_request(request=request, now=NOON)
    answer = answered(patron, book("Gore", "bloody"), "not_for_me")
    learn_from_answer(answer=answer, now=NOON)
    both, sea = book("Both", "the sea", "bloody"), book("Sea", "the sea")
    book("Quiet", "quiet")
    remove_taste(patron=patron, kind=Taste.Kind.APPEAL, name="quiet", now=NOON)
    assert names(request) == ["Sea"]
    book("Sea and quiet", "the sea", "quiet")
    assert found(request, sea).reasons == ("shares “the sea” with The Summer Book, which Iris named as enjoyed",)
    assert both.name not in names(request)


def test_at_most_ten_with_a_stretch_and_a_little_known_one_among_them() -> None:
    book("The Summer Book", "quiet", genre="novel")
    famous = [book(f"Famous {number}", "quiet", genre="novel") for number in range(14)]
    for one in famous:
        for _ in range(12):
            lend(None, one)
    little = book("Little known", genre="novel")
    far = book("Far", "quiet", genre="poems")
    for _ in range(12):
        lend(None, far)
    request = make_request()
    ten = listed(request).titles
    assert len(ten) == MOST_LISTED
    assert [one.judged.title for one in ten if one.stretch] == [far]
    assert [one.judged.title for one in ten if one.little_known] == [little]
    assert listed(request) == listed(request)


def test_with_nothing_to_begin_from_it_says_so() -> None:
    assert not listed(make_request(likes=("Nobody knows it",))).knows
    book("Emma", by="Jane Austen")
    book("Emma", by="Somebody else")
    assert not listed(make_request(likes=("Emma",))).knows


def test_a_book_is_known_by_how_readers_write_it() -> None:
    book("Stand by Me", "quiet")
    book("The Summer Book", "the sea", by="Tove Jansson")
    book("Calm", "quiet")
    book("Waves", "the sea")
    assert names(make_request(likes=("stand by me",))) == ["Calm"]
    assert names(make_request(likes=("Summer book by Tove Jansson",))) == ["Waves"]


def test_no_more_than_three_by_one_author() -> None:
    book("The Summer Book", by="Tove Jansson")
    for number in range(6):
        book(f"Moomin {number}", by="Tove Jansson")
    assert len(names(make_request())) == 3


def test_a_loan_that_is_out_does_not_speak_without_consent() -> None:
    silent, patron = make_patron(), make_patron("profile")
    out = book("Out", "quiet")
    calm = book("Calm", "quiet")
    for reader in (silent, patron):
        lend(reader, out)
    assert names(make_request(silent, likes=())) == []
    assert names(make_request(patron, likes=())) == [calm.name]


def test_more_readers_are_known_by_their_answers() -> None:
    loved, next_one = book("The Summer Book"), book("Hotel du Lac")
    for number in range(5):
        fellow = make_patron("profile")
        answered(fellow, loved, "loved")
        answered(fellow, next_one, "liked" if number < 4 else "not_for_me")
    assert names(make_request()) == []
    fellow = make_patron("profile")
    answered(fellow, loved, "liked")
    answered(fellow, next_one, "loved")
    assert names(make_request()) == ["Hotel du Lac"]
