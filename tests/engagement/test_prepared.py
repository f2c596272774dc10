"""Statements a connection learns once."""

from __future__ import annotations

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from relcrm.kit.prepared import Prepared

ASK = Prepared(
    "test_prepared",
    "SELECT %(number)s + %(number)s, %(word)s LIKE 'a%%', %(word)s = ANY(%(known)s)",
    {"number": "integer", "word": "varchar"},
    fixed={"known": ["apple", "it's"]},
)


@pytest.mark.django_db
def test_facts_reach_their_places_and_learning_is_no_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for number, word, said in ((2, "apple", (4, True, True)), (5, "it's", (10, False, True))):
        with django_assert_num_queries(1), connection.cursor() as cursor:
            ASK.execute(cursor, {"number": number, "word": word, "unused": None})
            assert cursor.fetchone() == said
