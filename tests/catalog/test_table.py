"""CSV files as libraries and spreadsheets write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog.services.readers.found import CleanTitle, Found, UnreadableFile
from catalog.services.readers.opening import open_titles
from tests.catalog.material import material


def read(tmp_path: Path, text: str | bytes) -> list[Found]:
    path = tmp_path / "table"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return list(open_titles(path))


def title(tmp_path: Path, text: str | bytes) -> CleanTitle:
    (found,) = read(tmp_path, text)
    assert found.title, found.issues
    return found.title


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "windows-1252", "utf-16"])
def test_delimiters_and_encodings_are_found_out(delimiter: str, encoding: str, tmp_path: Path) -> None:
    text = delimiter.join(["Title", "Author", "Year"]) + "\r\n" + delimiter.join(["Émile", '"Rousseau, J."', "1762"])
    found = title(tmp_path, text.encode(encoding))
    assert (found.name, found.authors, found.year) == ("Émile", ("J. Rousseau",), 1762)


def test_all_columns_are_read(tmp_path: Path) -> None:
    header = "id,title,authors,isbn,year,language,audience,pages,fiction,format,genres,subjects,appeal,violence,sadness"
    row = '7,The Summer Book,"Jansson, Tove",0439023483,1972,en-GB,Teens,172,yes,Paperback,Novel;Old,Islands,Calm,no,?'
    found = title(tmp_path, f"{header}\n{row}\n")
    assert (found.source_key, found.name, found.authors) == ("id:7", "The Summer Book", ("Tove Jansson",))
    assert (found.isbns, found.year, found.language) == (("9780439023481",), 1972, "en")
    assert (found.audience, found.pages, found.fiction, found.formats) == ("teen", 172, True, ("print",))
    assert found.terms == (("genre", "novel"), ("genre", "old"), ("subject", "Islands"), ("appeal", "calm"))
    assert (found.violence, found.sadness, found.sex) == (False, None, None)


def test_rows_count_by_the_line_they_begin_on_and_quoted_line_breaks_stay_in_their_cell(tmp_path: Path) -> None:
    found = read(tmp_path, 'title,year\n"Two\nlines",1999\n,2000\nThree,x\na,b,c\n\ntitle,year\n')
    assert [one.place for one in found] == [2, 4, 5, 6, 8]
    assert [one.title.name if one.title else "-" for one in found] == ["Two lines", "-", "Three", "-", "-"]
    assert [issue.reason for one in found for issue in one.issues if issue.rejected] == [
        "The row has no title.",
        "The row has 3 columns, the header 2.",
        "The header line stands here again.",
    ]


def test_a_quotation_mark_that_never_closes_does_not_end_the_file(tmp_path: Path) -> None:
    found = read(tmp_path, 'title\nOne\n"' + "Lost\n" * 40_000 + "Last\n")
    assert found[0].title
    assert any("does not close" in issue.reason for one in found for issue in one.issues)
    assert found[-1].title
    assert found[-1].title.name == "Last"


def test_a_row_without_a_number_of_its_own_is_known_by_its_isbn_or_its_facts(tmp_path: Path) -> None:
    keys = [one.title.source_key for one in read(tmp_path, "title,isbn\nA,0439023483\nB,\nB,\n") if one.title]
    assert keys[0] == "isbn:9780439023481"
    assert keys[1] == keys[2]
    assert keys[1].startswith("digest:")


def test_files_with_other_columns_are_other_catalogues_unless_they_name_one(tmp_path: Path) -> None:
    one, other = title(tmp_path, "id,title\n5,A\n"), title(tmp_path, "id,title,year\n5,B,1999\n")
    assert one.source != other.source
    assert title(tmp_path, "id,title,source\n5,A,Koha\n").source == "Koha"


@pytest.mark.parametrize(
    ("cell", "authors"),
    [
        ("J.K. Rowling, Mary GrandPré", ("J.K. Rowling", "Mary GrandPré")),
        ("Martin Luther King, Jr., Coretta King", ("Martin Luther King, Jr.", "Coretta King")),
        ("Le Guin, Ursula K.; Tolkien, J.R.R.", ("Ursula K. Le Guin", "J.R.R. Tolkien")),
        ("Eliot, George, 1819-1880", ("George Eliot",)),
        ("", ()),
    ],
)
def test_authors_are_written_given_name_first(cell: str, authors: tuple[str, ...], tmp_path: Path) -> None:
    column = "author" if "1819" in cell else "authors"
    assert title(tmp_path, f'title,{column}\nA,"{cell}"\n').authors == authors


def test_a_table_without_titles_says_which_columns_it_has(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"'title'\. Found: name_of_book, year"):
        read(tmp_path, "name_of_book,year\nA,1999\n")


def test_goodbooks_and_shakespeare_columns_are_known() -> None:
    goodbooks = [one.title for one in open_titles(material("goodbooks", "books_2000.csv")) if one.title]
    assert (goodbooks[1].authors, goodbooks[1].year, goodbooks[1].language) == (
        ("J.K. Rowling", "Mary GrandPré"),
        1997,
        "eng",
    )
    assert goodbooks[1].original_name == "Harry Potter and the Philosopher's Stone"
    shakespeare = list(open_titles(material("shakespeare", "books-with-genres.csv")))
    first = shakespeare[0].title
    assert first
    assert (first.name, first.authors, first.fiction) == ("Le Morte d'Arthur", ("Thomas Malory",), True)
    assert all(one.title for one in shakespeare)
