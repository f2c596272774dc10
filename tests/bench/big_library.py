"""A library of any size that stays: a million readers, twenty million ledger lines, in a database of its own.

It is built once, by the database itself, and used again by every benchmark that needs it, in this run and the next;
`--wipe` takes it away. What a benchmark writes into it, it takes back (one transaction).
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from django.core.cache import cache
from django.core.management import call_command
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from engagement.services.rules import rules_in_force
from engagement.services.scores import rebuild_scores
from library.models import User
from tests.bench.big_rows import AFTER, DECK, LINES, SLOTS, deck
from tests.bench.people import write_people
from tests.bench.planned import BOOKS, CHECK_INS, LETTERS, MAILS, PICKS, REQUESTS, THREADS, TITLES

# Raise it when other rows are written: what stands is then built anew.
BUILT = "relcrm bench library, generation 2"
LINES_PER_PATRON = 20
ONE_IN = {"requests": 10, "notes": 200, "pulses": 50, "needs": 100, "loans": 10}
BUILDERS = 2
LEDGER = "engagement_interaction"
KEPT = """
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE conrelid = %(table)s::regclass AND contype IN ('p', 'u')
"""
INDEXED = """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
WHERE indrelid = %(table)s::regclass AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
"""
chosen = {"large": 1_000_000, "small": 10_000}


def choose(patrons: int) -> None:
    """How many readers the large library has from now on; the small one has a hundredth of that."""
    chosen.update(large=patrons, small=max(100, patrons // 100))


@contextmanager
def big_library(patrons: int = 0) -> Iterator[datetime]:
    """Work in the large library, or in one of so many readers; the time at which it stands still."""
    home = str(connection.settings_dict["NAME"])
    name, count = f"{home}_{patrons or chosen['large']}", patrons or chosen["large"]
    built = _stands(name)
    if not built:
        _make_anew(name, home)
    _turn_to(name)
    try:
        if built:
            call_command("migrate", verbosity=0, interactive=False)
        else:
            _build(count)
        yield _newest()
    finally:
        _turn_to(home)


@contextmanager
def taken_back() -> Iterator[None]:
    """What is written inside is gone at the end."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def wipe() -> None:
    """Take all of these libraries away."""
    home = str(connection.settings_dict["NAME"])
    with _server() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname ~ %s", [f"^{home}_[0-9]+$"])
        for (name,) in cursor.fetchall():
            cursor.execute(f'DROP DATABASE "{name}"')


def _build(patrons: int) -> None:
    began = time.perf_counter()
    now = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
    with connection.cursor() as cursor:
        # Readers are numbered from one.
        cursor.execute("TRUNCATE patrons_patron, outreach_thread, catalog_title RESTART IDENTITY CASCADE")
    with transaction.atomic():
        branches = [branch.pk for branch in write_people(patrons)]
    facts: dict[str, Any] = {
        "patrons": patrons,
        "lines": patrons * LINES_PER_PATRON,
        "now": now,
        "branches": branches,
        "librarian": User.objects.create_user(username="bench", name="Amara", role="librarian").pk,
        "viewer": User.objects.create_user(username="board", name="Kofi", role="viewer").pk,
        "rules": rules_in_force().number,
        "slots": SLOTS,
        "books": BOOKS,
        **{name: patrons // part for name, part in ONE_IN.items()},
    }
    _say(f"{patrons} readers", began)
    _write_lines(facts)
    _say(f"{facts['lines']} lines", began)
    _write_rest(facts)
    _say("requests, promises and the rest", began)
    rebuild_scores(now=now)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")
        cursor.execute(f"COMMENT ON DATABASE \"{connection.settings_dict['NAME']}\" IS '{BUILT}'")
    _say("scores; the library stands", began)


def _write_lines(facts: dict[str, Any]) -> None:
    """Two connections write a half each into the table without its indexes, which are made at the end."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS bench_deck; {DECK}")
        cursor.executemany(
            "INSERT INTO bench_deck VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            deck(),
        )
        cursor.execute("ANALYZE bench_deck")
    step = -(-facts["lines"] // BUILDERS)
    parts = [
        facts | {"first": first, "last": min(first + step - 1, facts["lines"])}
        for first in range(1, facts["lines"] + 1, step)
    ]
    with _without_indexes(), ThreadPoolExecutor(BUILDERS) as pool:
        list(pool.map(_write_part, parts))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT setval(pg_get_serial_sequence('{LEDGER}', 'id'), %(lines)s); DROP TABLE bench_deck", facts
        )


def _write_part(facts: dict[str, Any]) -> None:
    own = connection.copy()
    try:
        with own.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica; SET synchronous_commit = off")
            cursor.execute(LINES, facts)
    finally:
        own.close()


@contextmanager
def _without_indexes() -> Iterator[None]:
    """Fill the table first and index it after: the same rows and indexes, much sooner."""
    with connection.cursor() as cursor:
        cursor.execute(KEPT, {"table": LEDGER})
        constraints = cursor.fetchall()
        cursor.execute(INDEXED, {"table": LEDGER})
        indexes = cursor.fetchall()
        for name, _ in constraints:
            cursor.execute(f"ALTER TABLE {LEDGER} DROP CONSTRAINT {name}")
        for name, _ in indexes:
            cursor.execute(f"DROP INDEX {name}")
        yield
        cursor.execute("SET maintenance_work_mem = '1GB'")
        for name, definition in constraints:
            cursor.execute(f"ALTER TABLE {LEDGER} ADD CONSTRAINT {name} {definition}")
        for _, definition in indexes:
            cursor.execute(definition)
        cursor.execute("RESET maintenance_work_mem")


def _write_rest(facts: dict[str, Any]) -> None:
    """What the desk and the reports read besides the ledger; letters for the first readers, as in `planned`."""
    facts |= {"count": facts["requests"], "then": facts["now"], "due": facts["now"]}
    facts["languages"] = ["en", "es", "fr", "pt", "af"]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for statement in (THREADS, REQUESTS, LETTERS, MAILS, CHECK_INS, TITLES, PICKS, *AFTER):
            cursor.execute(statement, facts)


def _stands(name: str) -> bool:
    """Whether a library of this size and generation was built to its end."""
    with _server() as cursor:
        cursor.execute("SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [name])
        return bool(cursor.fetchone() == (BUILT,))


def _make_anew(name: str, home: str) -> None:
    """From the tables of the database we come from, which nobody else may use just now."""
    with _server() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{home}"')


@contextmanager
def _server() -> Iterator[CursorWrapper]:
    connection.close()
    with connection._nodb_cursor() as cursor:
        yield cursor


def _turn_to(name: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = name
    cache.clear()


def _newest() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(changed_at) FROM engagement_score")
        (at,) = cursor.fetchone()
    assert isinstance(at, datetime)  # noqa: S101  (every such library has scores)
    return at


def _say(what: str, began: float) -> None:
    sys.stderr.write(f"  {connection.settings_dict['NAME']}: {what} after {time.perf_counter() - began:.0f} s\n")
