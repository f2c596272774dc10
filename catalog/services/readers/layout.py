"""The columns of a CSV file and what they say about a title."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from catalog.services.isbn import interval_of, settle
from catalog.services.readers.found import CleanTitle, Found, clean, cut, key_of, left_out
from catalog.services.readers.names import Commas, split_authors
from library.services.imports import Issue

COLUMNS: dict[str, tuple[str, ...]] = {
    "key": ("source_key", "id", "uri", "book_id", "record_id", "biblionumber", "control_number", "key"),
    "source": ("source",),
    "name": ("title", "name"),
    "original_name": ("original_title", "original_name"),
    "author": ("author", "creator", "main_author"),
    "authors": ("authors", "creators"),
    "year": ("year", "original_publication_year", "publication_year", "published", "date"),
    "language": ("language", "language_code", "lang"),
    "audience": ("audience", "age_group", "target_audience"),
    "pages": ("pages", "num_pages", "number_of_pages", "page_count"),
    "fiction": ("fiction", "is_fiction"),
    "formats": ("format", "formats"),
    "genre": ("genre", "genres"),
    "subject": ("subject", "subjects"),
    "appeal": ("appeal", "appeals", "appeal_terms"),
    "violence": ("violence",),
    "sex": ("sex",),
    "swearing": ("swearing",),
    "sadness": ("sadness",),
}
ISBN_COLUMNS = ("isbn", "isbn10", "isbn_10", "isbn13", "isbn_13", "isbns", "ean")
AUDIENCES = {"adult": "adult", "adults": "adult", "teen": "teen", "teens": "teen", "ya": "teen", "young adult": "teen"}
AUDIENCES |= {"adolescent": "teen", "child": "child", "children": "child", "juvenile": "child", "kids": "child"}
FORMATS = {"book": "print", "print": "print", "paperback": "print", "hardcover": "print", "hardback": "print"}
FORMATS |= {"large print": "large-print", "large-print": "large-print", "audio": "audio", "audiobook": "audio"}
FORMATS |= {"ebook": "ebook", "e-book": "ebook", "kindle": "ebook", "epub": "ebook"}
TRUTH = {"yes": True, "true": True, "1": True, "y": True, "no": False, "false": False, "0": False, "n": False}
NOTHING = {"", "n/a", "na", "none", "null", "nan", "unknown", "-"}
YEAR = re.compile(r"-?[0-9]{1,4}(?:\.0+)?")
YEAR_INSIDE = re.compile(r"(?<![0-9])(1[0-9]{3}|20[0-9]{2})(?![0-9])")


@dataclass(frozen=True, slots=True)
class Layout:
    """Which column of one file holds what; `source` names the catalogue the file comes from."""

    width: int
    source: str
    at: Mapping[str, int]
    isbns: Sequence[int]
    commas: Commas
    key_column: str = ""
    names: list[str] = field(default_factory=list)


def column_name(text: str) -> str:
    """`Original Publication Year` as `original_publication_year`."""
    return re.sub(r"[\W_]+", "_", clean(text).lower()).strip("_")


def layout_of(header: Sequence[str], *, source: str) -> Layout | None:
    """The layout behind a header line; None when no column holds a title.

    Numbers like an id mean something only inside one catalogue. Without a `source`, files with the same columns count
    as one catalogue and files with others as another, so that a foreign id 5 never overwrites our book 5.
    """
    names = [column_name(name) for name in header]
    at = {
        what: names.index(alias) for what, aliases in COLUMNS.items() for alias in reversed(aliases) if alias in names
    }
    if "name" not in at:
        return None
    digest = hashlib.sha256("|".join(sorted(names)).encode()).hexdigest()[:8]
    return Layout(
        width=len(names),
        source=source or f"csv-{digest}",
        at=at,
        isbns=[index for index, name in enumerate(names) if name in ISBN_COLUMNS],
        commas="separate" if "goodreads_book_id" in names else "either" if "authors" in at else "invert",
        key_column=names[at["key"]] if "key" in at else "",
        names=names,
    )


def book_from(row: Sequence[str], layout: Layout, *, place: int) -> Found:
    """The title of one row, or why there is none."""
    cells = {what: clean(row[index]) if index < len(row) else "" for what, index in layout.at.items()}
    if len(row) > layout.width and any(cell.strip() for cell in row[layout.width :]):
        return left_out(place, f"The row has {len(row)} columns, the header {layout.width}.")
    if not cells["name"]:
        return left_out(place, "The row has no title.", field="title")
    isbns = settle([value for index in layout.isbns if index < len(row) for value in _split_isbns(row[index])])
    year, year_issue = _year(cells.get("year", ""), place)
    title = _title(cells, layout, isbns.isbns, year)
    issues = [Issue(place, "isbn", value, reason, rejected=False) for value, reason in isbns.notes]
    return Found(place=place, title=title, isbn=isbns.case, issues=(*issues, *year_issue))


def _title(cells: Mapping[str, str], layout: Layout, isbns: tuple[str, ...], year: int | None) -> CleanTitle:
    name = cells["name"]
    authors = split_authors(cells.get("authors") or cells.get("author", ""), commas=layout.commas)
    return CleanTitle(
        source=cut(cells.get("source") or layout.source, 40),
        source_key=_key(cells, layout, (name, *authors, str(year)), isbns),
        name=cut(name, 500),
        authors=tuple(cut(author, 200) for author in authors),
        original_name=_original(cells.get("original_name", ""), name),
        year=year,
        isbns=isbns,
        audience=AUDIENCES.get(cells.get("audience", "").lower(), ""),
        language=_language(cells.get("language", "")),
        pages=_pages(cells.get("pages", "")),
        formats=_formats(cells.get("formats", "")),
        fiction=_fiction(cells),
        terms=_terms(cells),
        violence=_truth(cells, "violence"),
        sex=_truth(cells, "sex"),
        swearing=_truth(cells, "swearing"),
        sadness=_truth(cells, "sadness"),
    )


def _split_isbns(cell: str) -> list[str]:
    """Several ISBNs in one cell; a comma may also be the decimal sign of a rounded one."""
    return [cell] if interval_of(cell) else [part for part in re.split(r"[;|,/]", cell) if part.strip()]


def _key(cells: Mapping[str, str], layout: Layout, facts: Sequence[str], isbns: Sequence[str]) -> str:
    """The file's own number with the name of its column, else the ISBN, else a digest of what makes the book."""
    number = cells.get("key", "")
    if number:
        return key_of(f"{layout.key_column}:{number}")
    return f"isbn:{isbns[0]}" if isbns else key_of("", *facts)


def _original(text: str, name: str) -> str:
    """The original title where it is another one, the series in brackets aside."""
    main = re.sub(r"(?<!\s)\s*\([^()]*\)$", "", name)
    return cut(text, 500) if text.lower() not in {name.lower(), main.lower()} else ""


def _year(text: str, place: int) -> tuple[int | None, tuple[Issue, ...]]:
    if text.lower() in NOTHING:
        return None, ()
    inside = YEAR_INSIDE.search(text)
    year = int(text.partition(".")[0]) if YEAR.fullmatch(text) else int(inside[1]) if inside else None
    if year is None:
        return None, (Issue(place, "year", text, "No year could be read.", rejected=False),)
    return year, ()


def _language(text: str) -> str:
    """`en-US` as `en`; names of languages are left out."""
    code = re.split(r"[-_]", text.lower())[0]
    return code if re.fullmatch("[a-z]{2,3}", code) else ""


def _pages(text: str) -> int | None:
    number = re.match(r"([0-9]{1,5})(?![0-9])", text)
    return int(number[1]) if number and int(number[1]) else None


def _formats(text: str) -> tuple[str, ...]:
    words = (word.strip().lower() for word in re.split(r"[;|,]", text))
    return tuple(dict.fromkeys(FORMATS[word] for word in words if word in FORMATS))


def _listed(text: str) -> list[str]:
    return [word for word in (clean(part) for part in re.split(r"[;|]", text)) if word.lower() not in NOTHING]


def _truth(cells: Mapping[str, str], what: str) -> bool | None:
    """Yes, no, or None for anything else: not known."""
    return TRUTH.get(cells.get(what, "").lower())


def _fiction(cells: Mapping[str, str]) -> bool | None:
    """The column of that name, else the genres where they say one of the two and not both."""
    said = _truth(cells, "fiction")
    genres = {re.sub(r"[\s-]", "", genre.lower()) for genre in _listed(cells.get("genre", ""))}
    both = {"fiction", "nonfiction"} & genres
    return said if said is not None or len(both) != 1 else "fiction" in both


def _terms(cells: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Genres and appeals in lower case; subjects keep theirs, since many are names."""
    terms = [
        (kind, cut(word if kind == "subject" else word.lower(), 160))
        for kind in ("genre", "subject", "appeal")
        for word in _listed(cells.get(kind, ""))
    ]
    return tuple(dict.fromkeys(terms))
