"""Comments from a table, as pages and tools give them out: all rows are right, or nothing is entered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from unicodedata import category

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator

from engagement.services.working_days import zone_of
from library.models import Branch
from library.services.importing import UnreadableFile
from library.services.reading.dates import Dates, NoDate
from library.services.reading.opening import open_table
from library.services.reading.table import Problem, Table
from library.services.reading.words import LEFT_OUT, clean, column_key, cut
from outreach.services.comments import AHEAD, LIMITS, OLDEST, Comment

COLUMNS = ("page", "author", "words", "said_at", "address", "key")
NEEDED = ("page", "words", "said_at")
MOST_ROWS, MOST_BYTES, MOST_PROBLEMS = 1000, 1_000_000, 20
NAMES = {
    "page": "page",
    "author": "author’s name",
    "words": "text",
    "address": "address",
    "key": "key",
}
is_web_address = URLValidator(schemes=["http", "https"])


class CommentsNotRead(Exception):
    """Nothing was entered; `problems` say on which lines, and what to do."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(problems)
        self.problems = problems


@dataclass(frozen=True)
class Fault:
    """What is wrong with one value. `place` is the field."""

    place: str
    words: str


def read_comments(*, path: Path, branch: Branch | None, now: datetime) -> list[Comment]:
    """The comments of a CSV file. Raises CommentsNotRead."""
    try:
        table = open_table(path)
        if table.format != "csv":
            raise UnreadableFile("This is no table with columns. Save it as CSV and choose the new file.")
    except UnreadableFile as error:
        raise CommentsNotRead([str(error).replace(str(path), "The file")]) from None
    columns = {column_key(name): name for name in reversed(table.header)}
    missing = [name for name in NEEDED if column_key(name) not in columns]
    if missing:
        raise CommentsNotRead([f"There is no column {name}. The first line names the columns." for name in missing])
    names = {name: columns[column_key(name)] for name in COLUMNS if column_key(name) in columns}
    comments, problems = _read_rows(table, names, Dates(order="", zone=zone_of(branch)), now)
    if not comments and not problems:
        problems = ["There is no comment below the line with the columns."]
    if problems:
        raise CommentsNotRead(problems[:MOST_PROBLEMS])
    return comments


def _read_rows(table: Table, names: dict[str, str], dates: Dates, now: datetime) -> tuple[list[Comment], list[str]]:
    """The comments, and what is wrong, each with its line; reading ends when enough is wrong."""
    comments: list[Comment] = []
    problems: list[str] = []
    for row in table.rows(list(names.values())):
        if isinstance(row, Problem):
            problems.append(f"Line {row.line}: {row.reason}")
        elif isinstance(found := comment_of(dict(zip(names, row[1], strict=True)), dates=dates, now=now), Comment):
            comments.append(found)
        else:
            problems += [f"Line {row[0]}: {fault.words}" for fault in found]
        if len(comments) > MOST_ROWS:
            return [], [f"There are more than {MOST_ROWS:,} comments. Bring them in several tables."]
        if len(problems) >= MOST_PROBLEMS:
            break
    return comments, problems


def comment_of(said: dict[str, str], *, dates: Dates, now: datetime) -> Comment | list[Fault]:
    """The comment these texts make, or everything that is wrong with them."""
    texts = {name: _plain(said.get(name, "")) if name == "words" else clean(said.get(name, "")) for name in COLUMNS}
    faults = [
        Fault(name, f"The {NAMES[name]} is longer than {most} characters. Shorten it.")
        for name, most in LIMITS.items()
        if len(texts[name]) > most
    ]
    if not texts["page"]:
        faults.append(Fault("page", "Say on which page it was, e.g. Facebook."))
    if not texts["words"]:
        faults.append(Fault("words", "The words of the comment are missing."))
    if texts["address"] and not _leads_to_a_page(texts["address"]):
        faults.append(Fault("address", "The address of the comment begins with https:// or http://."))
    at = _moment(texts["said_at"], dates, now)
    if isinstance(at, str):
        faults.append(Fault("said_at", at))
    if faults or isinstance(at, str):
        return faults
    return Comment(texts["page"], texts["words"], at, texts["author"], texts["address"], texts["key"])


def _moment(text: str, dates: Dates, now: datetime) -> datetime | str:
    """When it was said, or what is wrong with that."""
    try:
        at = dates.moment(text)
    except NoDate as error:
        return str(error)
    if at is None:
        return "Say when it was written, e.g. 2026-11-22 18:05."
    if at > now + AHEAD:
        return f"{cut(text, 40)} lies ahead. Write when the comment was made."
    return f"{cut(text, 40)} is more than a year ago." if at < now - OLDEST else at


def _leads_to_a_page(address: str) -> bool:
    try:
        is_web_address(address)
    except ValidationError:
        return False
    return True


def _plain(words: str) -> str:
    """Several lines of text without control characters; a cell that looks like a formula is just text."""
    lines = words.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(_visible(line) for line in lines).strip()


def _visible(line: str) -> str:
    return "".join(letter for letter in line if letter == "\t" or category(letter) not in LEFT_OUT).rstrip()
