"""The small-number rule, and that hidden cells stay hidden when tables are subtracted from each other."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagement.services.reports.periods import period_between, quarter_of, quarters_until
from engagement.services.reports.small_numbers import (
    HIDDEN,
    Crowd,
    hidden_groups,
    show_count,
    show_people,
    show_share,
)

people = st.integers(0, 60)
crowds = st.lists(st.integers(1, 12), max_size=20)


@given(st.integers(1, 500), people)
def test_a_count_is_shown_only_when_it_rests_on_nobody_or_on_eight(count: int, behind: int) -> None:
    assert show_count(count, behind) == (count if behind >= 8 else HIDDEN)
    assert show_count(0, 0) == 0


@given(people)
def test_people_are_rounded_to_five(count: int) -> None:
    shown = show_people(count)
    if 0 < count < 8:
        assert shown == HIDDEN
    else:
        assert isinstance(shown, int)
        assert shown % 5 == 0
        assert abs(shown - count) <= 2


@given(people, people)
def test_a_share_needs_eight_people_on_both_sides(part: int, rest: int) -> None:
    shown = show_share(part, rest, part_people=part, rest_people=rest)
    if part + rest == 0:
        assert shown is None
    elif min(part, rest) < 8:
        assert shown == HIDDEN
    else:
        assert shown == round(100 * part / (part + rest))


@given(crowds, st.integers(0, 200), st.integers(1, 8))
def test_a_crowd_never_claims_more_people_than_there_can_be(letters: list[int], lines: int, each: int) -> None:
    crowd = Crowd.of((count, 1) for count in letters)
    claimed = crowd.at_least(lines, lines_per_letter=each)
    assert claimed <= max(len(letters), 1)
    assert (claimed == 0) == (lines == 0)
    assert sum(sorted(letters, reverse=True)[: max(claimed - 1, 0)]) * each < max(lines, 1)


def test_eight_forms_of_one_address_are_one_person_and_of_eight_are_eight() -> None:
    assert Crowd.of([(8, 1)]).at_least(8) == 1
    assert Crowd.of([(1, 8)]).at_least(8) == 8
    assert Crowd.of([(3, 2), (1, 10)]).at_least(8) == 4
    assert Crowd().at_least(100) == 1


@given(st.dictionaries(st.integers(0, 9), people, max_size=10))
def test_what_is_hidden_cannot_be_had_by_subtracting_what_is_shown(groups: dict[int, int]) -> None:
    hidden = hidden_groups(groups)
    assert all(group in hidden for group, count in groups.items() if 0 < count < 8)
    if hidden and hidden != frozenset(group for group, count in groups.items() if count):
        assert sum(groups[group] for group in hidden) >= 8


def test_quarters_and_spans_lie_beside_the_time_before() -> None:
    quarter = quarter_of(date(2026, 2, 28))
    assert (quarter.key, quarter.label, quarter.last) == ("2026-Q1", "January to March 2026", date(2026, 3, 31))
    assert quarter.before is not None
    assert (quarter.before.key, quarter.before.first) == ("2025-Q4", date(2025, 10, 1))
    assert [each.key for each in quarters_until(date(2026, 11, 24))][:3] == ["2026-Q4", "2026-Q3", "2026-Q2"]
    span = period_between(date(2026, 3, 1), date(2026, 3, 10))
    assert span.before is not None
    assert (span.before.first, span.before.last) == (date(2026, 2, 19), date(2026, 2, 28))
    assert span.label == "1 March 2026 to 10 March 2026"


@pytest.mark.parametrize(("first", "last"), [("2026-01-02", "2026-01-01"), ("0001-01-01", "9999-12-30")])
def test_a_span_that_cannot_be_is_refused(first: str, last: str) -> None:
    with pytest.raises(ValueError, match=r"before"):
        period_between(date.fromisoformat(first), date.fromisoformat(last))
