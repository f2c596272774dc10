"""ISBNs come back whole or not at all."""

from __future__ import annotations

import csv
from collections import Counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from stdnum import isbn as rules

from catalog.services.isbn import IsbnCase, interval_of, isbn13_of, isbns_between, read_isbn, settle
from tests.catalog.material import material

PRINTED = st.one_of(
    st.text(max_size=20),
    st.from_regex(r"[0-9]{1,13}[Xx]?", fullmatch=True),
    st.from_regex(r"9[.,]7[89][0-9]{0,12}[eE]\+?1[0-3]", fullmatch=True),
    st.integers(9_780_000_000_000, 9_799_999_999_999).map(lambda number: f"{number:.12g}"),
    st.integers(0, 999_999_999).map(str),
)


@pytest.mark.parametrize(
    ("printed", "isbn", "case"),
    [
        ("9780439023481", "9780439023481", IsbnCase.GOOD),
        ("978-0-439-02348-1", "9780439023481", IsbnCase.GOOD),
        ("0439023483", "9780439023481", IsbnCase.GOOD),
        ("0-8044-2957-x", "9780804429573", IsbnCase.GOOD),
        ('="0439023483"', "9780439023481", IsbnCase.GOOD),
        ("ISBN 0-439-02348-3 (pbk.)", "9780439023481", IsbnCase.GOOD),
        ("439023483", "9780439023481", IsbnCase.REPAIRED),
        ("439023483.0", "9780439023481", IsbnCase.REPAIRED),
        ("9.78043902348e+12", "9780439023481", IsbnCase.REPAIRED),
        ("9,78043902348E+12", "9780439023481", IsbnCase.REPAIRED),
        ("9.780439023481e+12", "9780439023481", IsbnCase.REPAIRED),
        ("9.78031601584e+12", "", IsbnCase.AMBIGUOUS),
        ("9.7806182603e+12", "", IsbnCase.AMBIGUOUS),
        ("9.78E+12", "", IsbnCase.AMBIGUOUS),
        ("2.94001623192e+12", "", IsbnCase.NOT_REPAIRABLE),
        ("439023484", "", IsbnCase.NOT_REPAIRABLE),
        ("9780439023482", "", IsbnCase.NOT_REPAIRABLE),
        ("978043902348", "", IsbnCase.NOT_REPAIRABLE),
        ("0000000000", "", IsbnCase.NOT_REPAIRABLE),
        ("0", "", IsbnCase.NOT_REPAIRABLE),
        ("12", "", IsbnCase.NOT_REPAIRABLE),
        ("", "", IsbnCase.BLANK),
        ("nan", "", IsbnCase.BLANK),
    ],
)
def test_one_printed_value_is_read_by_the_published_rules(printed: str, isbn: str, case: IsbnCase) -> None:
    reading = read_isbn(printed)
    assert (reading.isbn, reading.case) == (isbn, case)


def test_a_rounded_number_stands_for_both_ends_of_its_interval() -> None:
    assert interval_of("9.78043902348e+12") == (9780439023475, 9780439023485)
    assert isbns_between(9780439023475, 9780439023485) == ["9780439023481"]


def test_a_whole_isbn_10_goes_before_a_rounded_isbn_13_that_fits_two() -> None:
    settled = settle(["316015849", "9.78031601584e+12"])
    assert settled.isbns == ("9780316015844",)
    assert (settled.case, settled.notes) == (IsbnCase.REPAIRED, ())


def test_a_failing_isbn_10_is_not_helped_by_an_ambiguous_number() -> None:
    settled = settle(["812971060", "9.78081297106e+12"])
    assert (settled.isbns, settled.case) == ((), IsbnCase.AMBIGUOUS)
    assert len(settled.notes) == 2


def test_a_rounded_number_of_another_book_is_reported_and_the_whole_isbn_kept() -> None:
    settled = settle(["1484724917", "9.78142314674e+12"])
    assert (settled.isbns, settled.case) == (("9781484724910",), IsbnCase.GOOD)
    assert [value for value, _reason in settled.notes] == ["9.78142314674e+12"]


@given(PRINTED)
@example("٩٧٨٠٤٣٩٠٢٣٤٨١")
@example("9.78043902348e+99")
def test_no_isbn_is_ever_invented(printed: str) -> None:
    reading = read_isbn(printed)
    if reading.isbn:
        assert rules.is_valid(reading.isbn)
        assert len(reading.isbn) == 13
        digits = "".join(c for c in printed.upper() if c in "0123456789X")
        if reading.rounded:
            others = [n for n in range(reading.low, reading.high + 1) if rules.is_valid(str(n)) and n >= 978 * 10**10]
            assert [int(reading.isbn)] == others
        else:
            assert reading.isbn[3:12] in digits.zfill(10)


@given(st.integers(9_780_000_000_000, 9_799_999_999_999), st.integers(1, 13))
def test_the_true_isbn_lies_in_the_interval_of_its_rounded_print(number: int, digits: int) -> None:
    interval = interval_of(f"{number:.{digits - 1}e}")
    assert interval is not None
    assert interval[0] <= number <= interval[1]


@given(st.text(max_size=30))
def test_only_a_checksum_that_holds_makes_an_isbn(text: str) -> None:
    assert isbn13_of(text) == "" or rules.is_valid(isbn13_of(text))


def test_goodbooks_gives_1930_isbns_and_never_one_from_an_ambiguous_number() -> None:
    with material("goodbooks", "books_2000.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    cases = Counter(settle([row["isbn"], row["isbn13"]]).case for row in rows)
    assert cases == {"repaired": 1928, "good": 2, "ambiguous": 11, "not_repairable": 3, "blank": 56}
    intervals = [interval for row in rows if (interval := interval_of(row["isbn13"]))]
    assert sum(len(isbns_between(*interval, most=3)) == 2 for interval in intervals) == 1200
