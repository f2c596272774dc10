"""Files of copies in the shapes of their systems."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from catalog.services.readers.copies import CleanCopy, read_copies
from library.services.imports import Issue

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("barcode,title,branch,status,as_of\nb1,12,Main,Checked out,2026-01-01\n", ("b1", "12", "Main", "on_loan")),
        (
            "itemnumber,biblionumber,barcode,homebranch,holdingbranch,itemlost,withdrawn,onloan,itemcallnumber\n"
            "5,12,b1,CPL,MPL,1,0,,X\n",
            ("b1", "12", "MPL", "missing"),
        ),
        (
            "itemnumber,biblionumber,barcode,homebranch,itemlost,withdrawn,onloan\n5,12,b1,CPL,0,0,2026-12-01\n",
            ("b1", "12", "CPL", "on_loan"),
        ),
        ("id,barcode,circ_lib,call_number,status,bib_id\n1,b1,4,7,8,12\n", ("b1", "12", "4", "on_hold")),
        (
            '{"items":[{"id":"i","barcode":"b1","instanceId":"12","holdingsRecordId":"h",'
            '"status":{"name":"Available","date":"2026-01-01T00:00:00Z"},"effectiveLocation":{"name":"Main"}}]}',
            ("b1", "12", "Main", "available"),
        ),
        (
            '{"entries":[{"id":"i","barcode":"b1","bibIds":["12"],"location":{"code":"mn","name":"Main"},'
            '"status":{"code":"t","display":"IN TRANSIT"}}]}',
            ("b1", "12", "Main", "in_transit"),
        ),
    ],
    ids=["own", "koha lost", "koha on loan", "evergreen", "folio", "sierra"],
)
def test_copies_of_each_system(content: str, expected: tuple[str, ...], tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text(content)
    (copy,) = read_copies(path, preset="", mapping=None, now=NOW)
    assert isinstance(copy, CleanCopy)
    assert (copy.source_key, copy.title, copy.branch, copy.status) == expected
    assert copy.as_of is not None
    assert copy.as_of <= NOW


def test_rows_that_name_no_copy_or_no_title_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("barcode,title,branch,status\n,12,Main,in\nb2,,Main,in\nb3,12,Main,odd\n")
    found = list(read_copies(path, preset="", mapping=None, now=NOW))
    assert [(one.line, one.field, one.rejected) for one in found if isinstance(one, Issue)] == [
        (2, "source_key", True),
        (3, "title", True),
        (4, "status", False),
    ]
    assert isinstance(found[-1], CleanCopy)
    assert found[-1].status == "other"
