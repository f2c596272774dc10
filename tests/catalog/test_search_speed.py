"""Search stays quick in a large catalogue."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from catalog.services.search import ALIKE, Statement, find_titles, likeness_statement, words_statement
from tests.bench.bench_search import make_titles

WORDS = ["derilmo", "sanberu"]


def plan_of(statement: Statement) -> str:
    """The plan PostgreSQL chooses by itself for the last of its commands."""
    sql, parameters = statement
    first, semicolon, last = sql.rpartition(";")
    with connection.cursor() as cursor:
        cursor.execute(f"{first}{semicolon} EXPLAIN {last}", parameters)
        return "\n".join(line for (line,) in cursor.fetchall())


@pytest.mark.django_db
def test_words_likeness_and_isbns_are_looked_up_in_an_index() -> None:
    make_titles(20_000)
    by_words = words_statement(WORDS, audience="", limit=20)
    by_likeness = likeness_statement(WORDS, audience="", threshold=ALIKE)
    by_isbn: Statement = (
        "SELECT id FROM catalog_title WHERE isbns @> ARRAY[%(isbn)s]::varchar[]",
        {"isbn": "9780000000002"},
    )
    assert "Bitmap Index Scan on title_search" in plan_of(by_words)
    assert "Bitmap Index Scan on title_search" in plan_of(by_likeness)
    assert "Bitmap Index Scan on title_isbns" in plan_of(by_isbn)


@pytest.mark.django_db
def test_a_search_takes_three_queries_and_at_most_five_however_many_titles_it_finds(
    django_assert_max_num_queries: Any,
) -> None:
    make_titles(2_000)
    with django_assert_max_num_queries(5):
        find_titles("zzyzx the")
    with django_assert_max_num_queries(3):
        assert len(find_titles("the", limit=50)) == 50
