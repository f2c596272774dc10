"""A total that leaves out what may not be shown says so, wherever it is read."""

from __future__ import annotations

import csv
import json
from datetime import timedelta
from io import BytesIO, StringIO

import pytest
from pypdf import PdfReader

from engagement.services.reports import stored
from engagement.services.reports.board import board_report
from engagement.services.reports.exports import report_csv
from engagement.services.reports.facts import every_figure, report_facts
from engagement.services.reports.periods import quarter_of
from engagement.services.reports.shapes import Figure, Report, Slice
from engagement.services.reports.whole import read_report
from engagement.services.reports.wording import word_figure
from engagement.services.reports.workbook import report_xlsx
from engagement.services.snapshots import take_snapshots
from tests.builders import NOON, make_patron
from tests.engagement.events import record
from tests.engagement.test_report_files import SCHEMA, fits, sheets

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def work(few: int) -> None:
    """Twelve letters of half an hour each, as many gifts, and so many talks and words spoken for the library."""
    patrons = [make_patron("profile") for _ in range(12)]
    for patron in patrons:
        record("letter", patron, NOON - DAY, started_by="library", minutes=30, now=NOON)
        record("donation", patron, NOON - DAY, now=NOON)
    for patron in patrons[:few]:
        record("desk_talk", patron, NOON - DAY, minutes=10, now=NOON)
        record("advocacy", patron, NOON - DAY, now=NOON)


def told() -> Report:
    return read_report(period=quarter_of(NOON.date()), slice_=Slice(), now=NOON)


def figure(report: Report, key: str) -> Figure:
    return next(one for part in report.parts for one in part.figures if one.key == key)


@pytest.mark.parametrize(("few", "hours", "gifts"), [(3, "at least 6.0 hours", "at least 12"), (0, "6.0 hours", "12")])
def test_on_screen_and_in_every_file(few: int, hours: str, gifts: str) -> None:
    work(few)
    report = told()
    assert word_figure(figure(report, "hours"), is_running=True).text == hours
    assert word_figure(figure(report, "gifts"), is_running=True).text == gifts
    outcomes = next(part for part in report.parts if part.key == "outcomes")
    assert outcomes.sentence.startswith(f"{gifts[:1].upper()}{gifts[1:]} gifts to the library")
    least = ", at least" if few else ""
    rows = list(csv.DictReader(StringIO(report_csv(report).removeprefix("\ufeff"))))
    said = {row["measure"]: (row["value"], row["unit"]) for row in rows}
    assert said["of staff time written down"] == ("6.0", f"hours{least}")
    assert said["gifts to the library"] == ("12", f"count{least}")
    [row] = [row for row in sheets(report_xlsx(report))["Outcomes"] if row[:1] == ["gifts to the library"]]
    assert row[1:3] == [12, f"count{least}"]
    facts = json.loads(json.dumps(report_facts(report)))
    assert fits(facts, SCHEMA)
    plain = {one["key"]: one["at_least"] for part in facts["parts"] for one in part["figures"]}
    assert plain["gifts"] is plain["hours"] is plain["done"] is bool(few)
    assert not plain["letters"]


def test_in_the_board_report() -> None:
    work(3)
    pages = PdfReader(BytesIO(board_report(report=told(), draw=lambda _table, _key: ""))).pages
    words = " ".join(" ".join(page.extract_text().split()) for page in pages)
    assert "at least 6.0 hours" in words
    assert "At least 12 gifts" in words


def test_kept_counts_say_the_same_as_counting_now(monkeypatch: pytest.MonkeyPatch) -> None:
    work(3)
    fresh = told()
    take_snapshots(now=NOON)
    monkeypatch.setattr(stored, "SMALL", 0)
    kept = told()
    assert kept.counted.startswith("as counted on")
    assert every_figure(kept) == every_figure(fresh)


def test_a_kind_hidden_as_a_whole_leaves_a_star_and_no_least() -> None:
    for _ in range(3):
        record("donation", make_patron("profile"), NOON - DAY, now=NOON)
    gifts = figure(told(), "gifts")
    assert (gifts.value, gifts.at_least) == ("*", False)
