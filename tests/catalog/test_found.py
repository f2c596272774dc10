"""Records put aside between reading and writing come back as they were."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from catalog.services.isbn import IsbnCase
from catalog.services.readers.found import CleanTitle, Found, as_line, from_line
from library.services.imports import Issue

texts = st.text(max_size=8)
several = st.lists(texts, max_size=3).map(tuple)
titles = st.builds(
    CleanTitle,
    source=texts,
    source_key=texts,
    name=texts,
    authors=several,
    year=st.none() | st.integers(-3000, 3000),
    isbns=several,
    fiction=st.none() | st.booleans(),
    terms=st.lists(st.tuples(texts, texts), max_size=3).map(tuple),
    also=texts,
)
issues = st.builds(Issue, st.integers(1), texts, texts, texts, st.booleans())
records = st.builds(
    Found,
    place=st.integers(1),
    title=st.none() | titles,
    isbn=st.sampled_from(IsbnCase),
    issues=st.lists(issues, max_size=3).map(tuple),
    is_book=st.booleans(),
)


@given(records)
def test_a_record_comes_back_as_it_was(found: Found) -> None:
    line = as_line(found)
    assert line.endswith("\n")
    assert "\n" not in line[:-1]
    assert from_line(line) == found
