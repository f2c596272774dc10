"""Finding patrons by name, card, address, telephone and number; names fold, words come in any order."""

from __future__ import annotations

import pytest

from library.models import User
from patrons.models import Card, FormerNumber, Patron
from patrons.services.details import change_details
from patrons.services.naming import search_text_of
from patrons.services.patrons import create_provisional
from relcrm.desk.services.patron_list import find_page
from tests.builders import NOON, make_branch, make_patron, make_staff

pytestmark = pytest.mark.django_db


def found(words: str, user: User | None = None) -> list[str]:
    patrons = Patron.objects.visible_to(user or make_staff())
    places = [branch.pk for branch in user.places] if user else []
    return [str(patron) for patron in find_page(patrons, words=words, after="", places=places).patrons]


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("José Muñoz", "jose munoz"),
        ("José Muñoz", "MUÑ jos"),
        ("Sean O'Brien", "obrien"),
        ("Sean O’Brien", "o brien"),
        ("Sean O'Brien", "brien"),
        ("Sean O Brien", "O'Brien"),
        ("Maria D'Angelo", "dangelo"),
        ("Maria D'Angelo", "angelo"),
        ("Anna Smith-Jones", "jones anna"),
        ("X", "x"),
        ("Madonna", "mad"),
        ("Jan O", "o"),
        ("محمد الأحمد", "الاحمد"),
        ("王小明", "小明"),
        ("王小明", "王"),
        ("김철수", "철수"),
        ("Иван Петров", "петр"),
        ("Søren Łukasz", "soren luk"),
        ("Đặng Thị", "dang thi"),
    ],
)
def test_a_name_is_found_as_people_type_it(name: str, typed: str) -> None:
    make_patron(name=name)
    make_patron(name="Somebody Else")
    assert found(typed) == [name]


def test_a_word_that_no_name_has_finds_nobody() -> None:
    make_patron(name="Anna Garcia")
    assert found("anna zzyzx") == []
    assert found("nna") == []
    assert found("'") == []
    assert found("\0") == []
    assert found("%") == []


def test_names_that_begin_with_the_words_come_first() -> None:
    for name in ("Aaron Smith", "Smith Zulu", "Smithers", "Zoe Smith"):
        make_patron(name=name)
    assert found("smith") == ["Smith Zulu", "Smithers", "Aaron Smith", "Zoe Smith"]


def test_card_address_number_and_former_number_find_their_reader() -> None:
    patron = make_patron(name="Iris", email="iris.murdoch@example.org", ils_id="P100", phone="+27 (0)21 555-0147")
    Card.objects.create(patron=patron, number="29000123")
    FormerNumber.objects.create(number=4711, public_id="P-OLD22222", ils_id="OLD7", patron=patron)
    make_patron(name="Other", email="other@example.org", ils_id="P200", phone="+27 21 555 9999")
    for words in (
        "29000123",
        "29000",
        "Iris.Murdoch@EXAMPLE.org",
        "iris.mur",
        "p100",
        patron.public_id.lower(),
        "p-old22222",
        "OLD7",
        "0215550147",
        "021 555 0147",
        "+27215550147",
        "550147",
    ):
        assert found(words) == ["Iris"], words


def test_only_visible_patrons_are_found() -> None:
    here, elsewhere = make_branch(), make_branch()
    librarian = make_staff()
    librarian.branches.add(here)
    for place in (here, elsewhere, None):
        patron = make_patron(name=f"Anna {place.name if place else 'Nowhere'}", branch=place, phone="021 555 0147")
        Card.objects.create(patron=patron, number=f"29000{patron.pk}")
    seen = {f"Anna {here.name}", "Anna Nowhere"}
    for words in ("anna", "", "0215550147", "29000", "iris"):
        assert set(found(words, librarian)) == (set() if words == "iris" else seen), words


def test_every_page_continues_where_the_one_before_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same readers in the same order, whether they are few enough to be put in order or come from the index."""
    here = make_branch()
    librarian = make_staff()
    for number in range(70):
        place = here if number % 2 else None
        make_patron(name=f"Anna {number:02}" if number % 3 else f"Bea Anna {number:02}", branch=place)
    expected = sorted(Patron.objects.all(), key=lambda one: (one.search_text[1] != "a", one.search_text))
    for most in (1000, 30, 5):
        monkeypatch.setattr("relcrm.desk.services.patron_list.MOST", most)
        for places in ([], [here.pk]):
            walked, after = [], ""
            while True:
                page = find_page(Patron.objects.visible_to(librarian), words="anna", after=after, places=places)
                walked += page.patrons
                after = page.after
                if not after:
                    break
            # Of those that do not begin with the words, no more are shown than were read.
            begun = [one for one in expected if one.search_text.startswith(" anna")]
            assert walked[: len(begun)] == begun, most
            assert len(walked) == len(set(walked))
            assert most < 1000 or walked == expected


def test_the_count_is_exact_up_to_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("relcrm.desk.services.patron_list.MOST", 3)
    for _ in range(3):
        make_patron(name="Anna")
    page = find_page(Patron.objects.all(), words="anna", after="")
    assert (page.count, page.many) == (3, False)
    make_patron(name="Anna")
    assert find_page(Patron.objects.all(), words="anna", after="").many


def test_whoever_writes_a_name_writes_its_words() -> None:
    made = create_provisional(name="Zoë", email="", language="en", audience="adult", branch=None, now=NOON)
    assert made.search_text == " zoe"
    change_details(patron=made, name="Éva O'Hara", language="en", branch=None, time_zone="")
    assert Patron.objects.get(pk=made.pk).search_text == search_text_of("Éva O'Hara") == " eva ohara hara"
