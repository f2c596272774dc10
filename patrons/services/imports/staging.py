"""The staging tables: where the rows of a file wait, cleaned, while they are compared with what is here.

They live in the database session, not in a transaction: progress shows while they fill, and when the process dies
they are gone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import batched

from django.db import connection

from library.services.imports import Issue
from patrons.models import Tombstone
from patrons.services.imports.rows import CleanPatron
from patrons.services.tombstones import ADDRESS, CARD, ILS_ID, digests
from relcrm.kit.copying import copy_rows

CHUNK = 10_000
ERASED = "Erased at the reader's own wish; not taken in again."
OTHER_TYPES = {
    "line": "integer NOT NULL",
    "birth_year": "smallint",
    "joined_on": "date",
    "card_expires_on": "date",
    "left": "boolean NOT NULL",
    "deleted": "boolean NOT NULL",
    "search_text": 'text COLLATE "C" NOT NULL',
}
# "left" is a word of SQL.
COLUMNS = tuple("is_left" if name == "left" else name for name in CleanPatron._fields)
TEXTS = tuple(name for name in CleanPatron._fields if "text" in OTHER_TYPES.get(name, "text"))
TABLES = ("row", "issue", "card", "left_out", "found", "match", "branch", "household", "new", "change", "moved", "gone")
# More room to sort in than a page needs; given back at the end.
ROOM = "SELECT set_config('work_mem', '64MB', false)"
GIVE_BACK = "RESET work_mem"


def run_sql(statement: str, facts: Mapping[str, object] | None = None) -> int:
    """Run one statement of our own; returns the number of rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(statement, facts)  # type: ignore[arg-type]  # plain values and lists of them
        return int(cursor.rowcount)


def read_sql(statement: str, facts: Mapping[str, object] | None = None) -> list[tuple[object, ...]]:
    """All rows of a query that gives few."""
    with connection.cursor() as cursor:
        cursor.execute(statement, facts)  # type: ignore[arg-type]  # plain values and lists of them
        return list(cursor.fetchall())


@contextmanager
def staging_tables() -> Iterator[None]:
    """Empty tables import_row and import_issue, gone at the end with all that planning adds to them."""
    _drop()
    columns = ", ".join(
        f"{column} {OTHER_TYPES.get(name, 'text NOT NULL')}"
        for column, name in zip(COLUMNS, CleanPatron._fields, strict=True)
    )
    run_sql(f"CREATE TEMPORARY TABLE import_row ({columns})")
    run_sql(
        "CREATE TEMPORARY TABLE import_issue (line integer NOT NULL, field text NOT NULL, value text NOT NULL,"
        " reason text NOT NULL, rejected boolean NOT NULL)"
    )
    run_sql(ROOM)
    try:
        yield
    finally:
        if not connection.needs_rollback and connection.is_usable():
            _drop()
            run_sql(GIVE_BACK)


def stage_rows(*, found: Iterable[CleanPatron | Issue], beat: Callable[[int], None]) -> int:
    """Take in what a reader found, chunk by chunk, with a beat after each; returns how many rows were clean."""
    stones = frozenset(Tombstone.objects.values_list("digest", flat=True))
    seen = 0
    for chunk in batched(found, CHUNK):
        rows = [one for one in chunk if type(one) is CleanPatron]
        issues = [one for one in chunk if isinstance(one, Issue)]
        if stones:
            buried = {row.line for row in rows if _is_buried(row, stones)}
            issues += [Issue(line, "", "", ERASED) for line in sorted(buried)]
            rows = [row for row in rows if row.line not in buried]
        _copy(rows, issues)
        seen += len(rows)
        beat(seen)
    run_sql("ANALYZE import_row")
    return seen


def _copy(rows: Sequence[CleanPatron], issues: Sequence[Issue]) -> None:
    with connection.cursor() as cursor:
        copy_rows(cursor, "import_row", COLUMNS, rows, texts=TEXTS)
        if issues:
            told = [(i.line, i.field[:60], i.value.replace("\0", "")[:200], i.reason[:300], i.rejected) for i in issues]
            copy_rows(
                cursor,
                "import_issue",
                ("line", "field", "value", "reason", "rejected"),
                told,
                texts=("field", "value", "reason"),
            )


def _is_buried(row: CleanPatron, stones: frozenset[str]) -> bool:
    values = [(ADDRESS, row.email), (ILS_ID, row.ils_id), (CARD, row.card)]
    values += [(CARD, number) for number in row.other_cards.split()]
    return any(digest in stones for what, value in values for digest in digests(what, value))


def _drop() -> None:
    names = ", ".join(f"pg_temp.import_{table}" for table in TABLES)
    run_sql(f"DROP TABLE IF EXISTS {names}")
