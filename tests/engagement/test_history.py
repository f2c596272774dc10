"""Reading history: the reader's word first, then the library's; what is let go stays let go."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from engagement.models import Interaction, Loan, Score
from engagement.services.history import forget_history, keeps_history, let_go_of_history, set_reading_history
from engagement.services.merging import merge_records
from engagement.services.privacy import erase_for, export_for
from library.models import LibrarySettings
from patrons.models import Patron
from relcrm.desk.services.privacy import withdraw_profile
from tests.builders import NOON, make_patron, make_title
from tests.engagement.events import record

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def library_says(default: str) -> None:
    LibrarySettings.objects.update_or_create(pk=1, defaults={"reading_history": default})


def lend(patron: Patron, number: int, *, returned: bool = True, **over: Any) -> Loan:
    values = {"borrowed_at": NOON - 30 * DAY, "returned_at": NOON - DAY if returned else None}
    return Loan.objects.create(source_key=f"k{number}", patron=patron, title=make_title(), **(values | over))


def test_every_choice_and_every_default() -> None:
    told = []
    for default in ("consent", "kept", "never"):
        library_says(default)
        for choice in ("forever", "default", "never"):
            with_word, without = (make_patron(*given, reading_history=choice) for given in (["profile"], []))
            told.append((default, choice, keeps_history(with_word), keeps_history(without)))
    assert told == [
        ("consent", "forever", True, True),
        ("consent", "default", True, False),
        ("consent", "never", False, False),
        ("kept", "forever", True, True),
        ("kept", "default", True, True),
        ("kept", "never", False, False),
        ("never", "forever", True, True),
        ("never", "default", False, False),
        ("never", "never", False, False),
    ]


def test_the_strict_default_holds_before_anybody_saved_settings() -> None:
    assert not LibrarySettings.objects.exists()
    assert not keeps_history(make_patron())
    assert keeps_history(make_patron("profile"))


def test_never_lets_go_at_once_of_what_is_back_and_of_the_titles_on_the_lines() -> None:
    patron = make_patron("profile")
    back, out = lend(patron, 1), lend(patron, 2, returned=False)
    partly = lend(patron, 3, returned=False, returned_as="1939")
    line = record("loan", patron, NOON - 30 * DAY, title=back.title)
    letter = record("letter", patron, NOON - DAY, title=back.title)
    points = Score.objects.get().transactional
    assert set_reading_history(patron=patron, choice="never", now=NOON) == 2
    for loan in (back, out, partly):
        loan.refresh_from_db()
    assert (back.patron, back.let_go, partly.patron, out.patron, out.let_go) == (None, True, None, patron, False)
    line.refresh_from_db()
    letter.refresh_from_db()
    assert (line.patron, line.title, letter.title) == (patron, None, back.title)
    assert Score.objects.get().transactional == points
    patron.refresh_from_db()
    assert (patron.reading_history, patron.by_hand) == ("never", ["reading_history"])
    assert set_reading_history(patron=patron, choice="forever", now=NOON) == 0
    assert not Loan.objects.filter(patron=patron).exclude(pk=out.pk).exists()


def test_another_word_is_no_choice() -> None:
    with pytest.raises(ValueError, match="sometimes"):
        set_reading_history(patron=make_patron(), choice="sometimes", now=NOON)


def test_withdrawing_the_profile_lets_go_unless_the_reader_said_forever() -> None:
    default, forever = make_patron("profile"), make_patron("profile", reading_history="forever")
    lend(default, 1)
    lend(default, 2, returned=False)
    lend(forever, 3)
    withdraw_profile(patron=default, now=NOON)
    withdraw_profile(patron=forever, now=NOON)
    assert list(Loan.objects.order_by("source_key").values_list("patron", flat=True)) == [None, default.pk, forever.pk]


def test_the_nightly_job_follows_the_library_in_two_statements(django_assert_max_num_queries: Any) -> None:
    library_says("kept")
    for number in range(5):
        lend(make_patron(), number)
    assert let_go_of_history(now=NOON) == 0
    library_says("never")
    with django_assert_max_num_queries(5):
        assert let_go_of_history(now=NOON) == 5
    assert let_go_of_history(now=NOON) == 0
    assert Loan.objects.filter(patron=None, let_go=True, title__isnull=False).count() == 5


def test_forget_what_i_borrowed_all_of_it_or_since_a_day() -> None:
    patron, other = make_patron("profile"), make_patron("profile")
    old, new = lend(patron, 1, borrowed_at=NOON - 400 * DAY), lend(patron, 2)
    undated, theirs, out = lend(patron, 3, borrowed_at=None), lend(other, 4), lend(patron, 5, returned=False)
    record("loan", patron, NOON - 400 * DAY, title=old.title)
    record("loan", patron, NOON - 30 * DAY, title=new.title)
    assert forget_history(patron=patron, since=NOON - 60 * DAY) == 2
    assert set(Loan.objects.exclude(patron=None)) == {old, theirs, out}
    assert Interaction.objects.exclude(title=None).get().title == old.title
    assert forget_history(patron=patron) == 1
    assert set(Loan.objects.exclude(patron=None)) == {theirs, out}
    assert not Interaction.objects.exclude(title=None).exists()
    assert undated.title


def test_loans_are_handed_out_and_erased() -> None:
    patron = make_patron("profile")
    lend(patron, 1, returned_as="", renewals=2)
    lend(patron, 2, returned=False, title_words="A canary")
    told = export_for(patron=patron, now=NOON)["loans"]
    assert [loan["renewals"] for loan in told] == [0, 2]
    assert told[0]["title_words"] == "A canary"
    erase_for(patron=patron, now=NOON)
    assert Loan.objects.filter(patron=None, let_go=True).count() == 2


@pytest.mark.parametrize(("consents", "kept"), [(["profile"], 2), ([], 1)])
def test_loans_follow_a_record_that_is_joined_as_far_as_the_other_keeps_them(consents: list[str], kept: int) -> None:
    provisional, into = make_patron("profile", standing="provisional"), make_patron(*consents)
    lend(provisional, 1)
    lend(provisional, 2, returned=False)
    merge_records(gone=provisional, kept=into, now=NOON)
    assert Loan.objects.filter(patron=into).count() == kept
    assert not Loan.objects.filter(patron=provisional).exists()
