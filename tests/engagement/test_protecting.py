"""Nobody can work out a hidden cell from all that is published: an attacker tries, on small libraries of all sorts."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engagement.services.reports import verdicts
from engagement.services.reports.protecting import Relation, Standing, fixed_cells, hidden_cells, primary
from engagement.services.reports.raw import WHOLE, Kept, Place, gather
from engagement.services.reports.relations import relations_among, sums_of_shown
from engagement.services.reports.small_numbers import FEWEST
from tests.engagement.attacker import HIDDEN, Attacker, Name, Published, Said, Spot

# What one line of each kind brings: transactional and relational points.
POINTS = {"loan": (1, 0), "visit": (1, 0), "letter": (6, 6), "referral": (0, 16), "donation": (0, 80)}
MONTHS = ("2026-10", "2026-11", "2026-12")


class Line(NamedTuple):
    person: int
    kind: str
    month: str


class Person(NamedTuple):
    branch: str
    audience: str
    language: str


persons = st.lists(
    st.builds(
        Person,
        branch=st.sampled_from("1112223"),
        audience=st.sampled_from(["adult", "adult", "adult", "teen"]),
        language=st.sampled_from(["en", "en", "fr"]),
    ),
    min_size=1,
    max_size=40,
)


@st.composite
def quarters(draw: st.DrawFn) -> list[tuple[list[Person], list[Line]]]:
    """Two quarters of one library: whoever borrows in the one may in the other."""
    people = draw(persons)
    line = st.builds(
        Line,
        person=st.integers(0, len(people) - 1),
        kind=st.sampled_from(["loan", "loan", "loan", "visit", "letter", "referral", "donation"]),
        month=st.sampled_from(MONTHS),
    )
    busy = draw(st.sets(st.sampled_from(sorted(POINTS)), max_size=3))
    everyone = [Line(number, kind, MONTHS[number % 3]) for number in range(len(people)) for kind in busy]
    return [(people, everyone + draw(st.lists(line, max_size=40))) for _quarter in range(2)]


def decide(people: list[Person], lines: list[Line]) -> dict[Place, dict[str, Kept]]:
    """All cells of a quarter with their verdicts."""
    value: dict[tuple[Place, str], float] = defaultdict(float)
    behind: dict[tuple[Place, str], set[int]] = defaultdict(set)
    for number, kind, month in lines:
        places = [WHOLE, Place(month=month)]
        places += [Place(by, key) for by, key in people[number]._asdict().items()]
        for place in places:
            for family, points in zip(("lines", "transactional", "relational"), (1, *POINTS[kind]), strict=True):
                for measure in (family, f"{family}:{kind}") if points else ():
                    value[place, measure] += points
                    behind[place, measure].add(number)
    rows = [(place, name, value[place, name], len(behind[place, name]), 0) for place, name in value]
    return verdicts.settle(gather(rows), {})


def published(decided: dict[Place, dict[str, Kept]]) -> Published:
    """The tables as any report shows them."""
    tables: dict[Spot, dict[str, Said]] = {}
    for place, cells in {WHOLE: {}, **decided}.items():
        spot = ("month", place.month, "") if place.month else (place.by, place.slice, "")
        tables[spot] = {name: HIDDEN if cell.hidden else round(cell.value) for name, cell in cells.items()}
    return tables


def attack(library: list[tuple[list[Person], list[Line]]]) -> dict[Name, int]:
    attacker = Attacker(POINTS)
    for number, (people, lines) in enumerate(library):
        attacker.read(f"quarter {number}", published(decide(people, lines)))
    return attacker.pinned()


@given(library=quarters())
@settings(max_examples=150)
def test_no_attacker_with_all_tables_of_two_quarters_pins_one_cell(
    library: list[tuple[list[Person], list[Line]]],
) -> None:
    assert attack(library) == {}


@given(library=quarters())
def test_every_cell_on_one_to_seven_people_is_hidden_and_what_is_shown_is_true(
    library: list[tuple[list[Person], list[Line]]],
) -> None:
    people, lines = library[0]
    for place, cells in decide(people, lines).items():
        for name, cell in cells.items():
            family, _, kind = name.partition(":")
            here = [one for one in lines if _stands(one, people, place) and kind in ("", one.kind)]
            here = [one for one in here if family == "lines" or POINTS[one.kind][family == "relational"]]
            if len({one.person for one in here}) < FEWEST:
                assert cell.hidden
            elif not cell.hidden and kind:
                each = 1 if family == "lines" else POINTS[kind][family == "relational"]
                assert cell.value == each * len(here)


def _stands(line: Line, people: list[Person], place: Place) -> bool:
    if place.month:
        return line.month == place.month
    return not place.by or getattr(people[line.person], place.by) == place.slice


def test_a_branch_of_three_is_found_when_only_small_cells_are_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    people = [Person("1" if number < 3 else "2", "adult", "en") for number in range(30)]
    library = [(people, [Line(number, "loan", MONTHS[number % 3]) for number in range(30)])]
    assert attack(library) == {}
    monkeypatch.setattr(verdicts, "hidden_cells", lambda cells, *_: frozenset(primary(cells)))
    assert ("quarter 0", ("branch", "1", ""), "lines:loan") in attack(library)


def test_two_cells_of_one_line_each_are_no_secret() -> None:
    cells = {"total": Standing(30, 30), "a": Standing(1, 1), "b": Standing(1, 1), "c": Standing(28, 28)}
    relation = Relation({"total": 1.0, "a": -1.0, "b": -1.0, "c": -1.0}, apart=True)
    assert fixed_cells(cells, [relation.terms], {"a", "b"}) == {"a", "b"}
    assert fixed_cells(cells, [relation.terms], {"a", "b", "c"}) == set()
    assert hidden_cells(cells, [relation]) == {"a", "b", "c"}


def test_what_crosses_two_tables_is_found_too() -> None:
    """A hidden cell in each of two rows and columns: each row has two unknowns, and yet all are pinned by a third."""
    cells = {name: Standing(9, 9) for name in ("ab", "ac", "bb", "bc", "a", "b", "x", "y")}
    rows = [{"a": 1.0, "ab": -1.0, "ac": -1.0}, {"b": 1.0, "bb": -1.0, "bc": -1.0}]
    columns = [{"x": 1.0, "ab": -1.0, "bb": -1.0}]
    assert fixed_cells(cells, [*rows, *columns], {"ab", "ac", "bb", "bc"}) == set()
    assert fixed_cells(cells, [*rows, *columns], {"ab", "ac", "bb"}) == {"ab", "ac", "bb"}


def test_a_total_says_nothing_of_the_kinds_hidden_beside_it() -> None:
    people = [Person("1", "adult", "en")] * 20
    lines = [Line(number, "loan", MONTHS[0]) for number in range(20)] + [Line(0, "donation", MONTHS[0])]
    whole = decide(people, lines)[WHOLE]
    assert (whole["lines"].value, whole["lines:donation"].hidden) == (20, True)
    assert whole["relational"].hidden


def test_only_what_adds_up_is_a_relation() -> None:
    rows = [(WHOLE, "wait:median", 5.0, 9, 0), (Place("branch", "1"), "wait:median", 4.0, 9, 0)]
    rows += [(WHOLE, "lines:loan", 9.0, 9, 0), (Place("branch", "1"), "lines:loan", 9.0, 9, 0)]
    cells = gather(rows)
    assert sums_of_shown(cells, {}) == {}
    assert [set(relation.terms) for relation in relations_among(cells, {})] == [
        {(WHOLE, "lines:loan"), (Place("branch", "1"), "lines:loan")}
    ]
