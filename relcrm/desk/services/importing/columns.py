"""The columns of a waiting file, each with what stands in its first rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from library.services.importing import Field, UnreadableFile
from library.services.reading.opening import open_table
from library.services.reading.table import Problem
from library.services.reading.words import column_key

LOOKED_AT, SHOWN, WIDEST = 20, 3, 40
# How people head the columns of a list they keep themselves, beside the names and labels of our fields.
ALSO = {
    "ils_id": ("id", "patron id", "member id", "borrowernumber"),
    "card": ("card", "barcode", "cardnumber", "library card"),
    "name": ("full name", "first name", "firstname", "first", "given name"),
    "email": ("mail", "email address", "e mail"),
    "phone": ("telephone", "tel", "mobile"),
    "postal_address": ("street", "address line 1"),
    "birth_date": ("birthday", "dob", "born"),
    "joined_on": ("joined", "since", "enrolled"),
}


@dataclass(frozen=True)
class Column:
    """`examples`: the first different values, in a line."""

    name: str
    examples: str


def read_columns(*, path: Path) -> list[Column]:
    """The columns in the order of the file; none where the file has no columns (MARC) or is no table."""
    try:
        table = open_table(path)
        names = list(dict.fromkeys(name for name in table.header if name))
        rows = [row[1] for row in islice(table.rows(names), LOOKED_AT) if not isinstance(row, Problem)]
    except UnreadableFile:
        return []
    return [Column(name, _examples([row[place] for row in rows])) for place, name in enumerate(names)]


def _examples(values: Sequence[str]) -> str:
    said = list(dict.fromkeys(value.strip() for value in values if value.strip()))[:SHOWN]
    return " · ".join(value if len(value) <= WIDEST else f"{value[: WIDEST - 1]}…" for value in said)


def guess_columns(*, columns: Sequence[Column], fields: Sequence[Field]) -> dict[str, str]:
    """Field to column where a column is called like the field; a person looks it over."""
    named = {column_key(column.name): column.name for column in reversed(columns)}
    words = {field.name: (field.name, field.label, *ALSO.get(field.name, ())) for field in fields}
    found = {name: next((key for key in map(column_key, said) if key in named), "") for name, said in words.items()}
    return {name: named[key] for name, key in found.items() if key}
