"""Files of loans and interactions in the real shape of their systems, and what becomes of each value."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from engagement.services.imports.rows import CleanInteraction, CleanLoan
from engagement.services.imports.sources import PRESETS, read_interactions, read_loans
from library.services.imports import Issue
from tests.catalog.material import material

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def read(folder: Path, content: str, **how: Any) -> tuple[list[CleanLoan], list[Issue]]:
    path = folder / "file"
    path.write_text(content)
    found = list(read_loans(path, **({"preset": "", "mapping": None, "now": NOW} | how)))
    return [one for one in found if isinstance(one, CleanLoan)], [one for one in found if isinstance(one, Issue)]


def at(  # noqa: PLR0917 (the parts of a moment)
    year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0, tiny: int = 0
) -> datetime:
    return datetime(year, month, day, hour, minute, second, tiny, UTC)


KOHA = "issue_id,borrowernumber,cardnumber,itemnumber,biblionumber,barcode,branchcode,issuedate,date_due,returndate"
KOHA += ",renewals_count\n"


def test_koha_csv(tmp_path: Path) -> None:
    rows = "1,7,2900,5,12,3900,CPL,2024-01-02 10:11:12,2024-02-02,,3\n2,7,,5,12,,CPL,2024-01-02,,2024-01-01,x\n"
    loans, issues = read(tmp_path, KOHA + rows + ",7,2900,5,12,3900,CPL,,,,\n")
    assert loans[0] == CleanLoan(
        line=2,
        loan_id="koha:1",
        patron="2900",
        title="12",
        copy="3900",
        branch="CPL",
        borrowed_at=at(2024, 1, 2, 10, 11, 12),
        due_at=at(2024, 2, 2, 23, 59),
        renewals=3,
    )
    assert (loans[1].patron, loans[1].copy, loans[1].returned_at) == ("7", "5", None)
    assert [(one.line, one.field, one.rejected) for one in issues] == [
        (3, "returned_at", False),
        (3, "renewals", False),
        (4, "loan_id", True),
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            '[{"checkout_id":9,"patron_id":5,"item_id":3,"checkout_date":"2024-01-02T10:00:00+01:00",'
            '"due_date":"2024-02-02T23:59:00+01:00","checkin_date":null,"library_id":"CPL","renewals_count":1}]',
            ("koha:9", "5", "", "3", "CPL", at(2024, 1, 2, 9), None, 1),
        ),
        (
            "id,usr,xact_start,target_copy,circ_lib,due_date,checkin_time\n"
            "1,7,2019-01-05 12:23:45.123-05,5,4,2019-02-05 23:59:59-05,2019-01-09 12:00:00-05\n",
            ("evergreen:1", "7", "", "5", "4", at(2019, 1, 5, 17, 23, 45, 123000), at(2019, 1, 9, 17), 0),
        ),
        (
            '{"loans":[{"id":"l1","userId":"u1","itemId":"i1","loanDate":"2017-03-01T22:34:11.000+0000",'
            '"returnDate":"2017-03-09","renewalCount":2,"item":{"instanceId":"in1","barcode":"b"}}],"totalRecords":1}',
            ("folio:l1", "u1", "in1", "b", "", at(2017, 3, 1, 22, 34, 11), at(2017, 3, 9), 2),
        ),
        (
            "<item_loans><item_loan><loan_id>8</loan_id><user_id>ab</user_id><mms_id>99</mms_id><item_barcode>b"
            '</item_barcode><library desc="Main">MAIN</library><loan_date>2024-01-02T10:00:00Z</loan_date></item_loan>'
            "</item_loans>",
            ("alma:8", "ab", "99", "b", "MAIN", at(2024, 1, 2, 10), None, 0),
        ),
        (
            "Item Loan Id,Primary Identifier,MMS Id,Barcode,Library Code,Loan Date,Return Date,Num of Renewals\n"
            "8,ab,99,b,MAIN,1/2/2024,1/20/2024,1\n",
            ("alma:8", "ab", "99", "b", "MAIN", at(2024, 1, 2), at(2024, 1, 20), 1),
        ),
        (
            '{"total":1,"entries":[{"id":"https://s/v6/patrons/checkouts/77","patron":"https://s/v6/patrons/1001",'
            '"item":"https://s/v6/items/55","outDate":"2023-09-08T14:48:42Z","numberOfRenewals":2}]}',
            ("sierra:77", "1001", "", "55", "", at(2023, 9, 8, 14, 48, 42), None, 2),
        ),
        (
            "PatronID,ItemRecordID,CheckOutDate,DueDate,Renewals\n1,2,1/5/2024 3:04:05 PM,1/25/2024,0\n",
            ("polaris:2:1/5/2024 3:04:05 PM", "1", "", "2", "", at(2024, 1, 5, 15, 4, 5), None, 0),
        ),
    ],
    ids=["koha-rest", "evergreen", "folio", "alma-xml", "alma-csv", "sierra", "polaris"],
)
def test_the_other_systems(content: str, expected: tuple[Any, ...], tmp_path: Path) -> None:
    (loan,), issues = read(tmp_path, content)
    assert not issues
    found = (loan.loan_id, loan.patron, loan.title, loan.copy, loan.branch, loan.borrowed_at, loan.returned_at)
    assert (*found, loan.renewals) == expected
    assert len(PRESETS) == 8


def test_dates_known_in_part_stay_what_they_are(tmp_path: Path) -> None:
    mapping = {"fields": {"loan_id": "id", "patron": "who", "borrowed_at": "from", "returned_at": "to"}}
    rows = "id,who,from,to\n1,a,1939,1939-05\n2,a,--05-25,1939-02-30\n3,a,,\n4,a,1939-13,\n"
    loans, issues = read(tmp_path, rows, mapping=mapping)
    assert [(one.borrowed_at, one.borrowed_as, one.returned_at, one.returned_as) for one in loans] == [
        (None, "1939", None, "1939-05"),
        (None, "--05-25", None, ""),
        (None, "", None, ""),
        (None, "", None, ""),
    ]
    assert [(one.line, one.field) for one in issues] == [(3, "returned_at"), (5, "borrowed_at")]


def test_loans_of_shakespeare_and_company_by_their_map() -> None:
    path = material("shakespeare", "borrows.csv")
    mapping = json.loads((Path(__file__).parents[3] / "docs/maps/shakespeare-loans.json").read_text())
    found = list(read_loans(path, preset="", mapping=mapping, now=NOW))
    loans = [one for one in found if isinstance(one, CleanLoan)]
    assert len(loans) == len({one.loan_id for one in loans}) == 9144
    assert len(found) == len(loans)
    assert sum(bool(one.borrowed_as) for one in loans) == 107
    assert loans[0].title == "uri:https://shakespeareandco.princeton.edu/books/bowen-death-heart/"


@pytest.mark.django_db
def test_interactions(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text(
        "kind,card,time,minutes,source_key,value\nvisit,2900,2024-01-01 10:00,5,v1,\n"
        "Database use,,2024-01-02,,v2,Maps\n"
        "flying,1,2024-01-01,,v3,\nvisit,1,2024-13-01,,v4,\nvisit,1,,,v5,\nvisit,1,2024-01-01,,,\nletter,1,2024-01-01,,v6,\n"
    )
    found = list(read_interactions(path, preset="", mapping=None, now=NOW))
    assert found[:2] == [
        CleanInteraction(2, "v1", "visit", "2900", at(2024, 1, 1, 10), 5),
        CleanInteraction(3, "v2", "database_use", "", at(2024, 1, 2), None, "Maps"),
    ]
    assert [(one.line, one.field, one.rejected) for one in found[2:] if isinstance(one, Issue)] == [
        (4, "kind", True),
        (5, "at", True),
        (6, "at", True),
        (7, "source", True),
        (8, "kind", True),
    ]
