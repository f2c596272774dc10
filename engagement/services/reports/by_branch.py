"""The same number in every branch, as it may be shown: what a number leads to. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from engagement.services.reports.shapes import TEXT, Column, Figure, Lead, Part, Table
from engagement.services.reports.small_numbers import Shown


def in_branches(*, number: Figure | Table, lead: Lead | None, parts: Mapping[str, Part]) -> Table | None:
    """A figure, or the row of a table that leads somewhere, in the part of each branch by its name.

    None where there is nothing to set side by side.
    """
    rows = {name: _said(_same(part, number), lead) for name, part in parts.items()}
    columns = _columns(number, lead)
    if not columns or not any(value is not None for said in rows.values() for value in said):
        return None
    return Table(
        key="by_branch",
        title="By branch",
        sentence="",
        columns=(Column("branch", "Branch", TEXT), *columns),
        rows=tuple((name, *(said or (None,) * len(columns))) for name, said in rows.items()),
        definition=number.definition,
    )


def row_of(table: Table, lead: Lead) -> Table:
    """Of a table only the row that leads there; all of it where a column does."""
    rows = tuple(row for row in table.rows if row[0] == lead.label)
    return Table(table.key, table.title, "", table.columns, rows or table.rows, table.definition)


def _same(part: Part, number: Figure | Table) -> Figure | Table | None:
    found: tuple[Figure, ...] | tuple[Table, ...] = part.figures if isinstance(number, Figure) else part.tables
    return next((one for one in found if one.key == number.key), None)


def _columns(number: Figure | Table, lead: Lead | None) -> tuple[Column, ...]:
    if isinstance(number, Figure):
        return (Column(number.key, number.label, number.unit),)
    if lead is None:
        return ()
    column = next((column for column in number.columns if column.label == lead.label), None)
    return (column,) if column else tuple(column for column in number.columns[1:] if column.key != "before")


def _said(number: Figure | Table | None, lead: Lead | None) -> tuple[Shown, ...]:
    """The numbers of a branch under `_columns`; none where its part has nothing of the kind."""
    if isinstance(number, Figure):
        return (number.value,)
    if number is None or lead is None:
        return ()
    columns = _columns(number, lead)
    places = [number.columns.index(column) for column in columns]
    rows = [row for row in number.rows if row[0] == lead.label] or [
        row for row in number.rows[-1:] if len(columns) == 1 and columns[0].label == lead.label
    ]
    return tuple(rows[0][place] for place in places) if rows else ()
