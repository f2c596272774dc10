"""Thousands of malformed files and rows: no error but a sentence, no hang, and every record is accounted for."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.services.readers.copies import read_copies
from engagement.services.imports.sources import read_interactions, read_loans
from library.services.importing import UnreadableFile
from library.services.imports import Issue
from library.services.reading.dates import Dates, NoDate
from patrons.services.imports.sources import read_patrons

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
pytestmark = pytest.mark.timeout(120)  # a hang is a failure
READERS: dict[str, tuple[Callable[..., Iterator[Any]], list[str]]] = {
    "patrons": (
        partial(read_patrons, child_until=13),
        ["cardnumber", "surname", "firstname", "email", "dateofbirth", "branchcode", "categorycode", "privacy"],
    ),
    "loans": (
        read_loans,
        ["issue_id", "cardnumber", "biblionumber", "issuedate", "date_due", "returndate", "renewals"],
    ),
    "interactions": (read_interactions, ["kind", "card", "time", "minutes", "source_key", "value"]),
    "copies": (read_copies, ["barcode", "title", "branch", "status", "as_of"]),
}
NASTY = [
    "",
    '"',
    '""',
    "\0",
    "\x1f",
    "\ud800",
    "=1+1",
    "\\N",
    "NULL",
    "0000-00-00",
    "2024-02-30",
    "13/13/2020",
    "@",
    "a@b",
]
NASTY += [
    "a" * 500,
    "é" * 90,
    "e\u0301",
    "\u202e",
    "99999999999999999999",
    "-1",
    "1e400",
    "\r",
    "\n",
    ",",
    ";",
    "٣",
    "𝔸",
]
cells = st.one_of(st.sampled_from(NASTY), st.text(max_size=12), st.dates().map(str), st.datetimes().map(str))
records = st.lists(st.lists(cells, min_size=1, max_size=10), min_size=1, max_size=40)


def read(kind: str, path: Path) -> list[Any]:
    """Everything a reader hands on; an unreadable file hands on nothing."""
    try:
        return list(READERS[kind][0](path, preset="", mapping=None, now=NOW))
    except UnreadableFile as error:
        assert str(error).endswith(".")  # noqa: PT017 (an outcome, not the aim)
        return []


def check(found: list[Any]) -> None:
    """Each row comes once, taken or rejected, and nothing in it would be refused by the database."""
    lines = [one.line for one in found if not isinstance(one, Issue) or one.rejected]
    assert lines == sorted(set(lines))
    for one in found:
        for value in one if isinstance(one, tuple) else (one.reason,):
            if isinstance(value, str):
                value.encode()
                assert "\0" not in value


# 130 files of up to 40 rows for each of four readers and two ways of writing them: some 10,000 rows.
@pytest.mark.django_db  # which kinds there are is asked of the rules in force
@pytest.mark.parametrize("kind", READERS)
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(rows=records, quoted=st.booleans(), end=st.sampled_from(["\n", "\r\n", "\r"]))
def test_rows_of_anything(kind: str, rows: list[list[str]], quoted: bool, end: str) -> None:
    header = READERS[kind][1]
    lines = [header, *((row * len(header))[: len(header)] for row in rows)]
    text = end.join(",".join(f'"{cell}"' if quoted else cell for cell in line) for line in lines)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "rows.csv"
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        check(read(kind, path))


@pytest.mark.django_db  # which kinds there are is asked of the rules in force
@pytest.mark.parametrize("kind", READERS)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(
    content=st.one_of(st.binary(max_size=2000), st.text(max_size=500).map(lambda text: text.encode("utf-8", "replace")))
)
def test_files_of_anything(kind: str, content: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "anything"
        path.write_bytes(content)
        check(read(kind, path))


SOUND = {
    "csv": b"cardnumber,surname,categorycode,email\n" + b'1,"Two\nlines",J,a@b.org\n2,B,PT,c@d.org\n' * 20,
    "json": b'{"users":['
    + b'{"id":"1","barcode":"2","personal":{"lastName":"\\u00c9","email":"a@b.org"}},' * 20
    + b"]}",
    "lines": b'{"id":"1","names":["A, B"],"barcodes":["1"]}\n' * 20,
    "xml": b"<users>" + b"<user><primary_id>1</primary_id><record_type>P</record_type></user>" * 20 + b"</users>",
}


@pytest.mark.parametrize("kind", SOUND)
def test_sound_files_with_bytes_changed_cut_or_doubled(kind: str, tmp_path: Path) -> None:
    dice = random.Random(kind)  # noqa: S311 (no secret)
    path = tmp_path / "file"
    for _turn in range(300):
        content = bytearray(SOUND[kind])
        for _change in range(dice.randint(1, 8)):
            at = dice.randrange(len(content))
            match dice.randrange(4):
                case 0:
                    content[at] = dice.randrange(256)
                case 1:
                    del content[at : at + dice.randint(1, 40)]
                case 2:
                    content[at:at] = content[at : at + dice.randint(1, 200)]
                case _:
                    content[at:at] = dice.choice([b'"', b"{", b"]", b"<", b"\n", b"\x00", b"\xff", b"\\", b"<!--"])
            content = content or bytearray(b"x")
        path.write_bytes(content)
        check(read("patrons", path))


@pytest.mark.parametrize(
    "content",
    [
        b'cardnumber,surname,categorycode\n1,"' + b"\n2,b,c" * 25_000,
        b"cardnumber,surname,categorycode\n" + b'1,"a"b",x,"\n' * 50_000,
        b"cardnumber,surname,categorycode\n" + b'"' * 2_000_000,
        b"cardnumber,surname,categorycode\n" + b"," * 2_000_000,
        b"[" + b'{"id":' * 200_000,
        b"[" * 2_000_000,
        b'{"id":1}' + b'{"id":"' * 200_000,
        b'[{"id":"1","names":["x"]},' + b'{"a":' * 300_000,
        b"<users><user><id>1</id></user>" + b"<user>" * 200_000,
        b"<users><user><id>1</id></user>" + b"<!--" * 300_000,
        b"<users>" + b"<a>" * 500_000,
    ],
    ids=range(11),
)
def test_files_made_to_take_long(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    check(read("patrons", path))


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    text=st.one_of(st.text(max_size=30), st.from_regex(r"[0-9/.: TZ+-]{1,30}", fullmatch=True)),
    order=st.sampled_from(["", "mdy", "dmy"]),
)
def test_dates_of_anything(text: str, order: str) -> None:
    dates = Dates(order=order, zone=UTC)
    for read_date in (dates.__getitem__, dates.moment):
        try:
            found = read_date(text)
        except NoDate as error:
            assert str(error).endswith(".")  # noqa: PT017 (an outcome, not the aim)
        else:
            assert found is None or 1800 <= found.year <= 2200
