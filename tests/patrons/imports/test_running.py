"""What a run makes of the rows of a file."""

from __future__ import annotations

from datetime import date

import pytest

from library.models import AuditLine, ImportRun
from library.services.imports import Issue
from patrons.models import Card, Patron, PatronChange
from patrons.services.imports.staging import read_sql
from tests.builders import make_branch, make_patron
from tests.patrons.imports.people import NOON, bring_in, cards_of, counts_of, later, reasons, row

pytestmark = pytest.mark.django_db


def test_new_readers_come_in_with_all_that_the_file_says() -> None:
    branch = make_branch(name="Harbour", ils_codes=["HRB"])
    run = bring_in(
        row(
            2,
            ils_id="17",
            card="C1",
            other_cards="C2 C3",
            name="Zoë O'Brien",
            email="zoe@example.org",
            phone="0123",
            postal_address="1 Quay",
            birth_year=1990,
            branch="hrb",
            category="Adult",
            language="fr",
            audience="teen",
            joined_on=date(2020, 1, 2),
            card_expires_on=date(2027, 1, 2),
            household="H1",
            reading_history="never",
        ),
        row(3, card="C9"),
    )
    assert counts_of(run) == {"created": 2}
    assert (run.state, run.finished_at) == ("done", NOON)
    zoe = Patron.objects.get(ils_id="17")
    assert (zoe.name, zoe.search_text.split()[:2], zoe.email) == ("Zoë O'Brien", ["zoe", "obrien"], "zoe@example.org")
    assert (zoe.phone, zoe.postal_address, zoe.birth_year, zoe.branch) == ("0123", "1 Quay", 1990, branch)
    assert (zoe.category, zoe.language, zoe.audience, zoe.reading_history) == ("Adult", "fr", "teen", "never")
    assert (zoe.joined_on, zoe.card_expires_on) == (date(2020, 1, 2), date(2027, 1, 2))
    assert (zoe.standing, zoe.created_at, zoe.proved_at, zoe.link_generation) == ("own", NOON, None, 1)
    assert zoe.household is not None
    assert zoe.household.source_key == "H1"
    assert cards_of(zoe) == ["C1", "C2", "C3"]
    bare = Patron.objects.get(cards__number="C9")
    assert (bare.name, bare.language, bare.audience, bare.branch, bare.household) == ("", "en", "adult", None, None)
    assert len({zoe.public_id, bare.public_id}) == 2
    assert all(len(one.public_id) == 10 and one.public_id.startswith("P-") for one in (zoe, bare))
    assert AuditLine.objects.filter(what="import.run", thing="import", reference=str(run.pk)).count() == 1


def test_the_same_file_again_changes_nothing_and_writes_no_row() -> None:
    file = [
        row(2, ils_id="1", card="C1", other_cards="C2", name="Ada", email="ada@example.org", household="H"),
        row(3, card="C3", name="Bo", branch="nowhere"),
        row(4, ils_id="2", name="Cy", left=True, deleted=True),
        row(5, ils_id="1", card="C1", other_cards="C2", name="Ada", email="ada@example.org", household="H"),
        row(6, ils_id="1", name="Somebody else"),
    ]
    first = bring_in(*file, consents={"profile": "2026-11"})
    assert counts_of(first) == {"created": 2, "unchanged": 2, "rejected": 1}
    before = snapshot()
    again = bring_in(*file, now=later(), consents={"profile": "2026-11"})
    assert counts_of(again) == {"unchanged": 4, "rejected": 1}
    assert snapshot() == before
    assert not PatronChange.objects.filter(run=again).exists()


def snapshot() -> list[list[tuple[object, ...]]]:
    """Every row version an import could touch: a rewritten row has another xmin."""
    tables = ("patrons_patron", "patrons_card", "patrons_household", "patrons_consent", "patrons_duplicate")
    return [read_sql(f"SELECT xmin::text, ctid::text, id FROM {table} ORDER BY id") for table in tables]  # noqa: S608


def test_the_numbers_of_two_systems_are_two_people_and_a_whole_file_speaks_for_its_own() -> None:
    bring_in(
        row(1, ils_id="koha:1", name="Ada"), row(2, ils_id="evergreen:1", name="Bo"), row(3, ils_id="1", name="Cy")
    )
    assert Patron.objects.count() == 3
    bring_in(row(1, ils_id="koha:2", name="Di"), full=True, preset="koha-rest", now=later())
    gone = Patron.objects.exclude(gone_at=None).values_list("name", flat=True)
    assert list(gone) == ["Ada"]


def test_what_the_file_leaves_empty_stays_and_what_it_says_is_taken() -> None:
    bring_in(row(2, ils_id="1", name="Ada", phone="1", email="ada@example.org", birth_year=1980))
    run = bring_in(row(2, ils_id="1", name="Ada Lovelace", category="Adult"), now=later())
    assert counts_of(run) == {"updated": 1}
    ada = Patron.objects.get()
    assert (ada.name, ada.phone, ada.email, ada.birth_year, ada.category) == (
        "Ada Lovelace",
        "1",
        "ada@example.org",
        1980,
        "Adult",
    )
    assert ada.search_text.split() == ["ada", "lovelace"]
    change = PatronChange.objects.get(run=run)
    assert change.before == {"name": "Ada", "search_text": " ada", "category": ""}
    assert change.after == {"name": "Ada Lovelace", "search_text": " ada lovelace", "category": "Adult"}


def test_a_new_address_ends_old_links_but_another_spelling_of_it_does_not() -> None:
    patron = make_patron(ils_id="1", email="Ada@example.org", proved_at=NOON)
    assert counts_of(bring_in(row(2, ils_id="1", email="ada@Example.org"))) == {"unchanged": 1}
    assert counts_of(bring_in(row(2, ils_id="1", email="new@example.org"))) == {"updated": 1}
    patron.refresh_from_db()
    assert (patron.email, patron.link_generation, patron.proved_at) == ("new@example.org", 2, None)


def test_what_was_changed_by_hand_stays_unless_the_rule_says_otherwise() -> None:
    patron = make_patron(ils_id="1", name="Ours", phone="1", by_hand=["name", "phone"])
    theirs = row(2, ils_id="1", name="Theirs", phone="2")
    run = bring_in(theirs)
    assert (counts_of(run), run.counts["kept_by_hand"]) == ({"unchanged": 1}, {"name": 1, "phone": 1})
    run = bring_in(theirs, rules={"name": "ils", "phone": "ours"})
    assert (counts_of(run), run.counts["kept_by_hand"]) == ({"updated": 1}, {"phone": 1})
    patron.refresh_from_db()
    assert (patron.name, patron.phone, patron.by_hand) == ("Theirs", "1", ["phone"])


def test_a_reading_history_the_reader_chose_is_not_the_library_systems_to_change() -> None:
    patron = make_patron(ils_id="1", reading_history="never", by_hand=["reading_history"])
    bring_in(row(2, ils_id="1", reading_history="forever"), rules={"name": "ils"})
    patron.refresh_from_db()
    assert patron.reading_history == "never"


def test_who_has_left_is_marked_and_comes_back_with_the_next_file() -> None:
    patron = make_patron(ils_id="1")
    rows = row(2, ils_id="1", left=True), row(3, ils_id="2", left=True, deleted=True), row(4, ils_id="4", left=True)
    run = bring_in(*rows)
    assert counts_of(run) == {"created": 1, "updated": 1, "unchanged": 1}
    assert reasons(run) == [(3, "", "Deleted in the library system and never known here; not taken in.", False)]
    assert Patron.objects.get(ils_id="4").gone_at == NOON
    assert counts_of(bring_in(*rows)) == {"unchanged": 3}
    patron.refresh_from_db()
    assert patron.gone_at == NOON
    assert counts_of(bring_in(row(2, ils_id="1"), now=later())) == {"updated": 1}
    patron.refresh_from_db()
    assert patron.gone_at is None


def test_a_full_file_marks_who_is_missing_and_touches_nobody_else() -> None:
    missing, here, own = make_patron(ils_id="1"), make_patron(ils_id="2"), make_patron()
    carded = make_patron()
    Card.objects.create(patron=carded, number="C7")
    rows = [row(2, ils_id="2"), row(3, ils_id="2", name="Again"), row(4, ils_id="3", card="C8")]
    assert counts_of(bring_in(*rows)) == {"created": 1, "unchanged": 1, "rejected": 1}
    run = bring_in(*rows, now=later(), full=True)
    assert counts_of(run) == {"unchanged": 2, "rejected": 1, "gone": 2}
    gone = set(Patron.objects.filter(gone_at=later()).values_list("pk", flat=True))
    assert gone == {missing.pk, carded.pk}
    assert {here.pk, own.pk}.isdisjoint(gone)
    assert counts_of(bring_in(*rows, row(5, ils_id="1"), now=later(2), full=True)) == {
        "updated": 1,
        "unchanged": 2,
        "rejected": 1,
    }


def test_an_unknown_branch_is_told_once_and_leaves_the_branch_as_it_is() -> None:
    branch = make_branch(slug="east")
    patron = make_patron(ils_id="1", branch=branch)
    run = bring_in(row(2, ils_id="1", branch="X9"), row(3, ils_id="2", branch="X9"), row(4, ils_id="3", branch="EAST"))
    assert [(line, field) for line, field, _reason, _rejected in reasons(run)] == [(2, "branch")]
    assert "2 rows" in run.issues.get().reason
    patron.refresh_from_db()
    assert patron.branch == branch
    assert Patron.objects.get(ils_id="3").branch == branch


def test_issues_of_the_reader_are_kept_and_counted_by_line() -> None:
    faults = [
        Issue(3, "email", "a@", "Not an address."),
        Issue(3, "", "", "Nobody."),
        Issue(4, "phone", "x", "No.", False),
    ]
    run = bring_in(row(2, ils_id="1"), *faults, row(4, ils_id="4"))
    assert counts_of(run) == {"created": 2, "rejected": 1}
    assert run.issues.count() == 3


def test_a_dry_run_says_the_same_and_writes_nothing() -> None:
    make_patron(ils_id="1", name="Ada")
    file = [row(2, ils_id="1", name="Eda"), row(3, ils_id="2"), row(4, ils_id="2", name="Other")]
    before = snapshot()
    dry = bring_in(*file, dry_run=True)
    assert counts_of(dry) == {"created": 1, "updated": 1, "rejected": 1}
    assert (dry.state, dry.issues.count(), snapshot()) == ("done", 1, before)
    assert not PatronChange.objects.exists()
    assert counts_of(bring_in(*file)) == counts_of(dry)
    assert ImportRun.objects.count() == 2
