"""What most counters read, put down once in temporary tables: a quarter and its months are counted from these.

A counter stays one SELECT that stands alone. What it shares with others word for word is here taken from its table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection

from engagement.services.counting.activity import USED, USED_DAYS
from engagement.services.counting.persons import AGAIN
from engagement.services.counting.reciprocity import OURS, OURS_DAYS
from engagement.services.counting.slicing import DAYS, LINE

COLUMNS = (
    "day, at, kind, started_by, patron_id, person, branch, audience, language, tests, value, transactional, relational,"
    " minutes, wait_minutes, thread"
)


# Turns the SELECT of a counter into one that reads the tables.
Read = Callable[[str], str]


@dataclass(frozen=True)
class Gathered:
    """`rows`: a SELECT as counters have it. `kept`: as what it is put down. `days`: its condition on the days of a
    period, by which a month takes its own from what was put down for the quarter.
    """

    table: str
    rows: str
    kept: str
    days: str = "true"

    @property
    def made(self) -> str:
        return f"CREATE TEMPORARY TABLE {self.table} AS {self.kept} FROM ({self.rows}) AS line"

    @property
    def instead(self) -> str:
        return f"SELECT * FROM {self.table} AS line WHERE {self.days}"  # noqa: S608  (fixed words)


GATHERED = (
    Gathered("counted_line", LINE, f"SELECT {COLUMNS}", DAYS),
    Gathered("counted_ours", OURS, f"SELECT {COLUMNS}", OURS_DAYS),
    Gathered("counted_use", USED, "SELECT patron_id, day, signed", USED_DAYS),
    Gathered("counted_again", AGAIN, "SELECT id"),
)


@contextmanager
def gathered(facts: Mapping[str, Any]) -> Iterator[Read]:
    """Put it all down for the days of these facts; counters may ask for these days or for some of them."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL default_statistics_target = 10")  # enough to know how many there are of each
        for one in GATHERED:
            cursor.execute(one.made, facts)
            cursor.execute(f"ANALYZE {one.table}")
        yield _read_from_tables
        cursor.execute(f"DROP TABLE {', '.join(one.table for one in GATHERED)}")


def _read_from_tables(sql: str) -> str:
    for one in GATHERED:
        sql = sql.replace(one.rows, one.instead)
    return sql
