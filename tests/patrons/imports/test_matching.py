"""Which row is whom."""

from __future__ import annotations

import pytest

from patrons.models import Card, Consent, Duplicate, FormerNumber, Patron, Tombstone
from patrons.services.naming import search_text_of
from patrons.services.tombstones import digests
from tests.builders import make_patron
from tests.patrons.imports.people import NOON, bring_in, cards_of, counts_of, later, reasons, row

pytestmark = pytest.mark.django_db


def named(name: str, **over: object) -> Patron:
    return make_patron(name=name, search_text=search_text_of(name), **over)


def test_the_ils_id_counts_first_then_the_card() -> None:
    by_id, by_card = make_patron(ils_id="1", email=""), make_patron(email="")
    Card.objects.create(patron=by_card, number="C2")
    run = bring_in(row(2, ils_id="1", phone="1"), row(3, ils_id="2", card="C2", phone="2"))
    assert counts_of(run) == {"updated": 2}
    assert Patron.objects.get(ils_id="1") == by_id
    assert Patron.objects.get(ils_id="2") == by_card


def test_a_merged_record_is_found_by_its_former_number_and_keeps_its_own() -> None:
    kept = make_patron(ils_id="1", phone="1")
    FormerNumber.objects.create(number=999_999, ils_id="old", patron=kept)
    assert counts_of(bring_in(row(2, ils_id="old", phone="2"))) == {"updated": 1}
    kept.refresh_from_db()
    assert (kept.ils_id, kept.phone) == ("1", "2")
    run = bring_in(row(2, ils_id="old", phone="3"), row(3, ils_id="1", phone="2"), now=later())
    assert counts_of(run) == {"unchanged": 2}
    assert reasons(run) == [(2, "", "This reader was joined here with the one in line 3, which was taken.", False)]


@pytest.mark.parametrize(
    ("here", "file", "same"),
    [
        ({"name": "Ada Lovelace"}, {"name": "Lovelace, Áda"}, True),
        ({"name": ""}, {"name": "Ada"}, True),
        ({"name": "Ada"}, {"name": ""}, True),
        ({"name": "Ada"}, {"name": "Byron"}, False),
        ({"name": "Ada", "standing": "provisional"}, {"name": "Ada"}, False),
        ({"name": "Ada", "ils_id": "7"}, {"name": "Ada"}, False),
    ],
)
def test_an_address_counts_where_only_one_reader_and_one_row_can_be_meant(
    here: dict[str, str], file: dict[str, str], *, same: bool
) -> None:
    name = here.pop("name")
    patron = named(name, email="Ada@Example.org", **here)
    bring_in(row(2, ils_id="1", email="ada@example.org", **file))
    assert (Patron.objects.get(ils_id="1") == patron) is same
    assert Patron.objects.count() == (1 if same else 2)


def test_an_address_that_several_have_says_nothing() -> None:
    named("Ada", email="home@example.org")
    run = bring_in(
        row(2, ils_id="1", name="Ada", email="home@example.org"),
        row(3, ils_id="2", name="Bo", email="HOME@example.org"),
    )
    assert counts_of(run) == {"created": 2}
    named("Cy", email="two@example.org")
    named("Cy", email="two@example.org")
    assert counts_of(bring_in(row(4, ils_id="3", name="Cy", email="two@example.org"))) == {"created": 1}


def test_the_first_of_two_rows_is_taken_and_the_other_names_its_line() -> None:
    run = bring_in(
        row(2, ils_id="1", card="C1", name="Ada"),
        row(3, ils_id="1", card="C9", name="Bo"),
        row(4, ils_id="2", card="C1", name="Cy"),
        row(5, ils_id="1", card="C1", name="Ada"),
    )
    assert counts_of(run) == {"created": 1, "unchanged": 1, "rejected": 2}
    assert [(line, field, reason[:6]) for line, field, reason, _ in reasons(run)] == [
        (3, "ils_id", "Line 2"),
        (4, "card", "Line 2"),
    ]
    assert list(Card.objects.values_list("number", flat=True)) == ["C1"]


def test_two_rows_that_are_one_reader_here_are_one() -> None:
    patron = make_patron()
    for number in ("C1", "C2"):
        Card.objects.create(patron=patron, number=number)
    run = bring_in(row(2, card="C1", name="Ada"), row(3, card="C2", name="Bo"))
    assert counts_of(run) == {"updated": 1, "rejected": 1}
    assert reasons(run) == [(3, "", "Line 2 is the same reader here and was taken.", True)]


def test_a_card_that_is_with_another_record_moves_and_the_pair_is_proposed() -> None:
    by_id, by_card = make_patron(ils_id="1"), make_patron()
    Card.objects.create(patron=by_card, number="C1")
    run = bring_in(row(2, ils_id="1", card="C1"))
    assert counts_of(run) == {"updated": 1}
    assert (cards_of(by_id), cards_of(by_card)) == (["C1"], [])
    pair = Duplicate.objects.get()
    assert (pair.first, pair.second, pair.reason, pair.found_at) == (by_id, by_card, "changed card", NOON)
    assert [(line, field, rejected) for line, field, _reason, rejected in reasons(run)] == [(2, "card", False)]


def test_a_card_given_to_somebody_new_does_not_make_them_the_one_who_had_it() -> None:
    before = make_patron(ils_id="1", name="Ada")
    Card.objects.create(patron=before, number="C1")
    run = bring_in(row(2, ils_id="2", card="C1", name="Bo"))
    assert counts_of(run) == {"created": 1}
    before.refresh_from_db()
    assert (before.name, cards_of(before)) == ("Ada", [])
    assert cards_of(Patron.objects.get(ils_id="2")) == ["C1"]
    assert "moved" in reasons(run)[0][2]


def test_the_erased_do_not_come_back() -> None:
    for what, value in (("address", "ada@example.org"), ("card", "C2"), ("ils_id", "3")):
        Tombstone.objects.create(digest=digests(what, value)[0], what=what, made_at=NOON)
    run = bring_in(
        row(2, ils_id="1", email="Ada@example.org"),
        row(3, ils_id="2", card="C1", other_cards="C0 C2"),
        row(4, ils_id="3"),
        row(5, ils_id="4"),
    )
    assert counts_of(run) == {"created": 1, "rejected": 3}
    told = list(run.issues.values_list("line", "field", "value", "reason"))
    reason = "Erased at the reader's own wish; not taken in again."
    assert told == [(line, "", "", reason) for line in (2, 3, 4)]


def test_consents_are_recorded_once_and_never_over_a_withdrawal_or_for_a_child() -> None:
    said_no = make_patron("profile", ils_id="1")
    Consent.objects.update(withdrawn_at=NOON)
    make_patron(ils_id="2", audience="child")
    run = bring_in(
        row(2, ils_id="1"),
        row(3, ils_id="2"),
        row(4, ils_id="3", language="fr"),
        row(5, ils_id="4", audience="child"),
        consents={"profile": "2026-11", "proactive": "paper-7"},
    )
    assert run.counts["consents"] == {"profile": 1, "proactive": 2}
    given = Consent.objects.get(patron__ils_id="3", purpose="profile")
    assert (given.how, given.language, given.wording_version, given.given_at) == ("import", "fr", "2026-11", NOON)
    assert not given.wording.startswith("Remember my taste")
    elsewhere = Consent.objects.get(patron__ils_id="3", purpose="proactive")
    assert elsewhere.wording == "Given on paper or in the library system, wording paper-7."
    assert not Consent.objects.active().filter(patron=said_no, purpose="profile").exists()
    assert not Consent.objects.filter(patron__audience="child").exists()


def test_a_file_without_numbers_comes_in_twice_without_doubling_anybody() -> None:
    file = [
        row(2, name="Ada", email="home@example.org"),
        row(3, name="Bo", email="home@example.org"),
        row(4, name="Cy", email="cy@example.org"),
        row(5, name="Cy", email="CY@example.org", phone="1"),
    ]
    assert counts_of(bring_in(*file)) == {"created": 3, "rejected": 1}
    assert counts_of(bring_in(*file, now=later())) == {"unchanged": 3, "rejected": 1}
