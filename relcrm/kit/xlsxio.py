"""Writing workbooks in which text stays text: no cell becomes a formula or a link (SEC-34)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO

import xlsxwriter

AS_WRITTEN = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
MOST_LETTERS = 32_767
WIDEST = 60


@dataclass(frozen=True)
class Sheet:
    """A bold header that stays in view, then the rows; they may be of any length."""

    name: str
    header: Sequence[str]
    rows: Iterable[Sequence[object]]


def workbook(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """One sheet. Numbers stay numbers, everything else is text."""
    return workbook_of([Sheet(name, header, rows)])


def workbook_of(sheets: Iterable[Sheet]) -> bytes:
    """The sheets in one file; their names differ, also where case is no difference."""
    out = BytesIO()
    with xlsxwriter.Workbook(out, AS_WRITTEN) as book:
        bold = book.add_format({"bold": True})
        for sheet in sheets:
            _fill(book.add_worksheet(sheet.name[:31]), sheet, bold)
    return out.getvalue()


def _fill(page: xlsxwriter.worksheet.Worksheet, sheet: Sheet, bold: object) -> None:
    page.freeze_panes(1, 0)
    widths = [len(title) for title in sheet.header]
    for column, title in enumerate(sheet.header):
        page.write_string(0, column, title, bold)
    for number, row in enumerate(sheet.rows, 1):
        widths += [0] * (len(row) - len(widths))
        for column, value in enumerate(row):
            widths[column] = max(widths[column], _write(page, number, column, value))
    for column, width in enumerate(widths):
        page.set_column(column, column, min(width + 2, WIDEST))


def _write(sheet: xlsxwriter.worksheet.Worksheet, row: int, column: int, value: object) -> int:
    """Put one value into its cell; how many letters wide it is."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        sheet.write_number(row, column, value)
    elif value is not None and value != "":
        sheet.write_string(row, column, str(value)[:MOST_LETTERS])
    return len(str(value or ""))
