"""The report as files: the same numbers in each, text that stays text, a PDF that reads aloud within six pages."""

from __future__ import annotations

import csv
import json
import re
import zipfile
from dataclasses import replace
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from django.core.cache import cache
from pypdf import PdfReader

from engagement.services.reports.board import MOST_PAGES, board_report
from engagement.services.reports.drawing import draw_picture
from engagement.services.reports.exports import report_csv
from engagement.services.reports.facts import report_facts
from engagement.services.reports.shapes import TEXT, Report
from engagement.services.reports.wording import say_value
from engagement.services.reports.workbook import report_xlsx
from tests.engagement.reported import FIGURES, HOSTILE, OVERVIEW, REPORT, long_report

SCHEMA = json.loads((Path(__file__).resolve().parents[2] / "docs" / "report.schema.json").read_text())
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@pytest.fixture(autouse=True)
def _empty_shelf() -> None:
    cache.clear()


@pytest.fixture(scope="module")
def pdf() -> bytes:
    return board_report(report=REPORT, draw=draw_picture)


def text_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages).split())


def sheets(content: bytes) -> dict[str, list[list[str | float]]]:
    """Every cell of a workbook by sheet: numbers as numbers, texts as texts."""
    with zipfile.ZipFile(BytesIO(content)) as parts:
        strings = [
            "".join(text.text or "" for text in item.iter(f"{MAIN}t"))
            for item in ET.fromstring(parts.read("xl/sharedStrings.xml"))  # noqa: S314  (written here)
        ]
        book = ET.fromstring(parts.read("xl/workbook.xml"))  # noqa: S314  (as above)
        names = [sheet.get("name", "") for sheet in book.iter(f"{MAIN}sheet")]
        found = {}
        for number, name in enumerate(names, 1):
            sheet = ET.fromstring(parts.read(f"xl/worksheets/sheet{number}.xml"))  # noqa: S314  (as above)
            assert not list(sheet.iter(f"{MAIN}f"))
            found[name] = [[_cell(cell, strings) for cell in row] for row in sheet.iter(f"{MAIN}row")]
    return found


def _cell(cell: ET.Element, strings: list[str]) -> str | float:
    value = next(cell.iter(f"{MAIN}v")).text or ""
    return strings[int(value)] if cell.get("t") == "s" else float(value)


def numbers_of(report: Report) -> list[tuple[str, str, Any, str]]:
    """(row, column or empty, value, unit) of every number."""
    found: list[tuple[str, str, Any, str]] = []
    for part in report.parts:
        found += [(one.label, "", one.value, one.unit) for one in part.figures]
        for table in part.tables:
            for row in table.rows:
                cells = list(zip(row, table.columns, strict=True))[1:]
                found += [(str(row[0]), column.label, value, column.unit) for value, column in cells]
    return found


def test_csv_json_workbook_and_pdf_hold_the_same_numbers(pdf: bytes) -> None:
    rows = {row[1]: row for row in csv.reader(StringIO(report_csv(REPORT).removeprefix("\ufeff")))}
    facts: Any = report_facts(REPORT)
    plain = json.dumps(facts)
    book = [row for sheet in sheets(report_xlsx(REPORT)).values() for row in sheet]
    printed = text_of(pdf)
    for name, column, value, unit in numbers_of(REPORT):
        measure = f"{name}, {column}" if column else name
        row = rows["'" + measure if measure.startswith("=") else measure]
        assert row[2] == ("" if value is None else str(value))
        assert row[3] == unit
        assert row[5]
        if value is not None:
            assert any(cells[0] == name and value in cells for cells in book), (name, value)
            assert json.dumps(value) in plain
        if name != HOSTILE:  # long names break over lines in print
            assert say_value(value, unit) in printed, (name, value)


def test_the_pdf_is_tagged_titled_and_counts_its_pages(pdf: bytes) -> None:
    reader = PdfReader(BytesIO(pdf))
    root: Any = reader.trailer["/Root"]
    assert root["/Lang"] == "en"
    assert root["/MarkInfo"]["/Marked"]
    assert reader.metadata is not None
    assert reader.metadata.title == "Relationships, July to September 2026"
    assert b"pdfuaid" in pdf
    assert f"page 1 of {len(reader.pages)}" in text_of(pdf)
    kinds = re.findall(r"/S /(\w+)", " ".join(repr(each) for each in _structure(root["/StructTreeRoot"])))
    assert {"H1", "H2", "H3", "Table", "TH", "TD", "Figure"} <= set(kinds)


def _structure(element: Any) -> list[str]:
    """The tags of a PDF, flat."""
    found: list[str] = []
    left = [element]
    while left:
        one = left.pop()
        one = one.get_object() if hasattr(one, "get_object") else one
        if isinstance(one, list):
            left += one
        elif isinstance(one, dict):
            found += [f"/S {one['/S']}"] if "/S" in one else []
            if one.get("/S") == "/Figure":
                assert one["/Alt"]
            left += [one["/K"]] if "/K" in one else []
    return found


def test_the_pdf_says_what_readers_allowed_and_what_small_numbers_are(pdf: bytes) -> None:
    printed = text_of(pdf)
    assert "She remembered the boats." in printed
    assert "* stands for a number that rests on 1 to 7 people" in printed
    assert "Letters of suggestions sent." in printed
    assert "readers’ own words" not in text_of(board_report(report=replace(REPORT, quotes=()), draw=draw_picture))


@pytest.mark.parametrize(("parts", "rows"), [(0, 0), (8, 3), (8, 60), (14, 200)])
def test_however_much_there_is_to_say_it_fits_on_six_pages(parts: int, rows: int) -> None:
    pages = PdfReader(BytesIO(board_report(report=long_report(parts, rows), draw=lambda *_: SMALL_PICTURE))).pages
    assert 1 <= len(pages) <= MOST_PAGES


SMALL_PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 520 250"><rect width="9" height="9"/></svg>'


@pytest.mark.parametrize("name", [HOSTILE, "图书馆 🎉", "\ufffe\x00\u202e", '#import "x": *', "a" * 400, ""])
def test_names_are_data_in_print_too(name: str) -> None:
    table = replace(OVERVIEW.tables[1], rows=((name, 115, 30), ("basic", 21900, -165)))
    report = replace(REPORT, parts=(replace(OVERVIEW, title=name or "x", tables=(table,)),), quotes=(name,))
    assert "21,900" in text_of(board_report(report=report, draw=draw_picture))


def test_text_that_begins_like_a_formula_stays_text() -> None:
    evil = replace(OVERVIEW, title="=cmd", figures=(replace(FIGURES[0], label="@SUM(A1)", definition="+1"),))
    report = replace(REPORT, parts=(evil, replace(evil, title="'=CMD'")))
    rows = list(csv.reader(StringIO(report_csv(report).removeprefix("\ufeff"))))
    assert ["'=cmd", "'@SUM(A1)", "1240", "count", "1100", "'+1", ""] in rows
    assert [name.lower() for name in sheets(report_xlsx(report))] == ["about", "=cmd", "=cmd 2"]


def fits(value: Any, schema: dict[str, Any]) -> bool:
    """The part of JSON Schema that the report's schema uses."""
    kinds: dict[str, Any] = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int}
    kinds |= {"number": int | float, "null": type(None)}
    if "$ref" in schema:
        schema = SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]]
    if "anyOf" in schema:
        return any(fits(value, choice) for choice in schema["anyOf"])
    if "const" in schema:
        return bool(value == schema["const"])
    if not isinstance(value, kinds[schema["type"]]):
        return False
    parts: Any = value
    if schema["type"] == "array":
        return all(fits(item, schema["items"]) for item in parts)
    known = schema.get("properties", {})
    return not known or (
        set(schema["required"]) <= set(parts) <= set(known) and all(fits(parts[key], known[key]) for key in parts)
    )


def test_the_json_keeps_to_its_schema_and_to_its_older_places() -> None:
    facts: Any = report_facts(REPORT)
    assert fits(facts, SCHEMA)
    assert facts["figures"]["letters"]["value"] == 1240
    assert facts["figures"]["promises_kept"]["value"] is None
    assert facts["points"][0] == {"label": "Jul 2026", "transactional": 911, "relational": 157}
    assert facts["stages"] == {
        "proactive": 115, "follow_up": 480, "reactive": "*", "basic": 21900, "not_measured": None
    }  # fmt: skip
    assert [column["unit"] for column in facts["parts"][0]["tables"][0]["columns"]] == [TEXT, "points", "points"]
