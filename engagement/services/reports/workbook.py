"""A report as a workbook: one sheet to say what it is, and one for each part. Pure."""

from __future__ import annotations

import re

from engagement.services.reports.exports import Row, about_rows
from engagement.services.reports.shapes import Part, Report
from engagement.services.reports.wording import SMALL_NUMBERS, say_unit
from relcrm.kit.xlsxio import Sheet, workbook_of

NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\']")
LONGEST_NAME = 31


def report_xlsx(report: Report) -> bytes:
    """The same numbers as everywhere, in the tables they are read in."""
    about = [(row[1], row[2]) for row in about_rows(report)]
    sheets = [Sheet("About", ("What", "Which"), [*about, ("small numbers", SMALL_NUMBERS)])]
    for part in report.parts:
        sheets.append(Sheet(_name(part.title, {sheet.name for sheet in sheets}), (part.title,), _rows(part)))
    return workbook_of(sheets)


def _rows(part: Part) -> list[Row]:
    rows: list[Row] = [(part.sentence,), *((note,) for note in part.notes)]
    if part.figures:
        rows += [(), ("Figure", "Value", "Unit", "Period before", "Definition")]
        rows += [(one.label, one.value, say_unit(one), one.before, one.definition) for one in part.figures]
    for table in part.tables:
        rows += [(), (table.title,), (table.sentence,), tuple(column.label for column in table.columns)]
        rows += [tuple(row) for row in table.rows]
        rows.append((table.definition,))
    return rows


def _name(title: str, taken: set[str]) -> str:
    """A name a sheet may have: short, without some letters, and not another's."""
    base = NOT_IN_NAMES.sub(" ", title).strip()[: LONGEST_NAME - 3] or "Part"
    name, number = base, 1
    while name.lower() in {one.lower() for one in taken}:
        number += 1
        name = f"{base} {number}"
    return name
