"""Taking a whole import back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engagement.models import Loan
from library.models import AuditLine, ImportRun
from library.services.importing import UndoTooLate
from patrons.models import Card, Consent, Household, Patron, PatronChange
from patrons.services.imports.undoing import undo_run
from tests.builders import make_patron
from tests.patrons.imports.people import NOON, bring_in, cards_of, later, row

pytestmark = pytest.mark.django_db
FIELDS = [field.attname for field in Patron._meta.concrete_fields if field.attname != "link_generation"]


def everything() -> list[tuple[object, ...]]:
    return list(Patron.objects.order_by("pk").values_list(*FIELDS))


def test_all_is_as_it_was_before() -> None:
    known = make_patron("profile", ils_id="1", name="Ada", email="ada@example.org", phone="1", by_hand=["phone"])
    other, gone = make_patron(ils_id="2"), make_patron(ils_id="3")
    Card.objects.create(patron=other, number="C2")
    before = everything()
    run = bring_in(
        row(2, ils_id="1", name="Eda", email="eda@example.org", phone="2", card="C1", household="H", audience="child"),
        row(3, ils_id="9", name="New", card="C2", other_cards="C9"),
        row(4, ils_id="2", name="Other", birth_year=1970),
        full=True,
        rules={"phone": "ils"},
        consents={"check_in": "paper-1"},
    )
    gone.refresh_from_db()
    assert (gone.gone_at, Consent.objects.active().filter(purpose="profile").count()) == (NOON, 0)
    counts = undo_run(run=run, now=later())
    assert counts == {"reversed": 4, "kept": 0, "gone": 0}
    assert everything() == before
    assert (cards_of(known), cards_of(other), Card.objects.count()) == ([], ["C2"], 1)
    assert not Household.objects.exists()
    assert not PatronChange.objects.exists()
    assert list(Consent.objects.values_list("patron", "purpose", "withdrawn_at")) == [(known.pk, "profile", None)]
    known.refresh_from_db()
    assert known.link_generation == 3
    run.refresh_from_db()
    assert (run.state, run.undone_at, run.undone_counts) == ("undone", later(), counts)
    assert AuditLine.objects.filter(what="import.undone", reference=str(run.pk)).exists()


def test_what_changed_since_stays_and_is_told() -> None:
    make_patron(ils_id="1", name="Ada")
    run = bring_in(*(row(n, ils_id=str(n - 1), name=f"Name {n}") for n in range(2, 7)))
    Patron.objects.filter(ils_id="1").update(name="By hand", by_hand=["name"])
    Patron.objects.filter(ils_id="2").update(by_hand=["email"], email="x@example.org")
    Loan.objects.create(source_key="L", patron=Patron.objects.get(ils_id="3"))
    bring_in(row(2, ils_id="4", name="Once more"), now=later())
    assert undo_run(run=run, now=later(2)) == {"reversed": 1, "kept": 4, "gone": 0}
    assert list(Patron.objects.order_by("ils_id").values_list("ils_id", "name")) == [
        ("1", "By hand"),
        ("2", "Name 3"),
        ("3", "Name 4"),
        ("4", "Once more"),
    ]
    told = dict(run.issues.values_list("line", "reason"))
    assert told[2] == "Changed since the import, so it stays: name."
    assert "changed since" in told[3]
    assert "belongs to" in told[4]
    assert "changed since" in told[5]
    assert not run.issues.filter(rejected=True).exists()


def test_those_erased_since_are_counted_as_gone() -> None:
    run = bring_in(row(2, ils_id="1"), row(3, ils_id="2"))
    erased = Patron.objects.get(ils_id="1")
    erased.delete()
    assert undo_run(run=run, now=later()) == {"reversed": 1, "kept": 0, "gone": 1}


def test_undoing_twice_or_too_late_is_refused() -> None:
    run = bring_in(row(2, ils_id="1"))
    with pytest.raises(UndoTooLate):
        undo_run(run=run, now=NOON + timedelta(days=31))
    undo_run(run=run, now=later())
    with pytest.raises(UndoTooLate):
        undo_run(run=run, now=later())
    with pytest.raises(UndoTooLate):
        undo_run(run=bring_in(row(2, ils_id="1"), dry_run=True), now=later())
    assert ImportRun.objects.filter(state="undone").count() == 1


def test_a_consent_the_reader_withdrew_or_gave_keeps_the_record() -> None:
    run = bring_in(row(2, ils_id="1"), row(3, ils_id="2"), consents={"profile": "paper-1"})
    Consent.objects.filter(patron__ils_id="1").update(withdrawn_at=later())
    assert undo_run(run=run, now=later(2)) == {"reversed": 1, "kept": 1, "gone": 0}
    assert Consent.objects.get().patron.ils_id == "1"
