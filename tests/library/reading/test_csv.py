"""CSV files: what spreadsheets and library systems do to them, and how damage is kept to its own row."""

from __future__ import annotations

from pathlib import Path

import pytest

from library.services.importing import UnreadableFile
from library.services.reading.delimited import HEADER_AGAIN, NOT_CLOSED, TOO_LONG
from library.services.reading.table import Problem
from tests.library.reading.files import table_of, texts


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "windows-1252", "utf-16"])
def test_delimiters_and_encodings_are_found_out(delimiter: str, encoding: str, tmp_path: Path) -> None:
    text = delimiter.join(["card", "name"]) + "\r\n" + delimiter.join(["1", '"Núñez, Ana"']) + "\r\n"
    table = table_of(tmp_path, text.encode(encoding))
    assert (table.format, table.header) == ("csv", ("card", "name"))
    assert texts(table, "name", "card") == [["2", "Núñez, Ana", "1"]]


def test_a_line_that_names_the_delimiter_counts_as_a_line(tmp_path: Path) -> None:
    assert texts(table_of(tmp_path, 'sep=;\n"a,b";c\n1;2\n'), "c") == [["3", "2"]]


def test_rows_count_by_the_line_they_begin_on(tmp_path: Path) -> None:
    table = table_of(tmp_path, 'a,b\n"one\ntwo",x\n\ny,z\n')
    assert texts(table, "a") == [["2", "one\ntwo"], ["5", "y"]]


def test_an_open_quotation_mark_costs_its_own_row_only(tmp_path: Path) -> None:
    table = table_of(tmp_path, 'a,b\n1,"open\n2,x\n3,y\n')
    assert list(table.rows(["a"])) == [Problem(2, NOT_CLOSED), (3, ("2",)), (4, ("3",))]


def test_an_open_quotation_mark_that_a_later_one_closes_costs_its_own_row_only(tmp_path: Path) -> None:
    lines = ['1,"open', *(f"{number},x" for number in range(2, 500)), '500,"quoted"', "501,y"]
    found = texts(table_of(tmp_path, "a,b\n" + "\n".join(lines) + "\n"), "a")
    assert found[0] == ["2", "damaged"]
    assert found[1:] == [[str(number + 1), str(number)] for number in range(2, 502)]


def test_rows_of_another_width_are_told(tmp_path: Path) -> None:
    table = table_of(tmp_path, "a,b,c\n1,2,3,4\n1,2,3,,\n1,2\na,b,c\n")
    assert list(table.rows(["c"])) == [
        Problem(2, "The row has 4 columns, the header 3."),
        (3, ("3",)),
        Problem(4, "The row has 2 columns, the header 3."),
        Problem(5, HEADER_AGAIN),
    ]
    assert list(table.rows(["b"]))[2] == (4, ("2",)), "only columns that nobody asked for are missing"


def test_a_row_without_end_is_passed_over(tmp_path: Path) -> None:
    table = table_of(tmp_path, "a,b\n" + "x" * 3_000_000 + "\n1,2\n")
    assert list(table.rows(["a"])) == [Problem(2, TOO_LONG), (3, ("1",))]


def test_rows_can_be_read_again_and_say_how_far_they_are(tmp_path: Path) -> None:
    table = table_of(tmp_path, "a,b\n" + "1,2\n" * 100_000)
    rows = table.rows(["a"])
    next(rows)
    assert 0 < table.bytes_read() < 400_004
    assert sum(1 for _ in rows) == 99_999
    assert table.bytes_read() == 400_004
    assert next(table.rows(["b"])) == (2, ("2",))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b" \r\n\n", "is empty"),
        (b"\n1,2\n", "names no columns"),
        (b",,\n1,2,3\n", "names no columns"),
        (b"PK\x03\x04....", "spreadsheet"),
        (b"%PDF-1.7", "PDF"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "not a text file"),
        (b"<!DOCTYPE html><html></html>", "web page"),
    ],
)
def test_other_files_are_refused_in_a_sentence(content: bytes, words: str, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=words):
        table_of(tmp_path, content)
