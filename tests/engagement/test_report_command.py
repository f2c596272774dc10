"""`manage.py report engagement`: the report of any days, in every form, or words that say why not."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from pypdf import PdfReader

from tests.builders import NOON, make_branch, make_patron
from tests.engagement.events import record
from tests.engagement.test_report_files import SCHEMA, fits, sheets

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
DAYS = ["--from", "2026-10-01", "--to", "2026-12-31", "--now", NOON.isoformat()]


@pytest.fixture(autouse=True)
def _library() -> None:
    cache.clear()
    branch = make_branch(name="North", slug="north")
    for _ in range(9):
        patron = make_patron("profile", branch=branch)
        record("request", patron, NOON - 9 * DAY, branch=branch, now=NOON)
        record("letter", patron, NOON - 5 * DAY, started_by="library", branch=branch, wait_minutes=4321, now=NOON)


def written(path: Path, form: str, *more: str) -> dict[str, Any]:
    out = StringIO()
    call_command("report", "engagement", *DAYS, "--format", form, "-o", str(path), "--json", *more, stdout=out)
    said: dict[str, Any] = json.loads(out.getvalue().splitlines()[-1])
    assert said == {"file": str(path), "format": form, "bytes": path.stat().st_size}
    return said


def test_json_csv_and_workbook_of_any_days(tmp_path: Path) -> None:
    written(tmp_path / "r.json", "json")
    facts = json.loads((tmp_path / "r.json").read_text())
    assert fits(facts, SCHEMA)
    assert facts["figures"]["requests"]["value"] == facts["figures"]["letters"]["value"] == 9
    assert [part["key"] for part in facts["parts"]][:2] == ["overview", "people"]
    written(tmp_path / "r.csv", "csv", "--branch", "north")
    assert "letters sent,9,count" in (tmp_path / "r.csv").read_text()
    written(tmp_path / "r.xlsx", "xlsx")
    assert any(row[:2] == ["letters sent", 9.0] for row in sheets((tmp_path / "r.xlsx").read_bytes())["Overview"])


def test_the_pdf_is_the_board_report(tmp_path: Path) -> None:
    written(tmp_path / "r.pdf", "pdf")
    pages = PdfReader(tmp_path / "r.pdf").pages
    assert 1 <= len(pages) <= 6
    assert "Overview" in pages[0].extract_text()


@pytest.mark.parametrize(
    "words",
    [
        ["--from", "2026-02-01", "--to", "2026-01-01"],
        ["--from", "yesterday", "--to", "2026-01-01"],
        ["--from", "2026-01-01", "--to", "2026-01-31", "--branch", "nowhere"],
        ["--from", "2026-01-01", "--to", "2026-01-31", "--format", "docx"],
    ],
)
def test_a_report_that_cannot_be_is_refused_and_writes_nothing(words: list[str], tmp_path: Path) -> None:
    with pytest.raises(CommandError):
        call_command("report", "engagement", *words, "-o", str(tmp_path / "r"))
    assert not (tmp_path / "r").exists()


def test_a_report_into_a_missing_folder_says_so(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("report", "engagement", *DAYS, "-o", str(tmp_path / "no" / "r"))


@pytest.mark.parametrize(
    "days", [("1890-01-01", "1890-01-31"), ("2199-01-01", "2199-12-31"), ("1890-01-01", "2026-11-01")]
)
def test_days_long_ago_far_ahead_or_very_many_are_just_days(days: tuple[str, str], tmp_path: Path) -> None:
    out = tmp_path / "r.json"
    words = ["--from", days[0], "--to", days[1], "--now", NOON.isoformat(), "-o", str(out)]
    call_command("report", "engagement", *words, stdout=StringIO())
    assert fits(json.loads(out.read_text()), SCHEMA)
