"""From a file of patrons to clean rows and what is to be said about the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from library.services.imports import Issue
from library.services.reading import maps
from library.services.reading.opening import open_table
from library.services.reading.paths import SEPARATOR
from library.services.reading.picking import Picking
from library.services.reading.table import Problem, Table
from patrons.services.imports.cleaning import Cleaner
from patrons.services.imports.presets import DATES, FIELDS, KIND
from patrons.services.imports.rows import CleanPatron

PRESETS: Mapping[str, str] = {name: preset.label for name, preset in KIND.presets.items()}
JOINTS = {"card": SEPARATOR, "other_cards": SEPARATOR, "postal_address": SEPARATOR}
NUMBERS = ("ils_id", "card")
__all__ = ["FIELDS", "PRESETS", "mapping_of", "read_patrons", "recognise"]


def read_patrons(
    source: Table | Path, *, preset: str, mapping: Mapping[str, Any] | None, child_until: int, now: datetime
) -> Iterator[CleanPatron | Issue]:
    """The patrons of a file, in its order, with the issues of a row before it.

    A map goes before a preset; without either the preset is recognised. Every row of the file comes as a patron, or as
    an issue that says why not (`rejected`). Raises UnreadableFile before anything is handed on.
    """
    table = open_table(source) if isinstance(source, Path) else source
    plan = maps.plan_for(KIND, table, preset=preset, mapping=mapping)
    names = [field.name for field in FIELDS]
    picking = Picking(table, plan, fields=names, dates=DATES, names=["name"], joints=JOINTS)
    numbered = not plan.rules.keys().isdisjoint(NUMBERS)
    cleaner = Cleaner(orders=picking.orders, numbered=numbered, system=plan.system, child_until=child_until, now=now)
    return _cleaned(picking, cleaner)


def _cleaned(picking: Picking, cleaner: Cleaner) -> Iterator[CleanPatron | Issue]:
    for row in picking.rows():
        if type(row) is Problem:
            yield Issue(row.line, "", "", row.reason)
            continue
        patron, issues = cleaner.clean(*row)
        yield from issues
        if patron is not None:
            yield patron


def recognise(header: Sequence[str]) -> str:
    """The system whose columns these are, or ''."""
    return maps.recognise(KIND, header)


def mapping_of(preset: str, header: Sequence[str]) -> dict[str, Any]:
    """A preset as a map to start from, with the names of this header."""
    return maps.mapping_of(KIND, preset, header)
