"""A report as one row for each number, with its unit and its definition: for CSV. Pure."""

from __future__ import annotations

from engagement.services.reports.shapes import TEXT, Part, Report, Table
from engagement.services.reports.wording import say_unit
from relcrm.kit.csvio import csv_text

HEADER = ("part", "measure", "value", "unit", "period before", "definition", "table")
Row = tuple[object, ...]


def report_csv(report: Report) -> str:
    """Every number of the report, one to a row."""
    return csv_text(HEADER, [*about_rows(report), *(row for part in report.parts for row in _rows(part))])


def about_rows(report: Report) -> list[Row]:
    """What the numbers are of."""
    period, before = report.period, report.period.before
    return [
        ("report", "period", period.label, "", before.label if before else "", "", ""),
        ("report", report.slice.by or "branch", report.slice.label, "", "", "", ""),
        ("report", "as of", report.as_of.isoformat(), "", "", "", ""),
        ("report", "counted", report.counted, "", "", "", ""),
        ("report", "rules", report.rules_version, "version", "", "", ""),
    ]


def _rows(part: Part) -> list[Row]:
    rows: list[Row] = [
        (part.title, figure.label, figure.value, say_unit(figure), figure.before, figure.definition, "")
        for figure in part.figures
    ]
    return rows + [row for table in part.tables for row in _cells(part, table)]


def _cells(part: Part, table: Table) -> list[Row]:
    """A row for each cell beside the first column, which says what the row is about."""
    cells: list[Row] = []
    for row in table.rows:
        for value, column in list(zip(row, table.columns, strict=True))[1:]:
            measure = f"{row[0]}, {column.label}"
            unit = "" if column.unit == TEXT else column.unit
            cells.append((part.title, measure, value, unit, "", table.definition, table.title))
    return cells
