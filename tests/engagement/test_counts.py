"""What a period comes to: right numbers in every slice, hidden ones hidden, stored and on the spot alike."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

import pytest

from engagement.services.promises import make_promise
from engagement.services.reports.counts import Counts, read_counts, read_many
from engagement.services.reports.periods import Period, month_of, months_of, period_between, quarter_of
from engagement.services.reports.shapes import Slice
from library.models import Branch
from patrons.models import Patron
from tests.builders import NOON, make_branch, make_patron
from tests.engagement.events import record

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
QUARTER = quarter_of(NOON.date())
WHOLE = Slice()


def counts(period: Period = QUARTER, by: str = "", key: str = "") -> Counts:
    return read_counts(period=period, slice_=Slice(by, key), now=NOON)


def readers(number: int, *consents: str, branch: Branch | None = None, **over: str) -> list[Patron]:
    return [make_patron(*consents, branch=branch, **over) for _ in range(number)]


def borrow(patrons: Iterable[Patron], days_ago: int = 1, kind: str = "loan") -> None:
    for patron in patrons:
        record(kind, patron, NOON - days_ago * DAY, now=NOON)


def test_a_library_without_any_line_counts_nothing_and_breaks_nothing() -> None:
    for period in (QUARTER, month_of(NOON.date()), period_between(date(1890, 1, 1), date(1890, 1, 1))):
        empty = counts(period)
        assert (empty.shown("lines"), empty.people("lines"), empty.share("a", "b")) == (0, 0, None)
        assert empty.keys("lines") == ()


def test_every_slice_of_a_quarter() -> None:
    one, two = make_branch(), make_branch()
    borrow(readers(9, "profile", branch=one, audience="adult", language="en"))
    borrow(readers(12, "profile", branch=two, audience="teen", language="fr"))
    assert [counts().shown(measure) for measure in ("lines", "lines:loan", "transactional:loan")] == [21, 21, 21]
    assert counts().people("lines:loan") == 20
    assert counts(by="branch", key=str(one.pk)).shown("lines:loan") == 9
    assert counts(by="audience", key="teen").shown("lines") == 12
    assert counts(by="language", key="fr").shown("lines:loan") == 12
    assert counts(by="branch", key="0").shown("lines:loan") == 0
    assert counts(by="branch", key="' OR 1 --").shown("lines:loan") == 0
    assert counts().keys("lines") == ("loan",)


def test_people_who_share_an_address_count_as_one() -> None:
    borrow(readers(6, "profile") + readers(6, "profile", email="Both@example.org"))
    borrow(readers(6, "profile", email="both@Example.org"))
    assert counts().shown("lines:loan") == "*"
    borrow(readers(1, "profile"))
    assert counts().shown("lines:loan") == 19


def test_points_rest_only_on_the_readers_who_brought_them() -> None:
    borrow(readers(30, "profile"))
    borrow(readers(2, "profile"), kind="referral")
    shown = counts()
    assert [shown.shown(name) for name in ("lines:loan", "lines:referral", "relational", "transactional")] == [
        30, "*", "*", 30
    ]  # fmt: skip


def test_a_total_over_kinds_leaves_out_what_is_hidden() -> None:
    borrow(readers(30, "profile"))
    borrow(readers(3, "profile"), kind="visit")
    assert (counts().shown("lines"), counts().shown("lines:visit")) == (30, "*")


def test_lines_without_a_patron_rest_on_the_fewest_addresses_that_can_have_caused_them() -> None:
    for patron in readers(10):
        make_promise(kind="letter", patron=patron, branch=None, due_at=NOON, now=NOON - 9 * DAY)
        record("letter", patron, started_by="library", now=NOON)
    assert counts().shown("lines:letter") == 10
    busy = make_patron()
    for _ in range(20):
        make_promise(kind="letter", patron=busy, branch=None, due_at=NOON, now=NOON - 9 * DAY)
    assert counts().shown("lines:letter") == "*"
    borrow(readers(40))
    assert counts().shown("lines:loan") == "*"


def test_a_branch_with_three_patrons_takes_another_one_with_it() -> None:
    small, middle, large = (make_branch() for _ in range(3))
    for branch, number in ((small, 3), (middle, 9), (large, 20)):
        borrow(readers(number, "profile", branch=branch))
    shown = {branch.pk: counts(by="branch", key=str(branch.pk)).shown("lines:loan") for branch in Branch.objects.all()}
    assert shown == {small.pk: "*", middle.pk: "*", large.pk: 20}
    assert counts().shown("lines:loan") == 32


def test_months_stand_beside_their_quarter_and_never_in_a_slice() -> None:
    branch = make_branch()
    people = readers(9, "profile", branch=branch)
    borrow(people, 1)
    borrow(people, 30)
    october, november, december = months_of(QUARTER)
    assert [one.shown("lines:loan") for one in read_many(periods=[october, november], slice_=WHOLE, now=NOON)] == [9, 9]
    assert counts(december).shown("lines:loan") == 0
    assert counts(november, "branch", str(branch.pk)).shown("lines:loan") == "*"


def test_a_month_that_would_be_found_by_difference_is_hidden_too() -> None:
    people = readers(20, "profile")
    borrow(people[:4], 1)
    borrow(people, 30)
    october, november, _ = months_of(QUARTER)
    assert [one.shown("lines:loan") for one in read_many(periods=[october, november], slice_=WHOLE, now=NOON)] == [
        "*", "*"
    ]  # fmt: skip
    assert counts().shown("lines:loan") == 24


def test_any_days_are_counted_on_the_spot_and_hidden_alike() -> None:
    small, large = make_branch(), make_branch()
    borrow(readers(3, "profile", branch=small))
    borrow(readers(9, "profile", branch=large))
    days = period_between(date(2026, 11, 20), date(2026, 11, 24))
    assert counts(days).shown("lines:loan") == 12
    assert counts(days).counted == "counted just now"
    assert {counts(days, "branch", str(branch.pk)).shown("lines:loan") for branch in (small, large)} == {"*"}


def test_what_is_hidden_does_not_lie_in_what_is_handed_out() -> None:
    borrow(readers(3, "profile"))
    assert {(cell.value, cell.people) for cell in counts().cells.values() if cell.hidden} == {(0, 0)}


def test_shares_need_eight_people_on_both_sides() -> None:
    borrow(readers(20, "profile"))
    borrow(readers(10, "profile"), kind="visit")
    borrow(readers(4, "profile"), kind="programme")
    assert counts().share("lines:loan", "lines:visit") == 67
    assert counts().share("lines:loan", "lines:programme") == "*"
    assert counts().share("lines:nothing", "lines:neither") is None


def test_reading_costs_few_queries_however_many_periods(django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    borrow(readers(9, "profile"))
    assert QUARTER.before is not None
    with django_assert_max_num_queries(3):
        read_many(periods=[QUARTER, QUARTER.before, *months_of(QUARTER)], slice_=WHOLE, now=NOON)
