"""The report of a lending library that was really there, beside numbers counted from its files with nothing of ours.

Shakespeare and Company, Paris: its members and loans come in by the real importers, as if all had agreed to a profile.
Every number of the report is counted a second time, from the files, by the standard library alone.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection

from engagement.services.reports.counts import Counts, read_counts
from engagement.services.reports.periods import Period, period_between, quarter_of
from engagement.services.reports.shapes import Slice
from tests.loop.test_shakespeare import all_of_it, records

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
WHOLE_DAY = "1939-05-25"


def year_of(year: int) -> Period:
    return period_between(date(year, 1, 1), date(year, 12, 31))


# Before it opened, its first years, the quiet twenties, the best years, the war, and long after.
PERIODS = [
    *(year_of(year) for year in (1916, 1920, 1924, 1928, 1934, 1938, 1940, 1943)),
    *(quarter_of(date(1939, month, 1)) for month in (1, 7)),
]


@dataclass(frozen=True)
class Lent:
    """One loan of the file: the day it is counted on (the first day of a year or month known no better), and to whom.

    Who stands in no list of members is somebody, and nobody knows who.
    """

    day: date
    member: str
    is_known: bool


def lent() -> Iterator[Lent]:
    """Every loan with at least a year."""
    members = {row["uri"].rstrip("/").rsplit("/", 1)[-1] for row in records("members.csv")}
    for row in {(row["event"], row["member"]): row for row in records("borrows.csv")}.values():
        said = row["event_start"]
        if re.match(r"\d{4}", said):
            day = date.fromisoformat((said + "-01-01")[: len(WHOLE_DAY)])
            yield Lent(day, row["member"], row["member"] in members)


def rounded(people: int) -> int | str:
    """A count of people as it may be shown."""
    return "*" if 0 < people < 8 else 5 * round(people / 5)


def inside(period: Period, loans: list[Lent]) -> list[Lent]:
    return [loan for loan in loans if period.first <= loan.day <= period.last]


def read(period: Period) -> Counts:
    return read_counts(period=period, slice_=Slice(), now=NOW)


def test_the_report_of_a_library_that_was_really_there() -> None:
    all_of_it()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE engagement_interaction; ANALYZE patrons_patron")
    loans = list(lent())
    assert len(loans) > 9000
    for period in PERIODS:
        counts = read(period)
        it_counts_what_was_lent_and_to_how_many(counts, period, loans)
        it_knows_who_came_back_and_who_did_not(counts, period, loans)
    a_library_that_only_lends_has_no_relationship_to_show()


def it_counts_what_was_lent_and_to_how_many(counts: Counts, period: Period, loans: list[Lent]) -> None:
    found = inside(period, loans)
    people = {loan.member for loan in found if loan.is_known}
    few = len(people) < 8 and len(found) > 0
    assert counts.people("lines:loan") == rounded(len(people)), period.label
    assert counts.shown("lines:loan") == ("*" if few else len(found)), period.label
    assert counts.shown("transactional:loan") == counts.shown("lines:loan"), period.label  # one point each
    assert counts.shown("relational:loan") == 0, period.label
    assert [key for key in counts.keys("lines") if key != "loan"] == [], period.label


def it_knows_who_came_back_and_who_did_not(counts: Counts, period: Period, loans: list[Lent]) -> None:
    """New, active, kept, lapsed and back, by the definitions of docs/engagement.md."""
    year = timedelta(days=365)
    days: dict[str, list[date]] = {}
    for loan in loans:
        if loan.is_known and loan.day <= period.last:
            days.setdefault(loan.member, []).append(loan.day)
    true: Counter[str] = Counter()
    for mine in days.values():
        at_start = any(period.first - year <= day < period.first for day in mine)
        at_end = any(day > period.last - year for day in mine)
        active = any(day >= period.first for day in mine)
        if at_start:
            true["kept" if at_end else "lapsed"] += 1
        elif active:
            true["back" if any(day < period.first - year for day in mine) else "new"] += 1
        true.update({"start": at_start, "active": active, "end": at_end and (at_start or active)})
    for name in ("new", "back", "kept", "lapsed", "start", "active", "end"):
        shown = counts.people(f"active:{name}")
        # What is left of a total once a small number is hidden may be hidden too (decision 7).
        small = any(0 < count < 8 for count in true.values())
        assert shown == rounded(true[name]) or (small and shown == "*"), (period.label, name)


def a_library_that_only_lends_has_no_relationship_to_show() -> None:
    counts = read(quarter_of(NOW.date()))
    assert counts.people("stages:basic") == rounded(len(records("members.csv")))
    assert all(counts.people(f"stages:{stage}") == 0 for stage in ("reactive", "follow_up", "proactive"))
