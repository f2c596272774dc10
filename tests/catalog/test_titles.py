"""Storing titles: what is compared, what is kept, what is never overwritten."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.models import Term, Title
from catalog.services.readers.found import CleanTitle
from catalog.services.titles import Saved, save_titles, search_text_of
from relcrm.kit.folding import fold


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Harry Potter and the Philosopher’s Stone", "harry potter and the philosophers stone"),
        ("Cien años de SOLEDAD!", "cien anos de soledad"),
        ("Smørrebrød & Œuvre, Straße", "smorrebrod oeuvre strasse"),
        ("Vi︠a︡tkin, I︠U︡. N.", "viatkin iu n"),
        ("Война и мир", "воина и мир"),
        ("אַ בּוך", "א בוך"),
        ("100% | a_b", "100 a b"),
        ("", ""),
    ],
)
def test_folding_keeps_letters_and_digits(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text())
def test_folded_text_holds_no_wildcard_and_folds_to_itself(text: str) -> None:
    folded = fold(text)
    assert fold(folded) == folded
    assert not set(folded) & set("%_\\|")


def test_a_series_in_brackets_is_no_part_of_the_name() -> None:
    text = search_text_of(
        name="Mockingjay (The Hunger Games, #3)", authors=["Suzanne Collins"], isbns=["9780439023511"]
    )
    assert text == " mockingjay | suzanne collins | the hunger games 3 | 9780439023511"
    assert search_text_of(name="(Untitled)") == " untitled"


def clean(key: str, name: str = "A", **over: object) -> CleanTitle:
    return CleanTitle(source="test", source_key=key, name=name, **over)  # type: ignore[arg-type]  # facts of any kind


@pytest.mark.django_db
def test_the_same_batch_again_changes_nothing_and_writes_nothing(django_assert_num_queries: object) -> None:
    batch = [clean("1", terms=(("genre", "novel"),)), clean("2", "B", isbns=("9780439023481",), authors=("C",))]
    assert save_titles(batch=batch) == Saved(created=2)
    before = list(Title.objects.order_by("pk").values())
    with django_assert_num_queries(4):  # type: ignore[operator]  # the savepoint twice, titles, terms: nothing is written
        assert save_titles(batch=batch) == Saved(unchanged=2)
    assert list(Title.objects.order_by("pk").values()) == before


@pytest.mark.django_db
def test_a_batch_takes_the_same_number_of_statements_whatever_its_size(django_assert_max_num_queries: object) -> None:
    with django_assert_max_num_queries(12):  # type: ignore[operator]  # as above
        save_titles(batch=[clean(str(n), f"B{n}", terms=(("subject", f"S{n}"),)) for n in range(400)])
    assert Term.objects.count() == 400


@pytest.mark.django_db
def test_what_the_file_does_not_say_is_left_as_a_librarian_entered_it() -> None:
    save_titles(batch=[clean("1", year=1999, terms=(("genre", "novel"), ("subject", "Sea")))])
    title = Title.objects.get()
    title.terms.add(Term.objects.create(kind="appeal", name="lyrical"))
    Title.objects.update(audience="teen", violence=False)
    saved = save_titles(batch=[clean("1", "A new name", terms=(("genre", "saga"), ("appeal", "slow")))])
    title.refresh_from_db()
    assert saved == Saved(updated=1)
    assert (title.name, title.year, title.audience, title.violence) == ("A new name", 1999, "teen", False)
    assert title.search_text == " a new name"
    assert set(title.terms.values_list("kind", "name")) == {
        ("genre", "saga"),
        ("subject", "Sea"),
        ("appeal", "lyrical"),
        ("appeal", "slow"),
    }


@pytest.mark.django_db
def test_a_change_of_terms_alone_is_an_update() -> None:
    save_titles(batch=[clean("1", terms=(("genre", "novel"),))])
    assert save_titles(batch=[clean("1", terms=(("genre", "novel"), ("genre", "saga")))]) == Saved(updated=1)
