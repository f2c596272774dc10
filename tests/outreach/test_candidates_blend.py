"""The blend itself, without a database; and that the database finds what the record in memory finds."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.models import Title
from outreach.services.candidates.blend import likeness, likings_of, rank_rows, together_weight
from outreach.services.candidates.choosing import choose_ten
from outreach.services.candidates.finding import found_for, rows_of
from outreach.services.candidates.reader import known_for_list
from outreach.services.candidates.shapes import Near, Praised, Reader, Row
from outreach.services.candidates.weights import (
    BLEND,
    FEWEST_READERS,
    MOST_LISTED,
    MOST_OF_ONE_AUTHOR,
    MOST_STRETCHES,
)
from outreach.services.picking import past_of
from patrons.models import Patron
from tests.bench.reading_town import Book, Lent, Town
from tests.builders import make_patron, make_request
from tests.outreach.reading import book, lend

TERMS = (("appeal", "quiet"), ("appeal", "wise"), ("genre", "novel"), ("subject", "islands"))
AUTHORS: tuple[tuple[str, ...], ...] = ((), ("Ann",), ("Ben",), ("Ann", "Ben"))
PRAISED = Praised(1, "The Summer Book", "loved", ("Ann",), (("appeal", "quiet"), ("genre", "novel")))
NEAR = st.builds(Near, st.just(1), st.floats(0, 40), st.integers(1, 40))


def invented(seed: int) -> list[Row]:
    """Up to forty titles of every kind."""
    dice = random.Random(seed)  # noqa: S311  (invented titles, no secret)
    return [
        Row(
            title=number,
            name="Another",
            authors=dice.choice(AUTHORS),
            terms=tuple(dice.sample(TERMS, dice.randrange(4))),
            near=(Near(1, dice.random() * 20, dice.randrange(1, 40)),) if dice.random() < 1 / 2 else (),
            readers=dice.randrange(60),
            lent=dice.choice((0, 1, 2, 30, 100)),
        )
        for number in range(2, 2 + dice.randrange(40))
    ]


ROWS = st.integers(0, 10**6).map(invented)


def reader() -> Reader:
    return Reader((PRAISED,), *likings_of([PRAISED]))


@given(ROWS, st.integers(0, 20))
def test_the_list_does_not_depend_on_the_order_in_which_titles_were_found(rows: list[Row], turn: int) -> None:
    turned = [*rows[turn:], *rows[:turn]][::-1]
    assert choose_ten(rank_rows(reader(), rows)) == choose_ten(rank_rows(reader(), turned))


@given(ROWS)
def test_the_list_keeps_its_measures_and_its_sums_are_those_of_the_published_weights(rows: list[Row]) -> None:
    ten = choose_ten(rank_rows(reader(), rows))
    authors = [author for one in ten for author in one.scored.row.authors]
    assert len(ten) <= MOST_LISTED
    assert all(authors.count(author) <= MOST_OF_ONE_AUTHOR for author in authors)
    assert sum(one.stretch for one in ten) <= MOST_STRETCHES
    assert sum(one.little_known for one in ten) <= 1
    for one in ten:
        parts = one.scored.parts
        assert all(0 <= part <= 1 for part in parts.values())
        assert one.scored.score == pytest.approx(sum(weight.most * parts[weight.part] for weight in BLEND))


@given(NEAR, st.integers(0, 60))
def test_fewer_than_five_readers_of_either_title_weigh_nothing(near: Near, readers: int) -> None:
    few = near.fellows < FEWEST_READERS or readers < FEWEST_READERS
    assert not few or likeness(near, readers) == 0
    row = Row(2, "Another", near=(near,), readers=readers, lent=50)
    assert not (few and rank_rows(reader(), [row]))


@given(st.floats(0, 10_000), st.floats(0, 10_000))
def test_books_read_near_each_other_count_more(near: float, far: float) -> None:
    assert (together_weight(near) >= together_weight(far)) == (near <= far) or together_weight(near) == pytest.approx(
        together_weight(far)
    )
    assert together_weight(None) <= together_weight(far)


@pytest.mark.django_db
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_database_finds_what_the_record_in_memory_finds(seed: int) -> None:
    """So that what is measured on a real lending library holds for the page."""
    dice = random.Random(seed)  # noqa: S311  (invented loans, no secret)
    patrons = [make_patron("profile") for _ in range(12)]
    titles = [book(f"Title {n}", by=f"Author {n % 9}", genre=f"genre {n % 4}") for n in range(25)]
    town = Town({str(title.pk): as_book(title) for title in titles})
    days = sorted(dice.sample(range(400), 150))
    for day in days:
        patron, title = dice.choice(patrons), dice.choice(titles[: 5 + day % 20])
        lend(patron, title, at=datetime(2025, 1, 1, tzinfo=UTC) + timedelta(days=day))
        town.lend(Lent(day, str(patron.pk), str(title.pk)))
    Title.objects.filter(loans=None).delete()  # what nobody had does not exist in the record either
    assert sum(check(patron, town) for patron in patrons)


def check(patron: Patron, town: Town) -> int:
    """Reader and ranking are the same; how many titles other readers led to."""
    request = make_request(patron, likes=())
    known = known_for_list(request, past_of(request))
    assert known.reader.praised == town.reader(str(patron.pk)).praised
    ours = rank_rows(known.reader, rows_of(found_for(request, known)))
    theirs = rank_rows(known.reader, town.rows(str(patron.pk), known.reader))
    assert [one.row.title for one in ours] == [one.row.title for one in theirs]
    assert [one.score for one in ours] == pytest.approx([one.score for one in theirs])
    return sum(one.parts["readers"] > 0 for one in ours)


def as_book(title: Title) -> Book:
    terms = tuple((term.kind, term.name) for term in title.terms.order_by("kind", "name"))
    return Book(title.pk, title.name, tuple(title.authors), terms)
