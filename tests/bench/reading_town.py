"""A lending library in memory, day by day: what the product's statements would find for a reader on that day.

Only what happened before the day is there. Titles nobody had borrowed by then do not exist yet: that a catalogue of
borrowed books knows a title already would tell that it is going to be borrowed.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from pathlib import Path

from outreach.services.candidates.blend import likings_of, rarity, strength_of, together_weight
from outreach.services.candidates.shapes import Near, Praised, Reader, Row, Term
from outreach.services.candidates.weights import (
    FEWEST_READERS,
    MOST_ALIKE,
    MOST_COUNTED,
    MOST_FELLOWS,
    MOST_LENT,
    MOST_LOANS,
    MOST_NEAR,
    MOST_OF_AN_AUTHOR,
    MOST_PEOPLE,
    MOST_PRAISED,
    MOST_READ,
)


@dataclass(frozen=True)
class Lent:
    """One loan: the day as a number, who and what."""

    day: int
    member: str
    book: str


@dataclass(frozen=True)
class Book:
    number: int
    name: str
    authors: tuple[str, ...]
    terms: tuple[Term, ...]


@dataclass
class Town:
    """What is known on the morning of a day."""

    books: dict[str, Book]
    loans: dict[str, list[tuple[int, str]]] = field(default_factory=lambda: defaultdict(list))
    read: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    readers: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    having: dict[Term, list[str]] = field(default_factory=lambda: defaultdict(list))
    ordered: dict[str, list[str]] = field(default_factory=dict)

    def lend(self, loan: Lent) -> None:
        """From the next day on, this is known."""
        book = self.books[loan.book]
        if loan.book not in self.loans:
            for term in (*book.terms, *(("author", author) for author in book.authors)):
                self.having[term].append(loan.book)
        self.loans[loan.book].append((loan.day, loan.member))
        self.read[loan.member][loan.book] = loan.day
        self.readers[loan.book][loan.member] = loan.day
        self.ordered.pop(loan.member, None)

    def newest(self, member: str) -> list[str]:
        """Every title this member had, the newest first."""
        if member not in self.ordered:
            read = self.read.get(member, {})
            self.ordered[member] = sorted(read, key=lambda book: (-read[book], self.books[book].number))
        return self.ordered[member]

    def reader(self, member: str) -> Reader:
        """The member as the blend takes them: all that is known is what they borrowed."""
        books = (self.books[book] for book in self.newest(member)[:MOST_PRAISED])
        praised = tuple(Praised(one.number, one.name, "borrowed", one.authors, one.terms) for one in books)
        return Reader(praised, *likings_of(praised))

    def rows(self, member: str, reader: Reader) -> list[Row]:
        """What something leads to, as the statements find it."""
        seen = self.read.get(member, {})
        near = self._near(member, reader)
        found = set(near)
        for term in reader.likings:
            if term[0] == "author":
                found |= set(self._first(term, seen, MOST_OF_AN_AUTHOR))
        found |= self._alike(reader, seen)
        return [self._row(book, near.get(book, []), member, reader) for book in sorted(found)]

    def _first(self, term: Term, seen: Iterable[str], most: int) -> list[str]:
        having = [book for book in self.having[term] if book not in seen]
        return sorted(having, key=lambda book: self.books[book].number)[:most]

    def _alike(self, reader: Reader, seen: Iterable[str]) -> set[str]:
        sums: dict[str, float] = defaultdict(float)
        for term, liking in reader.likings.items():
            if term[0] != "author":
                weight = liking.strength * rarity(len(self.having[term]))
                for book in self._first(term, seen, MOST_ALIKE):
                    sums[book] += weight
        return {book for book, _ in sorted(sums.items(), key=lambda one: (-one[1], one[0]))[:MOST_ALIKE]}

    def _near(self, member: str, reader: Reader) -> dict[str, list[Near]]:
        """Titles read by the latest readers of what this member read, each pair with its weight."""
        keys = {book.number: key for key, book in self.books.items() if key in self.read.get(member, {})}
        fellows = {
            one.title: self._latest(keys[one.title], MOST_LOANS, member)[:MOST_FELLOWS] for one in reader.praised
        }
        fellows = {title: them for title, them in fellows.items() if len(them) >= FEWEST_READERS}
        people = _most_in_common(fellows)
        sums: dict[str, float] = defaultdict(float)
        near: dict[str, list[Near]] = defaultdict(list)
        for place, one in enumerate(reader.praised):
            together: dict[str, float] = defaultdict(float)
            for day, fellow in fellows.get(one.title, ()):
                for book in self.newest(fellow)[:MOST_READ] if fellow in people else ():
                    if book not in self.read[member]:
                        together[book] += together_weight(self.read[fellow][book] - day)
            for book, weight in together.items():
                near[book].append(Near(one.title, weight, len(fellows[one.title])))
                sums[book] += strength_of(one, place) * weight
        nearest = sorted(sums.items(), key=lambda one: (-one[1], self.books[one[0]].number))[:MOST_NEAR]
        return {book: near[book] for book, _ in nearest}

    def _latest(self, book: str, most: int, without: str) -> list[tuple[int, str]]:
        """The readers of the latest loans of a title, each once, the newest first."""
        days: dict[str, int] = {}
        for day, member in sorted(self.loans[book], key=lambda one: (-one[0], one[1]))[:most]:
            if member != without:
                days.setdefault(member, day)
        return sorted(((day, member) for member, day in days.items()), key=lambda one: (-one[0], one[1]))

    def _row(self, book: str, near: list[Near], member: str, reader: Reader) -> Row:
        one = self.books[book]
        readers = len(self._latest(book, MOST_COUNTED, member))
        return Row(
            title=one.number,
            name=one.name,
            authors=one.authors,
            terms=one.terms,
            rarities={term: len(self.having[term]) for term in one.terms if term in reader.likings},
            near=tuple(near) if readers >= FEWEST_READERS else (),
            readers=readers,
            lent=min(len(self.loans[book]), MOST_LENT),
        )


def _most_in_common(fellows: dict[int, list[tuple[int, str]]]) -> set[str]:
    """Of all readers of what was praised, those who share most with this one, the newest first."""
    shared: dict[str, tuple[int, int]] = {}
    for them in fellows.values():
        for day, fellow in them:
            count, newest = shared.get(fellow, (0, day))
            shared[fellow] = (count + 1, max(newest, day))
    return set(sorted(shared, key=lambda one: (-shared[one][0], -shared[one][1], one))[:MOST_PEOPLE])


def read_town(path: Path) -> tuple[dict[str, Book], list[Lent]]:
    """Books and loans of the lending library, in the order of time; loans whose day is not known are left out."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if len(row["event_start"]) == len("1920-01-01")]
    rows.sort(key=lambda row: (row["event_start"], row["event"]))
    books: dict[str, Book] = {}
    for number, row in enumerate(rows):
        genres = tuple(("genre", genre) for genre in row["book_genre"].split(";") if genre)
        author = (row["author_name"],) if row["author_name"] else ()
        books.setdefault(row["book"], Book(number, row["book_title"], author, genres))
    return books, [Lent(date.fromisoformat(row["event_start"]).toordinal(), row["member"], row["book"]) for row in rows]


def by_day(loans: Iterable[Lent]) -> Iterator[tuple[int, list[Lent]]]:
    """The loans of each day."""
    for day, lent in groupby(loans, key=lambda loan: loan.day):
        yield day, list(lent)
