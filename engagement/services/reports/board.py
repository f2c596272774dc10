"""The board report: a tagged PDF (PDF/UA-1) of at most six pages. The numbers go to Typst as data, never as source."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import typst
from django.conf import settings

from engagement.services.reports.facts import every_table
from engagement.services.reports.pictures import Draw, draw_all
from engagement.services.reports.shapes import Report
from engagement.services.reports.svg import drawable
from engagement.services.reports.wording import SMALL_NUMBERS, PartWords, TableWords, word_part

SOURCE = Path(__file__).with_name("board.typ")
MOST_PAGES = 6
# Letters beyond Latin, Greek, Cyrillic and common signs: Typst's own font may lack them.
UNKNOWN_LETTERS = re.compile(
    "[^\\x00-\u024f\u0300-\u036f\u0370-\u052f\u1e00-\u1fff\u2010-\u2027\u2030-\u203a\u20a0-\u20bf]"
)


@dataclass(frozen=True)
class Room:
    """How much a report may take: points of text, rows of a table, tables of a part, parts with definitions."""

    text: float
    rows: int
    tables: int
    defined: int


# Tried in this order until the report has at most six pages. Whatever is left out stands in the workbook.
ROOMS = (
    Room(9.5, 24, 99, 99),
    Room(9, 12, 99, 99),
    Room(8.5, 8, 3, 99),
    Room(8.5, 6, 2, 2),
    Room(8, 5, 1, 1),
    Room(8, 0, 0, 0),
)


def board_report(*, report: Report, draw: Draw) -> bytes:
    """The PDF of a report, with pictures drawn by `draw` where none is kept."""
    pictures = draw_all(tables=every_table(report), draw=draw)
    for room in ROOMS:
        pdf, pages = _set(_data(report, pictures, room), report.as_of.astimezone(UTC).replace(microsecond=0))
        if pages <= MOST_PAGES:
            break
    return pdf


def _set(data: str, as_of: datetime) -> tuple[bytes, int]:
    """The PDF and its pages. PDF/UA refuses letters that no font has: then the machine's fonts help, else a "?"."""
    for words, own_fonts_only in ((data, True), (data, False), (UNKNOWN_LETTERS.sub("?", data), True)):
        compiler = typst.Compiler(str(SOURCE), ignore_system_fonts=own_fonts_only, sys_inputs={"data": words})
        try:
            pdf = compiler.compile(format="pdf", pdf_standards="ua-1", timestamp=as_of)
        except typst.TypstError as error:
            if "could not be displayed" not in error.message:
                raise
            continue
        return cast("bytes", pdf), int(compiler.query("<pages>", field="value", one=True))
    raise ValueError("no font for the words of this report")


def _data(report: Report, pictures: Mapping[str, str], room: Room) -> str:
    """Everything the page says, in this much room."""
    parts = [word_part(part, is_running=report.is_running) for part in report.parts]
    said = {
        "title": f"Relationships, {report.period.label}",
        "library": settings.LIBRARY_NAME,
        "subtitle": (
            f"{settings.LIBRARY_NAME}, {report.slice.label}"
            + (f", beside {report.period.before.label}" if report.period.before else "")
            + f". {report.counted[:1].upper()}{report.counted[1:]}, by rules {report.rules_version}."
        ),
        "room": asdict(room),
        "parts": [_part(part, pictures, room) for part in parts],
        "definitions": [one for part in parts[: room.defined] for one in _definitions(part)],
        "definitions_at": f"{settings.PUBLIC_URL}/reports/definitions/",
        "quotes": list(report.quotes),
        "small_numbers": SMALL_NUMBERS,
    }
    return json.dumps(_printable(said), ensure_ascii=False)


def _printable(said: object) -> object:
    """The same without what no font can show; pictures are clean already."""
    if isinstance(said, dict):
        return {name: value if name == "picture" else _printable(value) for name, value in said.items()}
    if isinstance(said, list):
        return [_printable(value) for value in said]
    return drawable(said) if isinstance(said, str) else said


def _part(part: PartWords, pictures: Mapping[str, str], room: Room) -> dict[str, object]:
    return {
        "title": part.title,
        "sentence": part.sentence,
        "figures": [{"text": one.text, "label": one.label, "change": one.change} for one in part.figures],
        "tables": [_table(table, pictures, room) for table in part.tables[: room.tables] if table.rows],
        "notes": list(part.notes),
    }


def _table(table: TableWords, pictures: Mapping[str, str], room: Room) -> dict[str, object]:
    return {
        "title": table.title,
        "sentence": table.sentence,
        "heads": [{"label": label, "number": is_number} for label, is_number in table.heads],
        "rows": [[cell.text for cell in row] for row in table.rows[: room.rows]],
        "more": max(0, len(table.rows) - room.rows),
        "picture": pictures.get(table.key, ""),
        "alt": f"{table.title}. {table.sentence} The table beside it has the numbers.",
    }


def _definitions(part: PartWords) -> list[dict[str, str]]:
    """What the figures count: each definition once, under everything it defines."""
    labels: dict[str, list[str]] = {}
    for one in part.figures:
        if one.definition:
            labels.setdefault(one.definition, []).append(one.label)
    return [{"label": "; ".join(names), "definition": definition} for definition, names in labels.items()]
