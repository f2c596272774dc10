"""Copies: the newest file counts, what is missing from a full one goes, and all of it can be taken back."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from catalog.models import CatalogChange, Copy
from catalog.services.copies import bring_in, undo_import
from catalog.services.readers.copies import CleanCopy
from library.models import ImportIssue, ImportRun
from library.services.importing import UndoTooLate, UnreadableFile
from library.services.imports import Issue, open_run
from tests.builders import NOON, make_branch, make_title

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def copy(number: int = 1, **over: Any) -> CleanCopy:
    values: dict[str, Any] = {"source_key": f"c{number}", "title": "b1", "status": "available", "as_of": NOON - DAY}
    return CleanCopy(**({"line": number + 1} | values | over))


def bring(*rows: CleanCopy | Issue, dry_run: bool = False, **options: Any) -> ImportRun:
    run = open_run(what="copies", file_name="copies.csv", now=NOON, dry_run=dry_run, options=options)
    return bring_in(run=run, items=rows, clock=lambda: NOON)


def told(run: ImportRun) -> dict[str, int]:
    return {name: count for name, count in run.counts.items() if count}


def kept() -> list[Any]:
    return list(Copy.objects.order_by("source_key").values())


def test_copies_come_in_and_the_second_time_nothing_is_written() -> None:
    title, branch = make_title(source_key="biblionumber:b1"), make_branch(ils_codes=["CPL"])
    rows = [copy(1, branch="CPL", call_number="F JAN"), copy(2, status="on_loan")]
    assert told(bring(*rows)) == {"created": 2}
    one = Copy.objects.get(source_key="c1")
    assert (one.title, one.branch, one.status, one.call_number, one.as_of) == (
        title,
        branch,
        "available",
        "F JAN",
        NOON - DAY,
    )
    before, changes = kept(), CatalogChange.objects.count()
    assert told(bring(*rows)) == {"unchanged": 2}
    assert (kept(), CatalogChange.objects.count()) == (before, changes)


def test_a_newer_file_counts_an_older_one_does_not() -> None:
    make_title(source_key="b1")
    bring(copy(1), copy(2))
    assert told(bring(copy(1, status="on_loan", as_of=NOON), copy(2, as_of=NOON))) == {"updated": 1, "unchanged": 1}
    assert list(Copy.objects.values_list("as_of", flat=True)) == [NOON, NOON]
    assert told(bring(copy(1, as_of=NOON - 5 * DAY))) == {"unchanged": 1}
    assert Copy.objects.get(source_key="c1").status == "on_loan"


def test_a_copy_of_no_title_or_with_two_states_is_rejected_by_line() -> None:
    make_title(source_key="b1", isbns=["9780439023481"])
    make_title(source="one", source_key="twice")
    make_title(source="two", source_key="twice")
    run = bring(
        copy(1),
        copy(2, title="b9"),
        copy(3, title="", isbn="9780439023481", branch="Moon"),
        copy(4, title="twice"),
        copy(1, line=9),
        copy(1, line=10, status="missing"),
        Issue(12, "source_key", "", "No barcode."),
    )
    assert told(run) == {"created": 2, "unchanged": 1, "rejected": 4, "ambiguous": 1}
    issues = ImportIssue.objects.filter(run=run).order_by("line").values_list("line", "field", "rejected")
    assert list(issues) == [
        (3, "title", True),
        (4, "branch", False),
        (5, "title", True),
        (10, "source_key", True),
        (12, "source_key", True),
    ]


def test_what_is_missing_from_a_full_file_goes_and_comes_back() -> None:
    make_title(source_key="b1")
    bring(copy(1), copy(2))
    before = [{name: row[name] for name in row if name != "id"} for row in kept()]
    run = bring(copy(1, status="missing"), full=True)
    assert told(run) == {"updated": 1, "gone": 1}
    assert [row["source_key"] for row in kept()] == ["c1"]
    assert undo_import(run=run, now=NOON) == {"reversed": 2, "kept": 0, "gone": 0}
    assert [{name: row[name] for name in row if name != "id"} for row in kept()] == before
    with pytest.raises(UndoTooLate):
        undo_import(run=run, now=NOON)


def test_a_full_file_without_a_single_copy_takes_nothing_away() -> None:
    make_title(source_key="b1")
    bring(copy(1))
    with pytest.raises(UnreadableFile, match="none was marked"):
        bring(Issue(2, "title", "", "No title."), full=True)
    assert Copy.objects.count() == 1


def test_undoing_keeps_what_a_later_file_changed() -> None:
    make_title(source_key="b1")
    run = bring(copy(1), copy(2), copy(3))
    bring(copy(1, status="missing"))
    Copy.objects.filter(source_key="c3").delete()
    assert undo_import(run=run, now=NOON) == {"reversed": 1, "kept": 1, "gone": 0}
    assert [row["source_key"] for row in kept()] == ["c1"]


def test_a_dry_run_writes_no_copy() -> None:
    make_title(source_key="b1")
    assert told(bring(copy(1), dry_run=True)) == {"created": 1}
    assert not Copy.objects.exists()


def test_the_command_takes_the_age_of_the_file_where_it_has_no_time_of_its_own(tmp_path: Path) -> None:
    make_title(source_key="b1", isbns=["9780439023481"])
    file, out = tmp_path / "copies.csv", StringIO()
    file.write_text("barcode,biblionumber,status\nX1,b1,available\nX2,b7,available\n", encoding="utf-8")
    made = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
    os.utime(file, (made.timestamp(), made.timestamp()))
    mapping = tmp_path / "map.json"
    fields = {"source_key": "barcode", "title": "biblionumber", "status": "status"}
    mapping.write_text(json.dumps({"what": "copies", "fields": fields}), encoding="utf-8")
    rejected = tmp_path / "rejected.csv"
    command = ("import_copies", str(file), "--map", str(mapping), "--now", NOON.isoformat(), "--json")
    call_command(*command, "--rejected", str(rejected), stdout=out)
    counts = json.loads(out.getvalue().splitlines()[-1])
    assert (counts["created"], counts["rejected"]) == (1, 1)
    assert rejected.read_text(encoding="utf-8-sig").splitlines()[1].startswith("3,title,b7,")
    assert Copy.objects.get().as_of == made
    call_command("import_copies", "--undo", str(counts["run"]), "--now", NOON.isoformat(), stdout=StringIO())
    assert not Copy.objects.exists()
    with pytest.raises(CommandError, match="no import"):
        call_command("import_copies", "--undo", "999999")
    with pytest.raises(CommandError, match="no file"):
        call_command("import_copies", str(tmp_path / "none.csv"))
