"""Finding titles as people ask for them."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.models import Term
from catalog.services.search import find_titles
from tests.builders import make_title
from tests.catalog.material import run_find

pytestmark = pytest.mark.django_db
SHELF = (
    ("The Hunger Games (The Hunger Games, #1)", "Suzanne Collins"),
    ("The World of the Hunger Games", "Kate Egan"),
    ("Mockingjay (The Hunger Games, #3)", "Suzanne Collins"),
    ("Hunger", "Knut Hamsun"),
    ("The Hobbit", "J.R.R. Tolkien"),
    ("The Two Towers (The Lord of the Rings, #2)", "J.R.R. Tolkien"),
    ("The Lord of the Rings", "J.R.R. Tolkien"),
    ("Emma", "Jane Austen"),
    ("Cien años de soledad", "Gabriel García Márquez"),
    ("To Kill a Mockingbird", "Harper Lee"),
    ("Harry Potter and the Philosopher's Stone", "J.K. Rowling"),
    ("One", "Sarah Crossan"),
)


@pytest.fixture(autouse=True)
def shelf() -> None:
    for name, author in SHELF:
        make_title(name=name, authors=[author])


def names(words: str, *, audience: str = "", isbn: str = "") -> list[str]:
    return [title.name for title in find_titles(words, audience=audience, isbn=isbn)]


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("the hunger games", "The Hunger Games (The Hunger Games, #1)"),
        ("HUNGER", "Hunger"),
        ("lord of the rings", "The Lord of the Rings"),
        ("rings lord", "The Lord of the Rings"),
        ("tolkien hobb", "The Hobbit"),
        ("austen", "Emma"),
        ("jane austin", "Emma"),
        ("tolkein hobit", "The Hobbit"),
        ("teh hobbit", "The Hobbit"),
        ("hunger gmaes", "The Hunger Games (The Hunger Games, #1)"),
        ("cien anos", "Cien años de soledad"),
        ("garcia marques", "Cien años de soledad"),
        ("to kil a mockingbrid", "To Kill a Mockingbird"),
        ("philosophers stone", "Harry Potter and the Philosopher's Stone"),
        ("philosopher’s stone", "Harry Potter and the Philosopher's Stone"),
        ("harrypotter", "Harry Potter and the Philosopher's Stone"),
        ("mocki", "Mockingjay (The Hunger Games, #3)"),
        ("Emma Jane Austen novel", "Emma"),
    ],
)
def test_the_book_meant_comes_first(words: str, first: str) -> None:
    assert names(words)[0] == first


def test_words_of_other_books_bring_nothing() -> None:
    assert names("quantum chromodynamics") == []
    assert names("") == names("  ?! ") == names("%") == []
    assert find_titles("hunger", limit=0) == []


def test_an_isbn_finds_its_book_however_it_is_written() -> None:
    make_title(name="Gregor", isbns=["9780439023481"], audience="child")
    for printed in ("9780439023481", "978-0-439-02348-1", "0439023483", "0-439-02348-3", "0 439 02348 3"):
        assert names(printed) == ["Gregor"]
    assert names("", isbn="0439023483") == names("whatever", isbn="978-0439023481") == ["Gregor"]
    assert names("97804390") == ["Gregor"]
    assert names("", isbn="0439023484") == []
    assert names("0439023483", audience="adult") == []


def test_an_audience_keeps_only_titles_known_to_be_for_it() -> None:
    make_title(name="Hunger for grown-ups", audience="adult")
    make_title(name="Hunger for teens", audience="teen")
    assert names("hunger", audience="teen") == ["Hunger for teens"]
    assert names("hungre", audience="teen") == ["Hunger for teens"]


def test_terms_come_with_the_titles(django_assert_num_queries: object) -> None:
    title = make_title(name="Quiet waters")
    title.terms.add(Term.objects.create(kind="appeal", name="calm"))
    (found,) = find_titles("quiet waters")
    with django_assert_num_queries(0):  # type: ignore[operator]  # pytest-django gives the fixture no public type
        assert [term.name for term in found.terms.all()] == ["calm"]


@pytest.mark.django_db(transaction=True)
def test_the_threshold_of_a_search_ends_with_it_outside_a_transaction_too() -> None:
    assert names("tolkein")[0].startswith("The ")
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('pg_trgm.word_similarity_threshold')")
        assert cursor.fetchone() == ("0.6",)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(st.text(max_size=300))
def test_no_words_make_a_search_fail(words: str) -> None:
    assert len(find_titles(words)) <= 20


def test_the_command_lists_titles_and_refuses_what_cannot_be_found() -> None:
    title = make_title(name="Gregor", authors=["A B"], isbns=["9780439023481"], audience="child")
    expected = {"id": title.pk, "title": "Gregor", "authors": ["A B"], "isbns": ["9780439023481"], "audience": "child"}
    assert run_find("gregor") == run_find("--isbn", "0439023483") == [expected]
    assert run_find("gregor", "--audience", "adult") == []
    assert run_find("gregor", "--limit", "9" * 30) == [expected]
    out = StringIO()
    call_command("find_titles", "zzzz", stdout=out)
    assert "Nothing was found." in out.getvalue()
    for arguments in (["--json"], ["--isbn", "123"], ["x", "--audience", "dogs"]):
        with pytest.raises(CommandError):
            call_command("find_titles", *arguments)
