"""What a file will become: its first rows, field by field, with every problem where it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from library.models import ImportRun
from library.services.importing import Field, Importer, Preview, UnreadableFile
from library.services.imports import Issue
from relcrm.desk.services.importing.columns import read_columns
from relcrm.desk.services.importing.reasons import without_value
from relcrm.desk.services.importing.registry import importer_of
from relcrm.desk.services.importing.uploads import LOST, file_of, without_place

WIDEST = 80
KEPT_AS = {"birth_date": "birth_year"}  # of a date of birth the year alone is kept, and shown


@dataclass(frozen=True)
class Cell:
    """One value as it will be kept; `problems` says what is wrong with what stood there."""

    value: str
    problems: Sequence[str] = ()


@dataclass(frozen=True)
class Row:
    """One row of the file. `problems` are those of no shown column; `rejected`: it will be left out."""

    line: int
    cells: Sequence[Cell]
    problems: Sequence[str] = ()
    rejected: bool = False


@dataclass(frozen=True)
class Draft:
    """The preview as a page shows it. `error`: why there is none."""

    taken_for: str = ""
    by_hand: bool = False
    header: Sequence[str] = ()
    columns: Sequence[Field] = ()
    rows: Sequence[Row] = ()
    problems: Sequence[tuple[str, int]] = ()
    rejected: int = 0
    error: str = ""
    mappable: bool = True

    @property
    def understood(self) -> bool:
        """Whether it is clear what the columns mean."""
        return not self.error and bool(self.taken_for or self.by_hand)


def read_draft(*, run: ImportRun, now: datetime) -> Draft:
    """The first rows of the run's file as its preset or mapping would bring them in. Writes nothing."""
    path, importer = file_of(run), importer_of(run.what)
    if path is None:
        return Draft(error=LOST)
    header = [column.name for column in read_columns(path=path)]
    try:
        preview = importer.preview_file(path=path, preset=run.preset, mapping=run.mapping, now=now)
    except UnreadableFile as error:
        return Draft(error=without_place(error, path), header=header)
    return Draft(
        taken_for=importer.PRESETS.get(run.preset or ("" if run.mapping else preview.preset), ""),
        by_hand=bool(run.mapping),
        mappable=bool(importer.FIELDS),
        header=header or preview.header,
        columns=_columns(importer, preview),
        rows=_rows(_columns(importer, preview), preview),
        problems=Counter(without_value(issue.reason, issue.value) for issue in preview.issues).most_common(),
        rejected=len({issue.line for issue in preview.issues if issue.rejected}),
    )


def _columns(importer: Importer, preview: Preview) -> list[Field]:
    """The fields any of these rows says something about, and those that must not be missing."""
    if not importer.FIELDS:  # its columns are known by name (titles): shown as they come
        names = list(dict.fromkeys(name for row in preview.rows for name in row if name != "line"))
        return [Field(name, name.replace("_", " ").capitalize()) for name in names]
    said = {name for row in preview.rows for name, value in row.items() if value not in (None, "", False)}
    return [one for one in importer.FIELDS if one.required or {one.name, KEPT_AS.get(one.name)} & said]


def _rows(columns: Sequence[Field], preview: Preview) -> list[Row]:
    """In the order of the file; a line that gave no row but a problem is there too."""
    values: dict[int, Mapping[str, Any]] = {int(row["line"]): row for row in preview.rows}
    issues: dict[int, list[Issue]] = {}
    for issue in preview.issues:
        issues.setdefault(issue.line, []).append(issue)
    return [_row(line, columns, values.get(line, {}), issues.get(line, [])) for line in sorted({*values, *issues})]


def _row(line: int, columns: Sequence[Field], values: Mapping[str, Any], issues: Sequence[Issue]) -> Row:
    names = {one.name for one in columns}
    return Row(
        line=line,
        cells=[
            Cell(
                value=in_words(values.get(one.name, values.get(KEPT_AS.get(one.name, ""))))
                or next((i.value for i in issues if i.field == one.name), ""),
                problems=[issue.reason for issue in issues if issue.field == one.name],
            )
            for one in columns
        ],
        problems=[issue.reason for issue in issues if issue.field not in names],
        rejected=any(issue.rejected for issue in issues),
    )


def in_words(value: object) -> str:
    """A value as a person reads it, cut to what fits a cell."""
    if value in (None, "", False):
        return ""
    if value is True:
        return "yes"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, list | tuple):
        value = ", ".join(map(str, value))
    text = str(value)
    return text if len(text) <= WIDEST else f"{text[: WIDEST - 1]}…"
