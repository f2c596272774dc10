"""Writing workbooks in which text stays text: no cell becomes a formula or a link (SEC-34)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import BytesIO

import xlsxwriter

AS_WRITTEN = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
MOST_LETTERS = 32_767
WIDEST = 60


def workbook(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """One sheet: a bold header that stays in view, then the rows. Numbers stay numbers, everything else is text."""
    out = BytesIO()
    with xlsxwriter.Workbook(out, AS_WRITTEN) as book:
        sheet = book.add_worksheet(name[:31])
        bold = book.add_format({"bold": True})
        sheet.freeze_panes(1, 0)
        widths = [len(title) for title in header]
        for column, title in enumerate(header):
            sheet.write_string(0, column, title, bold)
        for number, row in enumerate(rows, 1):
            for column, value in enumerate(row):
                widths[column] = max(widths[column], _write(sheet, number, column, value))
        for column, width in enumerate(widths):
            sheet.set_column(column, column, min(width + 2, WIDEST))
    return out.getvalue()


def _write(sheet: xlsxwriter.worksheet.Worksheet, row: int, column: int, value: object) -> int:
    """Put one value into its cell; how many letters wide it is."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        sheet.write_number(row, column, value)
    elif value is not None and value != "":
        sheet.write_string(row, column, str(value)[:MOST_LETTERS])
    return len(str(value or ""))
