"""MARC 21: what is broken costs only itself."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from pymarc import Field, Indicators, MARCReader, Record, Subfield

from catalog.services.isbn import IsbnCase
from catalog.services.readers.found import CleanTitle, Found
from catalog.services.readers.marc import BrokenRecord
from catalog.services.readers.marc21 import read_marc21
from catalog.services.readers.opening import open_titles
from tests.catalog.material import material


def record_of(name: str, *, leader: str = "     nam a22     4500", **fields: str) -> bytes:
    """A record with a title; further fields as `f020="isbn"` ($a) or `c008="..."` (control)."""
    data = [(tag[1:], value) for tag, value in fields.items() if not tag.startswith("c")]
    control = [Field(tag[1:], data=value) for tag, value in fields.items() if tag.startswith("c")]
    record = Record(leader=leader.ljust(24))
    record.fields = [
        *control,
        Field("245", Indicators("1", "0"), [Subfield("a", name)]),
        *(Field(tag, Indicators("1", " "), [Subfield("a", value)]) for tag, value in data),
    ]
    raw: bytes = record.as_marc()
    return raw


def read(path: Path) -> list[Found]:
    return list(open_titles(path))


def only(path: Path) -> CleanTitle:
    (found,) = read(path)
    assert found.title, found.issues
    return found.title


def names(raw: bytes) -> list[str]:
    """The titles of the records in order, `-` for a broken one."""
    return [
        "-" if isinstance(record, BrokenRecord) else next(record.all("245")).one("a")
        for record in read_marc21(BytesIO(raw))
    ]


def test_a_whole_record_becomes_a_title(tmp_path: Path) -> None:
    fixed = "000107s2000    nyua   j  d   000 1 eng  "
    path = tmp_path / "books"
    path.write_bytes(
        record_of(
            "The summer book /",
            c001=" 42 ",
            c003="XyZ",
            c008=fixed,
            f020="0439023483 (pbk.) :",
            f100="Jansson, Tove,",
            f300="xii, 172 p. ;",
            f650="Islands.",
            f655="Novels.",
        )
    )
    title = only(path)
    assert (title.source, title.source_key, title.name) == ("XyZ", "42", "The summer book")
    assert (title.authors, title.isbns, title.pages) == (("Tove Jansson",), ("9780439023481",), 172)
    assert (title.year, title.language, title.audience, title.fiction) == (2000, "eng", "child", True)
    assert title.terms == (("subject", "Islands"), ("genre", "novels"))


def test_broken_records_are_passed_over_and_the_next_one_is_read() -> None:
    good, other = record_of("Good"), record_of("Other")
    no_directory = good[:24] + b"garbage!" + good[32:]
    assert names(good + no_directory + other) == ["Good", "-", "Other"]
    assert names(good + b"\x00rubbish\x1d" + other) == ["Good", "-", "Other"]
    assert names(b"XXXXX" + good[5:] + other) == ["-", "Other"]


def test_a_record_cut_off_in_the_middle_does_not_swallow_the_next_one() -> None:
    good, other = record_of("Good"), record_of("Other", f500="A note that makes it longer")
    assert names(good + other[:70] + good) == ["Good", "-", "Good"]
    assert names(good + other[:70]) == ["Good", "-"]
    assert names(good + other[:-1]) == ["Good", "Other"]


def test_a_wrong_length_or_a_directory_counted_in_letters_is_mended() -> None:
    good = record_of("Émile", f500="note")
    assert names(b"00001" + good[5:] + record_of("Next")) == ["Émile", "Next"]
    longer = good.replace("Émile".encode(), "Émiles et Ümläute".encode())
    assert names(longer + record_of("Next")) == ["Émiles et Ümläute", "Next"]


def test_a_file_without_terminators_is_bounded_in_memory() -> None:
    assert set(names(b"1" * 3_000_000)) == {"-"}


@pytest.mark.parametrize(
    ("leader", "is_book"), [("     cam a22", True), ("     cas a22", False), ("     cjm a22", False)]
)
def test_only_books_are_taken(leader: str, is_book: bool, tmp_path: Path) -> None:
    path = tmp_path / "books"
    path.write_bytes(record_of("Thing", leader=f"{leader}     4500".ljust(24)))
    (found,) = read(path)
    assert (found.is_book, found.title is not None) == (is_book, is_book)


def test_an_isbn_whose_checksum_fails_is_left_out_and_reported(tmp_path: Path) -> None:
    path = tmp_path / "books"
    path.write_bytes(record_of("Thing", f020="0439023484"))
    (found,) = read(path)
    assert found.title
    assert (found.title.isbns, found.isbn) == ((), IsbnCase.NOT_REPAIRABLE)
    assert [(issue.field, issue.value, issue.rejected) for issue in found.issues] == [("020", "0439023484", False)]


def test_real_records_read_as_pymarc_reads_them() -> None:
    path = material("marc", "uva", "uva_001-200.mrc")
    with path.open("rb") as stream:
        theirs = [record["001"].data.strip() for record in MARCReader(stream) if record and record.leader[6:8] == "am"]
    books = [found.title for found in read(path) if found.title]
    assert [book.source_key for book in books] == theirs
    assert len(books) == 199


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("traject/bad_subfield_code.marc", "Les corps étrangers, roman"),
        ("traject/one-marc8.mrc", "Por uma outra globalização: do pensamemto único à consciência universal"),
        ("traject/245_no_ab.marc", "Papers"),
        ("pymarc/alphatag.dat", "Chemistry experiments for children"),
        ("pymarc/bad_subfield_code.dat", "ActivePerl with ASP and ADO"),
        ("pymarc/bad_indicator.dat", "Aristocrats of color: the Black elite, 1880-1920"),
        ("pymarc/utf8_with_leader_flag.dat", "Escape from loneliness"),
        ("pymarc/utf8_without_leader_flag.dat", "Escape from loneliness"),
    ],
)
def test_odd_records_keep_their_letters(file: str, name: str) -> None:
    assert only(material("marc", *file.split("/"))).name == name


def test_titles_in_other_scripts_come_from_linked_880_fields() -> None:
    hebrew = only(material("marc", "traject", "hebrew880s.marc"))
    assert hebrew.original_name.startswith("אנרכיזם ב״ציון״")
    assert "רצבי" in hebrew.also
    assert only(material("marc", "traject", "880_with_no_6.utf8.marc")).authors
    assert only(material("marc", "pymarc", "bad_eacc_encoding.dat")).original_name == "米国の統治の仕組"


def test_letters_of_a_foreign_code_page_unimarc_and_lost_leaders_are_told_apart() -> None:
    cyrillic = [issue.reason for found in read(material("marc", "pymarc", "1251.dat")) for issue in found.issues]
    assert set(cyrillic) == {"The letters of the record are neither UTF-8 nor MARC-8."}
    (unimarc,) = read(material("marc", "pymarc", "testunimarc.dat"))
    assert "UNIMARC" in unimarc.issues[0].reason
    broken = read(material("marc", "pymarc", "bad_records.mrc"))
    assert [found.title for found in broken] == [None] * 8
    assert all(found.issues[0].reason for found in broken)
