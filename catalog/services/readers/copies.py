"""From a file of copies to clean rows: which title, where, and whether it can be had."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from django.utils import timezone

from catalog.services.readers.copy_presets import FIELDS, KIND, status_of
from library.services.imports import Issue
from library.services.reading import maps
from library.services.reading.dates import Dates, NoDate
from library.services.reading.opening import open_table
from library.services.reading.picking import Picking
from library.services.reading.table import Problem, Table
from library.services.reading.words import cut

PRESETS: Mapping[str, str] = {name: preset.label for name, preset in KIND.presets.items()}
LONGEST_KEY, LONGEST_CALL_NUMBER = 120, 80
NO_KEY = "The row has no barcode or number of the copy."
NO_TITLE = "The row names no title: neither its number in the catalogue nor an ISBN."
OTHER_STATUS = "This status is not known here; the copy counts as not to be had."
__all__ = ["FIELDS", "PRESETS", "CleanCopy", "mapping_of", "read_copies", "recognise"]


class CleanCopy(NamedTuple):
    """One copy of a file. `title` is the number in the catalogue of the file, `isbn` what stands there as one."""

    line: int
    source_key: str
    title: str = ""
    isbn: str = ""
    branch: str = ""
    status: str = ""
    call_number: str = ""
    as_of: datetime | None = None


def read_copies(
    source: Table | Path, *, preset: str, mapping: Mapping[str, Any] | None, now: datetime
) -> Iterator[CleanCopy | Issue]:
    """The copies of a file, in its order, with the issues of a row before it; without a time they are as of `now`.

    A map goes before a preset; without either the preset is recognised. Every row of the file comes as a copy, or as
    an issue that says why not (`rejected`). Raises UnreadableFile before anything is handed on.
    """
    table = open_table(source) if isinstance(source, Path) else source
    plan = maps.plan_for(KIND, table, preset=preset, mapping=mapping)
    picking = Picking(table, plan, fields=[field.name for field in FIELDS], dates=["as_of"])
    dates = Dates(order=picking.orders["as_of"], zone=timezone.get_default_timezone())
    return _cleaned(picking, dates, now)


def _cleaned(picking: Picking, dates: Dates, now: datetime) -> Iterator[CleanCopy | Issue]:
    for row in picking.rows():
        if isinstance(row, Problem):
            yield Issue(row.line, "", "", row.reason)
        else:
            yield from _copy(*row, dates=dates, now=now)


def _copy(line: int, values: Sequence[str], *, dates: Dates, now: datetime) -> Iterator[CleanCopy | Issue]:
    key, title, isbn, branch, status, due, missing, call_number, time = values
    if not key or len(key) > LONGEST_KEY:
        yield Issue(line, "source_key", key, NO_KEY)
        return
    if not title and not isbn:
        yield Issue(line, "title", "", NO_TITLE)
        return
    as_of = now
    try:
        as_of = min(dates.moment(time) or now, now)
    except NoDate as error:
        yield Issue(line, "as_of", time, str(error), rejected=False)
    found = status_of(status, due=due, missing=missing)
    if not found:
        yield Issue(line, "status", status, OTHER_STATUS, rejected=False)
    yield CleanCopy(line, key, title, isbn, branch, found or "other", cut(call_number, LONGEST_CALL_NUMBER), as_of)


def recognise(header: Sequence[str]) -> str:
    """The system whose copies have these columns, or ''."""
    return maps.recognise(KIND, header)


def mapping_of(preset: str, header: Sequence[str]) -> dict[str, Any]:
    """A preset as a map to start from, with the names of this header."""
    return maps.mapping_of(KIND, preset, header)
