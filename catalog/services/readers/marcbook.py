"""What a MARC 21 record says about a book (docs/catalog.md lists the fields)."""

from __future__ import annotations

import re

from catalog.services.isbn import IsbnCase, isbn13_of
from catalog.services.readers.found import CleanTitle, Found, clean, cut, key_of, left_out, not_a_book
from catalog.services.readers.marc import MarcField, MarcRecord
from catalog.services.readers.marcnames import authors_of, names_in_other_scripts
from catalog.services.readers.names import without_end
from library.services.imports import Issue

AUDIENCES = {"a": "child", "b": "child", "c": "child", "j": "child", "d": "teen", "e": "adult", "f": "adult"}
FICTION = {"1": True, "f": True, "j": True, "0": False, "e": False, "s": False}
FORMATS = {" ": "print", "r": "print", "d": "large-print", "o": "ebook", "q": "ebook", "s": "ebook"}
NO_LANGUAGE = {"und", "zxx", "mul", "mis"}
PRINTED_ISBN = re.compile(r"^\W*(?:ISBN\W*)?([0-9][0-9 \u2010-\u2015-]{7,}[0-9Xx])(?![0-9])", re.IGNORECASE)
PAGES = re.compile(
    r"([0-9]{1,5}+)\]?+\s*+(?:p|pp|pages?|págs?|pgs?|seiten|sidor|s|leaves|l|ff?|с|стр)\b", re.IGNORECASE
)
YEAR = re.compile(r"(?<![0-9])(1[0-9]{3}|20[0-9]{2})(?![0-9])")
DOUBTFUL = "Some letters of the record could not be read."


def book_from(record: MarcRecord, *, place: int, source: str) -> Found:
    """The title of one record, or why there is none. `source` overrides the catalogue the record names in 003."""
    kind = record.leader[6:8]
    if not kind.strip():
        return left_out(place, "The leader does not say what kind of material this is.", field="leader")
    if kind not in {"am", "tm"}:
        return not_a_book(place)
    name = title_of(record)
    if not name:
        return left_out(place, _why_no_title(record), field="245")
    isbns, case, issues = _isbns(record, place)
    doubts = [Issue(place, "", "", DOUBTFUL, rejected=False)] if record.replaced else []
    authors = authors_of(record)
    title = CleanTitle(
        source=source or cut(clean(record.control.get("003", "")), 40) or "marc",
        source_key=_key(record, name, authors),
        name=cut(name, 500),
        authors=tuple(cut(author, 200) for author in authors),
        original_name=cut(_name_in_other_script(record, name), 500),
        year=year_of(record),
        language=language_of(record),
        audience=AUDIENCES.get(record.fixed(22, 23), ""),
        isbns=isbns,
        fiction=FICTION.get(record.fixed(33, 34)) if record.control.get("008") else None,
        pages=pages_of(record),
        formats=_formats(record),
        terms=terms_of(record),
        also=" ".join(names_in_other_scripts(record)),
    )
    return Found(place=place, title=title, isbn=case, issues=(*issues, *doubts))


def title_of(record: MarcRecord) -> str:
    """245 $a $b $n $p (else $k $f), or the 880 that stands in for a missing 245."""
    texts = map(_title_text, [*record.all("245"), *record.linked("245")])
    return next((text for text in texts if text), "")


def _title_text(field: MarcField) -> str:
    parts = field.get("abnp") or field.get("kfg")
    return _joined(parts)


def _joined(parts: list[str]) -> str:
    """Parts of a title with the blank before a colon gone, and a stop between parts that have none."""
    text = ""
    for part in map(clean, parts):
        text += f" {part}" if not text or text[-1] in ":;=,./" else f". {part}" if part[:1].isupper() else f" {part}"
    return without_end(re.sub(r"(?<!\s)\s+([:;,])", r"\1", text).strip())


def _name_in_other_script(record: MarcRecord, name: str) -> str:
    return next((text for text in map(_title_text, record.linked("245")) if text != name), "")


def _why_no_title(record: MarcRecord) -> str:
    if any(field.one("a") for field in record.all("200")):
        return "This is a UNIMARC record; only MARC 21 is read."
    return "The record has no title."


def _key(record: MarcRecord, name: str, authors: tuple[str, ...]) -> str:
    """The control number; where there is none, a digest of what makes the edition."""
    imprint = [value for field in record.all("020", "250", "260", "264", "300") for value in field.get("abc")]
    return key_of(clean(record.control.get("001", "")), name, *authors, *imprint)


def _isbns(record: MarcRecord, place: int) -> tuple[tuple[str, ...], IsbnCase, list[Issue]]:
    """Every 020 $a whose checksum holds, without its qualifier."""
    found: dict[str, None] = {}
    issues = []
    values = [value for field in record.all("020") for value in field.get("a")]
    for value in values:
        printed = PRINTED_ISBN.search(clean(value))
        isbn = isbn13_of(printed[1]) if printed else ""
        if isbn:
            found[isbn] = None
        else:
            issues.append(Issue(place, "020", value, "No ISBN: its checksum does not hold.", rejected=False))
    if found:
        return tuple(found), IsbnCase.GOOD, issues
    return (), IsbnCase.NOT_REPAIRABLE if issues else IsbnCase.BLANK, issues


def year_of(record: MarcRecord) -> int | None:
    """The year of the work from 008 (for a reprint, of the original), else from the imprint."""
    dates = [record.fixed(11, 15), record.fixed(7, 11)] if record.fixed(6, 7) == "r" else [record.fixed(7, 11)]
    imprint = [value for field in record.all("264", "260") for value in field.get("c")]
    found = (YEAR.search(text) for text in [*dates, *imprint])
    return next((int(match[1]) for match in found if match), None)


def language_of(record: MarcRecord) -> str:
    """The code of 008, else the first of 041 $a (old records run several together)."""
    codes = [record.fixed(35, 38), *(value[:3] for field in record.all("041") for value in field.get("a"))]
    usable = (code.lower() for code in codes if re.fullmatch("[A-Za-z]{3}", code))
    return next((code for code in usable if code not in NO_LANGUAGE), "")


def pages_of(record: MarcRecord) -> int | None:
    """The largest number of pages or leaves that 300 $a names."""
    numbers = [int(n) for field in record.all("300") for value in field.get("a") for n in PAGES.findall(value)]
    return max(numbers, default=None)


def _formats(record: MarcRecord) -> tuple[str, ...]:
    known = FORMATS.get(record.control.get("008", "")[23:24])
    return (known,) if known else ()


def terms_of(record: MarcRecord) -> tuple[tuple[str, str], ...]:
    """Subjects from 600, 650 and 651 $a; genres from 655 $a and the form subdivisions ($v) of subjects."""
    terms: dict[tuple[str, str], None] = {}
    for field in record.all("600", "650", "651", "655"):
        heading = clean(" ".join(field.get("abcq" if field.tag == "600" else "a")))
        kind = "genre" if field.tag == "655" else "subject"
        texts = [(kind, heading), *(("genre", value) for value in field.get("v"))]
        for which, text in texts:
            word = cut(without_end(text), 160)
            if word:
                terms[(which, word.lower() if which == "genre" else word)] = None
    return tuple(terms)
