"""What counters read from temporary tables is what they say standing alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from engagement.services.counting.counters import COUNTERS, counting_facts
from engagement.services.counting.gathered import GATHERED, gathered
from engagement.services.counting.statement import counters_for
from engagement.services.reports.periods import Period, months_of, quarter_of
from tests.builders import NOON, make_branch, make_patron
from tests.engagement.events import record

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
RUNNING = quarter_of(NOON.date())
OVER = quarter_of(RUNNING.first - DAY)
# Lines of more than a year, of readers who share an address, have no address or no profile, in two branches and none.
DAYS = (480, 400, 200, 130, 110, 95, 70, 50, 30, 3, 0)


@pytest.fixture(autouse=True)
def library() -> None:
    north, south = make_branch(name="North"), make_branch(name="South")
    readers = [
        make_patron("profile", branch=branch, email=email)
        for branch, email in (
            (north, "one@example.org"),
            (north, "One@example.org"),
            (south, "two@example.org"),
            (south, ""),
            (None, "three@example.org"),
        )
    ]
    readers.append(make_patron(branch=south, audience="child", language="fr"))
    for number, patron in enumerate(readers):
        for days in DAYS[number % 3 :]:
            facts: dict[str, Any] = {"thread": number + 1, "now": NOON}
            at = NOON - days * DAY
            record("loan", patron, at, now=NOON)
            record("letter", patron, at, started_by="library", minutes=20 + number, wait_minutes=90 * number, **facts)
            record("check_in", patron, at + DAY / 8, started_by="library", **facts)
            record("check_in_answer", patron, at + DAY / 4, value="closed", **facts)
            record("pick_answer", patron, at + DAY / 4, value=("loved", "so_so")[days % 2], **facts)
            record("desk_talk", patron, at + DAY / 3, value="closed", tests={"patron_took_part": True}, **facts)
            record("donation", patron, at + DAY / 3, now=NOON)
    record("request", None, NOON - 40 * DAY, now=NOON)


def asked(sql: str, facts: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, facts)
        return sorted(cursor.fetchall())


@pytest.mark.parametrize("quarter", [RUNNING, OVER])
def test_every_counter_says_the_same_of_a_quarter_and_its_months(quarter: Period) -> None:
    said = set()
    with gathered(counting_facts(quarter, NOON)) as read:
        for period in (quarter, *months_of(quarter)):
            facts = counting_facts(period, NOON)
            for counter in counters_for(period, NOON):
                cells = asked(counter.sql, facts)
                assert asked(read(counter.sql), facts) == cells, counter.name
                assert asked(read(counter.sql_for(whole_only=True)), facts) == [cell for cell in cells if not cell[1]]
                said |= {counter.name} if cells else set()
    assert {
        "lines",
        "mix",
        "answered",
        "threads",
        "effort",
        "outcomes",
        "picks",
        "waits",
        "activity",
        "load_by",
    } <= said


def test_every_table_is_read_by_some_counter() -> None:
    for one in GATHERED:
        assert any(one.rows in counter.sql for counter in COUNTERS), one.table


def test_the_tables_are_gone_afterwards() -> None:
    facts = counting_facts(RUNNING, NOON)
    for _ in range(2):
        with gathered(facts):
            pass
    assert asked("SELECT count(*) FROM pg_class WHERE relname LIKE 'counted_%%'", facts) == [(0,)]
