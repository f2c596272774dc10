"""The overview for other programs: rows for CSV and XLSX, plain values for JSON (docs/report.schema.json)."""

from __future__ import annotations

from engagement.services.reports.overview import Overview
from relcrm.kit.csvio import csv_text
from relcrm.kit.xlsxio import workbook

HEADER = ("part", "measure", "value", "unit", "period before", "definition")
POINTS = "Sum of points by the rules in force, at their time, without fading."
PEOPLE = "Readers by their stage today, rounded to 5; * is 1 to 7."
NOT_MEASURED = "Readers without consent to a profile, rounded to 5."


def overview_csv(overview: Overview) -> str:
    """Every number of the page with its unit and definition, one to a row."""
    return csv_text(HEADER, _rows(overview))


def overview_xlsx(overview: Overview) -> bytes:
    """The same rows as a workbook."""
    return workbook("Relationships", HEADER, _rows(overview))


def _rows(overview: Overview) -> list[tuple[object, ...]]:
    period, before = overview.period, overview.period.before
    rows: list[tuple[object, ...]] = [
        ("report", "period", period.label, "", before.label if before else "", ""),
        ("report", "branch", overview.branch or "all branches", "", "", ""),
        ("report", "as of", overview.as_of.isoformat(), "", "", ""),
        ("report", "rules", overview.rules_version, "version", "", ""),
    ]
    rows += [("loop", each.label, each.value, each.unit, each.before, each.definition) for each in overview.figures]
    for row in overview.points:
        rows.append(("points", f"{row.label}, relational", row.relational, "points", "", POINTS))
        rows.append(("points", f"{row.label}, transactional", row.transactional, "points", "", POINTS))
    rows += [("stages", stage.label, stage.people, "people", "", PEOPLE) for stage in overview.stages]
    rows.append(("stages", "not measured", overview.not_measured, "people", "", NOT_MEASURED))
    return rows


def overview_facts(overview: Overview) -> dict[str, object]:
    """The same as plain values: a number, "*" where it is hidden, null where there was nothing to count."""
    period, before = overview.period, overview.period.before
    return {
        "report": "engagement",
        "from": period.first.isoformat(),
        "to": period.last.isoformat(),
        "before_from": before.first.isoformat() if before else None,
        "before_to": before.last.isoformat() if before else None,
        "is_running": overview.is_running,
        "branch": overview.branch or None,
        "as_of": overview.as_of.isoformat(),
        "rules_version": overview.rules_version,
        "figures": {
            figure.key: {
                "label": figure.label,
                "unit": figure.unit,
                "value": figure.value,
                "before": figure.before,
                "definition": figure.definition,
            }
            for figure in overview.figures
        },
        "points": [
            {"label": row.label, "transactional": row.transactional, "relational": row.relational}
            for row in overview.points
        ],
        "stages": {row.stage: row.people for row in overview.stages} | {"not_measured": overview.not_measured},
    }
