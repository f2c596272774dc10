"""A report in words: each number as it is read, with what it was before. Screen and print say exactly this. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from engagement.services.reports.figures import number
from engagement.services.reports.shapes import (
    COUNT,
    DAYS,
    HOURS,
    MONEY,
    PEOPLE,
    PERCENT,
    POINTS,
    TEXT,
    Drawing,
    Figure,
    Part,
    Report,
    Table,
)
from engagement.services.reports.small_numbers import HIDDEN, Shown

NOTHING = "–"
UNIT_WORDS = {
    PERCENT: "percent",
    DAYS: "days",
    COUNT: "how many",
    PEOPLE: "people, rounded to 5",
    POINTS: "points",
    HOURS: "hours",
    MONEY: "money",
    TEXT: "words",
}
SMALL_NUMBERS = (
    "* stands for a number that rests on 1 to 7 people, or that would give such a number away. Counts of people are "
    "rounded to 5; shares are shown where at least 8 people are on either side."
)


@dataclass(frozen=True)
class FigureWords:
    """One figure as it is read. `change` compares with the period before; empty where nothing can be said."""

    key: str
    label: str
    text: str
    change: str
    definition: str
    is_hidden: bool


@dataclass(frozen=True)
class Cell:
    """`lead`: the key of what a row leads to, in the cell that names it."""

    text: str
    is_number: bool
    is_label: bool
    lead: str = ""


@dataclass(frozen=True)
class TableWords:
    """A table as it is read: heads are (label, is_number)."""

    key: str
    title: str
    sentence: str
    heads: tuple[tuple[str, bool], ...]
    rows: tuple[tuple[Cell, ...], ...]
    definition: str
    drawing: Drawing | None

    @property
    def is_wide(self) -> bool:
        """More than a column of a page holds."""
        return len(self.heads) > 4  # noqa: PLR2004  (a label and three numbers fit)


@dataclass(frozen=True)
class PartWords:
    key: str
    title: str
    sentence: str
    figures: tuple[FigureWords, ...]
    tables: tuple[TableWords, ...]
    notes: tuple[str, ...]


def say_value(value: Shown, unit: str, *, at_least: bool = False) -> str:
    """A shown number as it is read; an en dash where there was nothing to count."""
    if at_least and number(value):
        return f"at least {say_value(value, unit)}"
    if value is None:
        return NOTHING
    if isinstance(value, str):
        return value
    if unit == MONEY:
        return f"{value:,.2f}"
    said = f"{value:,}"
    if unit in (DAYS, HOURS):
        return f"{said} {unit[:-1] if value == 1 else unit}"
    return f"{said} %" if unit == PERCENT else said


def say_unit(figure: Figure) -> str:
    """The unit of a figure where its number has a place of its own."""
    return f"{figure.unit}, at least" if figure.at_least and number(figure.value) else figure.unit


def word_part(part: Part, *, is_running: bool) -> PartWords:
    """Everything a part says. A period that still runs is set beside the one before, never called more or less."""
    return PartWords(
        key=part.key,
        title=part.title,
        sentence=part.sentence,
        figures=tuple(word_figure(figure, is_running=is_running) for figure in part.figures),
        tables=tuple(word_table(table) for table in part.tables),
        notes=part.notes,
    )


def word_figure(figure: Figure, *, is_running: bool) -> FigureWords:
    return FigureWords(
        key=figure.key,
        label=figure.label,
        text=say_value(figure.value, figure.unit, at_least=figure.at_least),
        change=_change(figure, is_running=is_running),
        definition=figure.definition,
        is_hidden=figure.value == HIDDEN,
    )


def word_table(table: Table) -> TableWords:
    leads = {lead.label: lead.key for lead in table.leads}
    return TableWords(
        key=table.key,
        title=table.title,
        sentence=table.sentence,
        heads=tuple((column.label, column.unit != TEXT) for column in table.columns),
        rows=tuple(
            tuple(
                Cell(
                    say_value(value, column.unit),
                    column.unit != TEXT,
                    place == 0,
                    leads.get(str(value), "") if place == 0 else "",
                )
                for place, (value, column) in enumerate(zip(row, table.columns, strict=True))
            )
            for row in table.rows
        ),
        definition=table.definition,
        drawing=table.drawing,
    )


def is_empty(report: Report) -> bool:
    """Whether there is no number to show at all, in this period and the one before."""
    figures = [value for part in report.parts for one in part.figures for value in (one.value, one.before)]
    cells = [
        value
        for part in report.parts
        for table in part.tables
        for row in table.rows
        for value, column in zip(row, table.columns, strict=True)
        if column.unit != TEXT
    ]
    return not any(figures) and not any(cells)


def _change(figure: Figure, *, is_running: bool) -> str:
    value, before = figure.value, figure.before
    if before is None or value == before == HIDDEN:
        return ""
    words = say_value(before, figure.unit)
    if is_running or isinstance(value, str | None) or isinstance(before, str):
        return f"{words} before"
    if value == before:
        return "as before"
    return f"{'up' if value > before else 'down'} from {words}"
