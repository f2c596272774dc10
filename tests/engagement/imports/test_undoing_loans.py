"""Taking loans back: what an import made goes, what it changed is as before, what a later one changed stays."""

from __future__ import annotations

import pytest

from engagement.models import Interaction, Loan, LoanChange, Score
from engagement.services.imports.loans import undo_import
from engagement.services.lines import source_keys
from library.services.importing import UndoTooLate
from tests.builders import NOON
from tests.engagement.imports.test_loans import DAY, MAY, bring, issues, loan, reader, tables

pytestmark = pytest.mark.django_db


def test_undoing_takes_back_loans_lines_and_scores() -> None:
    reader("profile")
    first = bring(loan(1))
    before = tables()
    second = bring(loan(1, renewals=1, returned_at=NOON, borrowed_at=MAY - DAY), loan(2), loan(3, patron=""))
    assert undo_import(run=second, now=NOON) == {"reversed": 3, "kept": 0, "gone": 0}
    assert tables() == before
    second.refresh_from_db()
    assert (second.state, second.undone_at, second.undone_counts["reversed"]) == ("undone", NOON, 3)
    with pytest.raises(UndoTooLate):
        undo_import(run=second, now=NOON)
    assert undo_import(run=first, now=NOON) == {"reversed": 1, "kept": 0, "gone": 0}
    assert not Loan.objects.exists()
    assert not Interaction.objects.exists()
    assert Score.objects.get().transactional == 0


def test_what_a_later_import_changed_is_kept_and_listed() -> None:
    reader("profile")
    first = bring(loan(1), loan(2), loan(3))
    bring(loan(2, renewals=1))
    Loan.objects.filter(source_key=source_keys("loan:3")[0]).delete()
    assert undo_import(run=first, now=NOON) == {"reversed": 1, "kept": 1, "gone": 0}
    assert Loan.objects.get().renewals == 1
    assert issues(first) == [(3, "", False)]


def test_the_journal_never_says_who_had_a_loan() -> None:
    patron = reader("profile")
    bring(loan())
    bring(loan(renewals=2, returned_at=NOON))
    for change in LoanChange.objects.all():
        assert not {"patron", "patron_id"} & set(change.before or {})
        assert str(patron.pk) not in [str(value) for value in (change.before or {}).values()]
