"""Statements a connection learns once: for small ones that are asked all the time, planning costs more than running."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from weakref import WeakSet

from django.db import connection
from django.db.backends.utils import CursorWrapper
from psycopg2.extensions import adapt

PLACE = re.compile(r"%\((\w+)\)s")


class Prepared:
    """One statement with named places, and the types of its facts; each connection is taught it at its first use.

    `fixed` facts are the same every time and become part of it. It returns no `*`: a column added later would change
    what a connection has learned to expect.
    """

    def __init__(
        self, name: str, statement: str, types: Mapping[str, str], *, fixed: Mapping[str, Any] | None = None
    ) -> None:
        for fact, value in (fixed or {}).items():
            statement = statement.replace(f"%({fact})s", adapt(value).getquoted().decode())
        used = list(dict.fromkeys(PLACE.findall(statement)))
        numbers = {fact: f"${number}" for number, fact in enumerate(used, start=1)}
        numbered = PLACE.sub(lambda place: numbers[place[1]], statement).replace("%%", "%")
        self._lesson = f"PREPARE {name} ({', '.join(types[fact] for fact in used)}) AS {numbered}"
        self._call = f"EXECUTE {name} ({', '.join(f'%({fact})s' for fact in used)})"
        self._taught: WeakSet[object] = WeakSet()

    def execute(self, cursor: CursorWrapper, facts: Mapping[str, Any]) -> None:
        """As cursor.execute; facts the statement does not use may be there."""
        raw = connection.connection
        if raw not in self._taught:
            # Straight to the server: teaching is no query of the one who happens to ask first.
            with connection.wrap_database_errors:
                cursor.cursor.execute(self._lesson)
            self._taught.add(raw)
        cursor.execute(self._call, facts)
