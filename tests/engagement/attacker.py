"""An attacker who has every published table, and a solver of their own: exact fractions, no code of the product.

They know that branches, audiences, languages and months each sum to the total, what one line of each kind brings in
points, that lines are whole, and that a hidden cell has at least one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, floor

HIDDEN = "*"
MOST_ROUNDS = 200
type Spot = tuple[str, str, str]
type Name = tuple[str, Spot, str]
type Said = int | str
type Published = Mapping[Spot, Mapping[str, Said]]
type Row = tuple[dict[Name, Fraction], Fraction]
WHOLE: Spot = ("", "", "")


@dataclass
class Attacker:
    """Collects equations over hidden cells, then says which of them can have one value only."""

    points: Mapping[str, tuple[int, int]]
    rows: list[Row] = field(default_factory=list)

    def read(self, quarter: str, tables: Published) -> None:
        """Every table of one quarter. A total over kinds is the sum of those shown, and says nothing of the others."""
        for measure, total in tables[WHOLE].items():
            for by in ("branch", "audience", "language", "month") if ":" in measure else ():
                parts = [(spot, tables[spot].get(measure, 0)) for spot in tables if spot[0] == by]
                terms = [((quarter, spot, measure), said, -1) for spot, said in parts]
                self._add([((quarter, WHOLE, measure), total, 1), *terms])
        for spot, measures in tables.items():
            for measure, said in measures.items():
                family, _, kind = measure.partition(":")
                lines = f"lines:{kind}"
                if kind and family != "lines" and lines in measures:
                    each = self.points[kind][family == "relational"]
                    self._add([((quarter, spot, measure), said, 1), ((quarter, spot, lines), measures[lines], -each)])

    def pinned(self) -> dict[Name, int]:
        """Hidden cells with one possible value, and that value."""
        rows = [*self.rows, *_reduced(self.rows)]
        low = {name: 1 for terms, _ in rows for name in terms}
        high: dict[Name, int | None] = dict.fromkeys(low)
        for _round in range(MOST_ROUNDS):
            before = (dict(low), dict(high))
            for terms, value in rows:
                _narrow(terms, value, low, high)
            if before == (low, high):
                break
        return {name: low[name] for name in low if low[name] == high[name]}

    def _add(self, told: list[tuple[Name, Said, int]]) -> None:
        """These, each times its factor, sum to nothing."""
        terms = {name: Fraction(factor) for name, said, factor in told if said == HIDDEN}
        rest = -sum((factor * Fraction(said) for _name, said, factor in told if said != HIDDEN), Fraction(0))
        if terms:
            self.rows.append((terms, rest))


def _reduced(rows: list[Row]) -> list[Row]:
    """Reduced row echelon form, in fractions."""
    done: list[tuple[Name, Row]] = []
    for one in rows:
        terms, rest = one
        for pivot, row in done:
            if pivot in terms:
                terms, rest = _minus((terms, rest), terms[pivot], row)
        if not terms:
            assert rest == 0, "the published tables contradict each other"
            continue
        pivot = min(terms, key=str)
        new = ({name: part / terms[pivot] for name, part in terms.items()}, rest / terms[pivot])
        done = [(its, _minus(row, row[0][pivot], new) if pivot in row[0] else row) for its, row in done]
        done.append((pivot, new))
    return [row for _pivot, row in done]


def _minus(row: Row, factor: Fraction, other: Row) -> Row:
    terms = dict(row[0])
    for name, part in other[0].items():
        terms[name] = terms.get(name, Fraction(0)) - factor * part
    return {name: part for name, part in terms.items() if part}, row[1] - factor * other[1]


def _narrow(terms: dict[Name, Fraction], value: Fraction, low: dict[Name, int], high: dict[Name, int | None]) -> None:
    """What one equation says of each of its cells, given the bounds of the others."""
    for name, factor in terms.items():
        least: Fraction | None = value
        most: Fraction | None = value
        for other, part in terms.items():
            if other == name:
                continue
            top = high[other]
            smallest, largest = Fraction(low[other]) * part, None if top is None else top * part
            if part < 0:
                smallest, largest = largest, smallest  # type: ignore[assignment]  # None stands for no bound in both
            least = None if least is None or largest is None else least - largest
            most = None if most is None or smallest is None else most - smallest
        bounds = [None if end is None else end / factor for end in (least, most)]
        bottom, top_end = bounds if factor > 0 else bounds[::-1]
        if bottom is not None:
            low[name] = max(low[name], ceil(bottom))
        if top_end is not None:
            top = high[name]
            high[name] = floor(top_end) if top is None else min(top, floor(top_end))
