"""Consents: exact words, once per purpose, one at a time, never for a child."""

from datetime import datetime, timedelta

import pytest

from patrons.models import Consent
from patrons.services.consents import (
    WORDING_VERSION,
    NotForChildren,
    NoWording,
    give_consent,
    withdraw_consent,
    wording,
)
from tests.builders import make_patron

pytestmark = pytest.mark.django_db


def test_the_words_shown_are_the_words_kept(now: datetime) -> None:
    patron = make_patron()

    consent = give_consent(patron=patron, purpose="check_in", language="en", how="form", now=now)

    assert consent.wording == wording("check_in", "en")
    assert consent.wording == (
        "In about three weeks, ask me how I liked the books"
        " (with at most one reminder, and once more for a book I have not read yet)"
    )
    assert (consent.wording_version, consent.language, consent.how) == (WORDING_VERSION, "en", "form")
    assert consent.given_at == now


def test_the_other_wordings_are_those_of_the_form() -> None:
    assert wording("profile", "en") == (
        "Remember my taste for next time. I can see, change and erase it whenever I like"
    )
    assert wording("proactive", "en") == "Write to me when you find something for me"


def test_giving_twice_keeps_the_first_consent(now: datetime) -> None:
    patron = make_patron()
    first = give_consent(patron=patron, purpose="profile", language="en", how="form", now=now)

    second = give_consent(patron=patron, purpose="profile", language="fr", how="answer", now=now + timedelta(days=1))

    assert second == first
    assert Consent.objects.get().given_at == now


def test_withdrawing_ends_only_that_purpose_and_keeps_the_line(now: datetime) -> None:
    patron = make_patron("check_in", "profile")

    assert withdraw_consent(patron=patron, purpose="profile", now=now)

    assert not Consent.objects.holds(patron, "profile")
    assert Consent.objects.holds(patron, "check_in")
    assert Consent.objects.get(purpose="profile").withdrawn_at == now
    assert not withdraw_consent(patron=patron, purpose="profile", now=now + timedelta(days=1))
    assert Consent.objects.get(purpose="profile").withdrawn_at == now


def test_a_consent_can_be_given_again_after_it_was_withdrawn(now: datetime) -> None:
    patron = make_patron("profile")
    withdraw_consent(patron=patron, purpose="profile", now=now)

    give_consent(patron=patron, purpose="profile", language="en", how="my page", now=now + timedelta(days=1))

    assert Consent.objects.filter(patron=patron, purpose="profile").count() == 2
    assert Consent.objects.holds(patron, "profile")


def test_a_childs_record_takes_no_consent(now: datetime) -> None:
    child = make_patron(audience="child")

    with pytest.raises(NotForChildren):
        give_consent(patron=child, purpose="profile", language="en", how="form", now=now)

    assert not Consent.objects.exists()


def test_a_purpose_without_words_is_refused(now: datetime) -> None:
    with pytest.raises(NoWording):
        give_consent(patron=make_patron(), purpose="advertising", language="en", how="form", now=now)
