"""A report as plain values for other programs (docs/report.schema.json). Pure."""

from __future__ import annotations

from engagement.services.reports.shapes import Figure, Part, Report, Table
from engagement.services.reports.small_numbers import Shown

# Figures, points and stages of the whole library had their own place before there were parts; they keep it.
FIGURES = (
    "requests", "letters", "median_wait", "nine_of_ten_wait", "promises_kept", "check_ins", "answer_rate",
    "books_answered", "loved_or_liked",
)  # fmt: skip
STAGES = ("proactive", "follow_up", "reactive", "basic", "not_measured")


def report_facts(report: Report) -> dict[str, object]:
    """A number as it is, "*" where it is hidden, null where there was nothing to count."""
    period, before = report.period, report.period.before
    return {
        "report": "engagement",
        "from": period.first.isoformat(),
        "to": period.last.isoformat(),
        "before_from": before.first.isoformat() if before else None,
        "before_to": before.last.isoformat() if before else None,
        "is_running": report.is_running,
        "branch": report.slice.label if report.slice.by == "branch" else None,
        "slice": {"by": report.slice.by, "label": report.slice.label},
        "as_of": report.as_of.isoformat(),
        "counted": report.counted,
        "rules_version": report.rules_version,
        "figures": {key: _plain_figure(_figure(report, key)) for key in FIGURES},
        "points": _points(report),
        "stages": _stages(report),
        "parts": [_plain_part(part) for part in report.parts],
        "quotes": list(report.quotes),
    }


def every_table(report: Report) -> list[Table]:
    """The tables of all parts, in their order."""
    return [table for part in report.parts for table in part.tables]


def every_figure(report: Report) -> list[Figure]:
    """The figures of all parts, in their order."""
    return [figure for part in report.parts for figure in part.figures]


def _figure(report: Report, key: str) -> Figure:
    found = (figure for figure in every_figure(report) if figure.key == key)
    return next(found, Figure(key, key.replace("_", " "), "count", None, None, ""))


def _plain_figure(figure: Figure) -> dict[str, object]:
    return {
        "label": figure.label,
        "unit": figure.unit,
        "value": figure.value,
        "before": figure.before,
        "at_least": figure.at_least,
        "definition": figure.definition,
    }


def _plain_part(part: Part) -> dict[str, object]:
    return {
        "key": part.key,
        "title": part.title,
        "sentence": part.sentence,
        "figures": [
            {"key": figure.key, "kinds": list(figure.kinds)} | _plain_figure(figure) for figure in part.figures
        ],
        "tables": [_plain_table(table) for table in part.tables],
        "notes": list(part.notes),
    }


def _plain_table(table: Table) -> dict[str, object]:
    return {
        "key": table.key,
        "title": table.title,
        "sentence": table.sentence,
        "definition": table.definition,
        "kinds": list(table.kinds),
        "columns": [{"key": column.key, "label": column.label, "unit": column.unit} for column in table.columns],
        "rows": [list(row) for row in table.rows],
    }


def _rows_of(report: Report, key: str) -> list[dict[str, Shown]]:
    """The rows of a table by column; none where the report has no such table."""
    table = next((table for table in every_table(report) if table.key == key), None)
    if table is None:
        return []
    return [dict(zip([column.key for column in table.columns], row, strict=True)) for row in table.rows]


def _points(report: Report) -> list[dict[str, Shown]]:
    return [
        {
            "label": next(iter(row.values())),
            "transactional": row.get("transactional"),
            "relational": row.get("relational"),
        }
        for row in _rows_of(report, "points")
    ]


def _stages(report: Report) -> dict[str, Shown]:
    """People by stage; the label of a row is the stage as it is said ("follow-up")."""
    people = {
        str(next(iter(row.values()))).replace("-", "_").replace(" ", "_"): row for row in _rows_of(report, "stages")
    }
    return {stage: people.get(stage, {}).get("people") for stage in STAGES}
