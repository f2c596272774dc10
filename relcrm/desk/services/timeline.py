"""Everything that happened with one reader, from every channel, newest first, a page at a time.

What the service itself needs (requests, letters, messages, notes, loans still known) is told with and without a
profile. Lines of the ledger name their reader only with profile consent, so without it nothing measured shows.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db import connection

from engagement.services.decay import EARLIEST
from engagement.services.notes import KINDS, UNDO_FOR
from library.models import User
from outreach.models import Request
from patrons.models import Patron
from relcrm.desk.services.happenings import STATEMENT
from relcrm.desk.services.story import TOLD_BY_ROWS, Book, books_named, books_picked

PAGE = 40
MOST_TITLES = 40
FIRST = ("infinity", 0, 0)
LARGEST = 2**62
FROM_REQUESTS = frozenset({"request", "withdrawn", "letter", "asked", "answered"})
LOANS = frozenset({"loan", "undated"})
BORROWED = "Borrowed a title"

Position = tuple[str, int, int]


@dataclass
class Line:
    """One thing that happened, or several uses of the library in a row (`what` is then 'use', from `since` to `at`)."""

    what: str
    at: datetime
    pk: int
    tone: str
    facts: dict[str, Any]
    request: Request | None = None
    books: list[Book] = field(default_factory=list)
    since: datetime | None = None
    uses: dict[str, int] = field(default_factory=dict)
    titles: list[dict[str, Any]] = field(default_factory=list)
    can_take_back: bool = False

    @property
    def times(self) -> int:
        """How often the library was used in a line of plain use."""
        return sum(self.uses.values())

    @property
    def stretches(self) -> int:
        return sum(book.stretch for book in self.books)

    @property
    def liked(self) -> list[Book]:
        return [book for book in self.books if book.kind == "like"]

    @property
    def disliked(self) -> list[Book]:
        return [book for book in self.books if book.kind == "dislike"]


@dataclass(frozen=True)
class Timeline:
    """One page; `before` is the position to go on from, empty when nothing is earlier."""

    lines: list[Line]
    before: str


def read_timeline(*, patron: Patron, before: str, user: User, now: datetime) -> Timeline:
    """The lines from a position on (`before` as an earlier page gave it); one query. Books come with `add_requests`."""
    at, place, number = _position(before)
    facts: dict[str, Any] = {
        "patron": patron.pk,
        "at": at,
        "place": place,
        "pk": number,
        "page": PAGE + 1,
        "earliest": EARLIEST,
    }
    with connection.cursor() as cursor:
        cursor.execute(STATEMENT, facts | {"told": list(TOLD_BY_ROWS), "noted": list(KINDS.values())})
        rows = cursor.fetchall()
    shown, further = rows[:PAGE], rows[PAGE - 1][:3] if len(rows) > PAGE else None
    lines = [_line(row, user, now) for row in shown]
    kept = [line for line in lines if not line.facts.get("again")]
    return Timeline(kept, f"{further[0].isoformat()}_{further[1]}_{further[2]}" if further else "")


def requests_in(timeline: Timeline) -> list[int]:
    """Numbers of the requests whose books the page tells."""
    return sorted({line.facts["request"] for line in timeline.lines if line.what in FROM_REQUESTS})


def add_requests(timeline: Timeline, requests: Sequence[Request]) -> Timeline:
    """The page with requests and books in place, and with loans and visits in a row made one line."""
    by_number = {request.pk: request for request in requests}
    for line in timeline.lines:
        if line.what in FROM_REQUESTS:
            line.request = by_number.get(line.facts["request"])
        if line.request is not None:
            line.books = _books(line.what, line.request)
    told = [line for line in timeline.lines if line.what not in FROM_REQUESTS or line.request is not None]
    return Timeline(_gather(told), timeline.before)


def _position(words: str) -> Position:
    """A position from the address; what nobody gave out counts as the beginning."""
    at, _, rest = words.partition("_")
    place, _, number = rest.partition("_")
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return FIRST
    if moment.tzinfo is None or not (place.isdecimal() and number.isdecimal()):
        return FIRST
    return moment.isoformat(), min(int(place[:3]), 99), min(int(number[:20]), LARGEST)


def _line(row: tuple[datetime, int, int, str, Any], user: User, now: datetime) -> Line:
    at, _place, pk, what, facts = row
    said: dict[str, Any] = json.loads(facts) if isinstance(facts, str) else facts
    for name in ("due", "written_at"):
        if said.get(name):
            said[name] = datetime.fromisoformat(said[name])
    for look in said.get("views") or []:
        look["at"] = datetime.fromisoformat(look["at"])
    line = Line(what, at, pk, said.get("tone", "plain"), said)
    if what == "note":
        line.can_take_back = said["by"] == user.pk and now <= said["written_at"] + UNDO_FOR
    return line


def _books(what: str, request: Request) -> list[Book]:
    if what == "request":
        return books_named(request)
    picked = books_picked(request)
    return picked if what == "letter" else [book for book in picked if what == "answered" and book.value]


def _is_use(line: Line) -> bool:
    return line.what in LOANS or (line.what == "ledger" and line.tone == "tra")


def _gather(lines: Sequence[Line]) -> list[Line]:
    """Loans and visits that follow each other become one line, so that they do not bury what people said."""
    told: list[Line] = []
    for used, group in groupby(lines, key=_is_use):
        run = list(group)
        told += [_use_of(run)] if used and len(run) > 1 else run
    return told


def _use_of(run: Sequence[Line]) -> Line:
    dated = [line for line in run if line.what != "undated"]
    uses = Counter(BORROWED if line.what in LOANS else line.facts["label"] for line in run)
    titles = [line.facts for line in run if line.facts.get("title")]
    one = Line("use", dated[0].at if dated else run[0].at, run[0].pk, "tra" if dated else "plain", {})
    one.since = dated[-1].at if dated else None
    one.uses, one.titles = dict(uses.most_common()), titles[:MOST_TITLES]
    if not dated:
        one.facts = {"undated": True}
    return one
