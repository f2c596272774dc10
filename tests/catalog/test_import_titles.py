"""import_titles on real and on bad files."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from catalog.models import Title
from catalog.services.imports import TitleCounts, import_titles
from catalog.services.isbn import isbn13_of
from catalog.services.readers.found import CleanTitle, Found, left_out
from library.models import ImportIssue, ImportRun
from library.services.imports import Issue
from tests.catalog.material import DATA, material, run_find, run_import
from tests.catalog.test_marc21 import record_of
from tests.catalog.test_opening import PNG

pytestmark = pytest.mark.django_db
BOOKS = "id,title,isbn\n1,Un café,439023483\n2,Other,9.78E+12\n,\n3,Third,123\n4,,\n"


def counted(result: dict[str, object]) -> dict[str, object]:
    """The counts that are not zero, without the time."""
    return {name: count for name, count in result.items() if count and name != "seconds"}


def books(tmp_path: Path, text: str = BOOKS) -> Path:
    path = tmp_path / "books.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_goodbooks_comes_in_with_certain_isbns_only_and_the_second_time_changes_nothing() -> None:
    path = material("goodbooks", "books_2000.csv")
    isbns = {"repaired": 1928, "ambiguous": 11, "not_repairable": 3, "blank": 56}
    assert counted(run_import(path)) == {"created": 2000} | isbns
    before = list(Title.objects.order_by("pk").values_list("pk", "isbns", "search_text"))
    assert counted(run_import(path)) == {"unchanged": 2000} | isbns
    assert list(Title.objects.order_by("pk").values_list("pk", "isbns", "search_text")) == before
    taken = [isbn for _pk, several, _text in before for isbn in several]
    assert len(taken) == 1930
    assert all(isbn13_of(isbn) == isbn for isbn in taken)
    assert "The Hunger Games" in run_find("hunger gmaes")[0]["title"]


@pytest.mark.parametrize(
    ("folder", "counts"),
    [
        ("uva", {"created": 199, "not_books": 1}),
        ("blacklight", {"created": 30}),
        ("traject", {"created": 46, "unchanged": 30, "rejected": 2, "not_books": 8}),
    ],
)
def test_marc_corpora_come_in_record_by_record(folder: str, counts: dict[str, int]) -> None:
    total = TitleCounts().as_dict()
    for path in sorted(material("marc", folder).iterdir()):
        try:
            result = run_import(path)
        except CommandError as error:
            assert "No MARC record" in str(error)  # noqa: PT017  (Dublin Core among the samples; the others must import)
            continue
        total = {name: total[name] + result[name] for name in total}
    kept = ("created", "updated", "unchanged", "rejected", "not_books")
    assert {name: total[name] for name in kept if total[name]} == counts
    assert Title.objects.count() == counts["created"]


def test_every_file_of_the_material_imports_or_says_why_not() -> None:
    for path in sorted(material("marc").glob("*/*")):
        try:
            first = run_import(path)
        except CommandError as error:
            assert len(str(error)) > 20  # noqa: PT017  (which files are refused is the question here)
        else:
            again = run_import(path)
            assert (again["created"], again["updated"], again["rejected"]) == (0, 0, first["rejected"])
    assert DATA.exists()


def test_rejected_rows_are_listed_with_line_and_reason_and_safe_for_a_spreadsheet(tmp_path: Path) -> None:
    rejected = tmp_path / "rejected.csv"
    result = run_import(books(tmp_path, BOOKS + "9,A,1,=cmd()\n"), "--rejected", str(rejected))
    isbns = {"repaired": 1, "ambiguous": 1, "not_repairable": 1}
    assert counted(result) == {"created": 3, "rejected": 2} | isbns
    rows = list(csv.reader(io.StringIO(rejected.read_text(encoding="utf-8-sig"))))
    assert rows[0] == ["line", "field", "value", "reason"]
    assert rows[1:] == [
        ["6", "title", "", "The row has no title."],
        ["7", "", "", "The row has 4 columns, the header 3."],
    ]
    run = ImportRun.objects.get()
    assert (run.what, run.file_name, run.state, run.counts["created"]) == ("titles", "books.csv", "done", 3)
    kept = ImportIssue.objects.order_by("line").values_list("line", "field", "value", "rejected")
    assert list(kept) == [
        (3, "isbn", "9.78E+12", False),
        (5, "isbn", "123", False),
        (6, "title", "", True),
        (7, "", "", True),
    ]


def test_a_dry_run_counts_and_writes_nothing(tmp_path: Path) -> None:
    result = run_import(books(tmp_path), "--dry-run")
    assert (result["created"], result["rejected"]) == (3, 1)
    assert not Title.objects.exists()
    assert not ImportRun.objects.exists()


@pytest.mark.parametrize("content", [b"", PNG, b"<html>", b"{}", b"a,b\n1,2\n", b"<x/>", b"\x00" * 9999])
def test_a_bad_file_is_refused_and_nothing_is_written(content: bytes, tmp_path: Path) -> None:
    path, rejected = tmp_path / "titles.mrc", tmp_path / "rejected.csv"
    path.write_bytes(content)
    with pytest.raises(CommandError) as refused:
        call_command("import_titles", str(path), "--rejected", str(rejected))
    assert refused.value.returncode == 1
    assert "\n" not in str(refused.value)
    assert not rejected.exists()
    assert not Title.objects.exists()
    assert not ImportRun.objects.exists()


def test_the_file_being_read_is_not_overwritten_by_its_rejects(tmp_path: Path) -> None:
    path = books(tmp_path)
    with pytest.raises(CommandError, match="being read"):
        call_command("import_titles", str(path), "--rejected", str(path))
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("import_titles", str(path), "--rejected", str(tmp_path / "none" / "x.csv"))
    assert path.read_text(encoding="utf-8") == BOOKS


def test_a_number_that_comes_twice_is_taken_once_and_the_outcome_stays_the_same(tmp_path: Path) -> None:
    path = tmp_path / "books"
    path.write_bytes(record_of("One", c001="1") + record_of("Two", c001="1") + record_of("One", c001="1"))
    assert counted(run_import(path)) == {"created": 1, "unchanged": 1, "rejected": 1, "blank": 2}
    assert counted(run_import(path)) == {"unchanged": 2, "rejected": 1, "blank": 2}
    assert Title.objects.get().name == "One"


def test_now_is_recorded_and_a_bad_time_refused(tmp_path: Path) -> None:
    run_import(books(tmp_path), "--now", "2026-11-24T12:00:00Z")
    run = ImportRun.objects.get()
    assert run.started_at.isoformat() == "2026-11-24T12:00:00+00:00"
    assert run.finished_at
    assert run.finished_at - run.started_at < timedelta(minutes=5)
    with pytest.raises(CommandError):
        call_command("import_titles", str(books(tmp_path)), "--now", "yesterday")


def test_an_interrupted_import_keeps_whole_batches_and_is_completed_by_running_it_again(now: datetime) -> None:
    shown: list[Issue] = []

    def records(stop: int) -> Iterator[Found]:
        for number in range(1, 2501):
            if number == stop:
                raise OSError("the disk went away")
            title = CleanTitle(source="s", source_key=str(number), name=f"Book {number}")
            yield Found(place=number, title=title) if number % 5 else left_out(number, "Broken.")

    def run(stop: int) -> TitleCounts:
        return import_titles(records=records(stop), file_name="f", show=shown.extend, elapsed=lambda: 3.0, now=now)

    with pytest.raises(OSError, match="disk"):
        run(2400)
    failed = ImportRun.objects.get()
    assert (failed.state, failed.error, failed.counts["created"]) == ("failed", "OSError: the disk went away", 1600)
    assert failed.finished_at == now + timedelta(seconds=3)
    assert Title.objects.count() == 1600
    counts = run(0)
    assert (counts.created, counts.unchanged, counts.rejected) == (400, 1600, 500)
    assert len(shown) == 400 + 500
    assert ImportIssue.objects.filter(run__state="done", rejected=True).count() == 500


def test_the_list_of_numbers_met_is_gone_after_an_import(tmp_path: Path) -> None:
    run_import(books(tmp_path))
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('pg_temp.titles_met')")
        assert cursor.fetchone() == (None,)


def test_without_json_the_counts_are_told_in_words(tmp_path: Path) -> None:
    out = io.StringIO()
    call_command("import_titles", str(books(tmp_path)), stdout=out)
    assert "1  ISBNs repaired" in out.getvalue()
    with pytest.raises(json.JSONDecodeError):
        json.loads(out.getvalue().splitlines()[-1])
