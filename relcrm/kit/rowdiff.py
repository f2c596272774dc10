"""Rows as they are now, what became of them, and how to put them back exactly.

The database itself writes and reads the rows (to_jsonb, jsonb_populate_record), so that no microsecond, no last bit of
a number and no empty text is lost on the way. Names of tables and columns come from our models, never from outside.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

Row = dict[str, Any]
Rows = dict[int, Row]
Journal = dict[str, Any]


@dataclass(frozen=True)
class Table:
    """A table, its key, the column that says whose the row is, and the columns worth looking at (none: all)."""

    name: str
    key: str
    owner: str
    columns: Sequence[str] = ()


READ = """
SELECT kept.{key}, (SELECT jsonb_object_agg(one.key, one.value) FROM jsonb_each(to_jsonb(kept)) AS one
                    WHERE %(columns)s::text[] = '{{}}' OR one.key = ANY(%(columns)s::text[]))::text
FROM {table} AS kept WHERE kept.{owner} = ANY(%(owners)s) OR kept.{key} = ANY(%(keys)s)
"""
PUT = "INSERT INTO {table} SELECT (jsonb_populate_recordset(NULL::{table}, %(rows)s::jsonb)).* ON CONFLICT DO NOTHING"
SET_BACK = """
UPDATE {table} AS row SET {columns}
FROM jsonb_populate_record(NULL::{table}, %(old)s::jsonb) AS old,
    jsonb_populate_record(NULL::{table}, %(new)s::jsonb) AS new
WHERE row.{key} = ANY(%(keys)s)
"""
# A value that somebody has changed since stays.
ONE_COLUMN = (
    "{column} = CASE WHEN row.{column} IS NOT DISTINCT FROM new.{column} THEN old.{column} ELSE row.{column} END"
)
REMOVE = "DELETE FROM {table} WHERE {key} = ANY(%(keys)s)"


def read_rows(table: Table, owners: Sequence[int], keys: Sequence[int] = ()) -> Rows:
    """The rows of these owners, and those with these keys whosever they are by now."""
    facts: dict[str, Any] = {"owners": list(owners), "keys": list(keys), "columns": list(table.columns)}
    with connection.cursor() as cursor:
        cursor.execute(_named(READ, table), facts)
        return {key: json.loads(row) for key, row in cursor.fetchall()}


def what_changed(before: Rows, after: Rows) -> Journal:
    """Rows deleted (whole), made (keys), and changed: groups of rows with the same columns, old and new."""
    groups: dict[str, list[int]] = {}
    for key in before.keys() & after.keys():
        columns = {name: [value, after[key][name]] for name, value in before[key].items() if value != after[key][name]}
        if columns:
            groups.setdefault(json.dumps(columns, sort_keys=True), []).append(key)
    return {
        "deleted": [row for key, row in before.items() if key not in after],
        "made": sorted(after.keys() - before.keys()),
        "changed": [{"columns": json.loads(columns), "rows": sorted(keys)} for columns, keys in groups.items()],
    }


def put_back_deleted(table: Table, journal: Journal) -> None:
    """Rows that were deleted come back, but for those that are there again."""
    if journal["deleted"]:
        _run(_named(PUT, table), {"rows": json.dumps(journal["deleted"])})


def put_back_changes(table: Table, journal: Journal) -> None:
    """Rows that were made go; those that were changed become what they were. Owners first: they make keys unique."""
    if journal["made"]:
        _run(_named(REMOVE, table), {"keys": journal["made"]})
    for group in sorted(journal["changed"], key=lambda group: table.owner not in group["columns"]):
        names = [connection.ops.quote_name(name) for name in group["columns"]]
        columns = ", ".join(ONE_COLUMN.format(column=name) for name in names)
        old, new = ({name: pair[side] for name, pair in group["columns"].items()} for side in (0, 1))
        facts = {"old": json.dumps(old), "new": json.dumps(new), "keys": group["rows"]}
        _run(_named(SET_BACK, table, columns=columns), facts)


def _named(statement: str, table: Table, columns: str = "") -> str:
    quote = connection.ops.quote_name
    return statement.format(table=quote(table.name), key=quote(table.key), owner=quote(table.owner), columns=columns)


def _run(statement: str, facts: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, facts)
