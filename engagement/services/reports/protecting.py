"""Which cells of published tables have to be hidden, so that none of them can be computed from those shown. Pure.

docs/decisions/0007-small-numbers.md. Cells stand in relations (a total is the sum of its branches). First every cell
on 1 to 7 people is hidden, then others with them until, for each hidden cell, there is another library with the same
published tables in which that cell is different: whole numbers of at least 1, every relation kept. What two libraries
can both have published tells nobody which of the two it is.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engagement.services.reports.small_numbers import FEWEST

Matrix = NDArray[np.float64]
# A step from one library to the other is a whole number of lines; points come in fractions of at most so many parts.
FINEST_PART = 24
CLOSE = 1e-6


@dataclass(frozen=True, slots=True)
class Standing:
    """How much is in a cell, the fewest people behind it, and how dear it is to show (the cheapest is hidden first)."""

    value: float
    people: int
    dear: int = 0
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Relation[Key: Hashable]:
    """Terms that sum to zero: a total with 1, its parts below zero. `apart`: no person stands behind two parts."""

    terms: Mapping[Key, float]
    apart: bool = False


def hidden_cells[Key: Hashable](
    cells: Mapping[Key, Standing], relations: Sequence[Relation[Key]], follows: Mapping[Key, Key] | None = None
) -> frozenset[Key]:
    """The cells to hide. `follows`: a cell that is hidden wherever the other one is (points give away their lines)."""
    hidden = primary(cells)
    while True:
        hidden |= {key for key, leader in (follows or {}).items() if leader in hidden}
        more = _too_thin(cells, relations, hidden) or _given_away(cells, relations, hidden)
        if not more:
            return frozenset(hidden)
        hidden |= more


def primary[Key: Hashable](cells: Mapping[Key, Standing]) -> set[Key]:
    """The cells that rest on too few people themselves."""
    return {key for key, cell in cells.items() if cell.value and cell.people < FEWEST}


def _too_thin[Key: Hashable](
    cells: Mapping[Key, Standing], relations: Sequence[Relation[Key]], hidden: set[Key]
) -> set[Key]:
    """What is hidden of a shown total is itself a number anyone can compute: it must not rest on few people either."""
    more: set[Key] = set()
    for relation in relations:
        unseen = [key for key in relation.terms if key in hidden]
        if not unseen or any(relation.terms[key] > 0 for key in unseen):
            continue
        people = [cells[key].people for key in unseen]
        together = max(sum(people) if relation.apart else max(people), _left_over(cells, relation, hidden))
        if together < FEWEST:
            more |= _cheapest(cells, relation, hidden)
    return more


def _left_over[Key: Hashable](cells: Mapping[Key, Standing], relation: Relation[Key], hidden: set[Key]) -> int:
    """At least so many people of the total are behind none of the parts that are shown."""
    total = max((cells[key].people for key, factor in relation.terms.items() if factor > 0), default=0)
    return total - sum(cells[key].people for key, factor in relation.terms.items() if factor < 0 and key not in hidden)


def _given_away[Key: Hashable](
    cells: Mapping[Key, Standing], relations: Sequence[Relation[Key]], hidden: set[Key]
) -> set[Key]:
    """What to hide next for those hidden cells that could be one number only."""
    rows = [relation for relation in relations if any(key in hidden for key in relation.terms)]
    more: set[Key] = set()
    fixed = fixed_cells(cells, [relation.terms for relation in rows], hidden)
    for key in sorted(fixed, key=str):
        told_by = [relation for relation in rows if key in relation.terms]
        by_hidden = sorted(told_by, key=lambda row: sum(other in hidden for other in row.terms))
        for relation in by_hidden:
            cheapest = _cheapest(cells, relation, hidden)
            more |= cheapest
            if cheapest:
                break
    return more


def _cheapest[Key: Hashable](cells: Mapping[Key, Standing], relation: Relation[Key], hidden: set[Key]) -> set[Key]:
    """The cell of a relation whose hiding costs readers of the report least; none when all are hidden."""
    shown = [key for key in relation.terms if key not in hidden]
    cheapest = min(shown, key=lambda key: (cells[key].dear, cells[key].people, str(key)), default=None)
    return set() if cheapest is None else {cheapest}


def fixed_cells[Key: Hashable](
    cells: Mapping[Key, Standing], relations: Iterable[Mapping[Key, float]], hidden: Iterable[Key]
) -> set[Key]:
    """The hidden cells for which no other library with the same tables was found."""
    # The largest first: they become what the others are expressed by, and they have room to give and to take.
    keys = sorted(hidden, key=lambda key: (-cells[key].value, str(key)))
    place = {key: number for number, key in enumerate(keys)}
    rows = [[(place[key], factor) for key, factor in terms.items() if key in place] for terms in relations]
    rows = [row for row in rows if row]
    moved = np.ones(len(keys), dtype=bool)
    for columns, its_rows in _islands(len(keys), rows):
        at = {column: number for number, column in enumerate(columns)}
        matrix = np.zeros((len(its_rows), len(columns)))
        for number, row in enumerate(its_rows):
            for column, factor in row:
                matrix[number, at[column]] += factor
        inside = [cells[keys[column]] for column in columns]
        moved[columns] = _movable(matrix, inside)
    return {key for key, free in zip(keys, moved, strict=True) if not free}


def _islands(count: int, rows: list[list[tuple[int, float]]]) -> list[tuple[list[int], list[list[tuple[int, float]]]]]:
    """Columns and rows that hang together; each island is solved alone. Columns in no row can be anything."""
    root = list(range(count))

    def find(column: int) -> int:
        while root[column] != column:
            root[column] = root[root[column]]
            column = root[column]
        return column

    for row in rows:
        for column, _factor in row[1:]:
            root[find(column)] = find(row[0][0])
    columns: dict[int, list[int]] = {}
    for column in sorted({column for row in rows for column, _ in row}):
        columns.setdefault(find(column), []).append(column)
    its_rows: dict[int, list[list[tuple[int, float]]]] = {}
    for row in rows:
        its_rows.setdefault(find(row[0][0]), []).append(row)
    return [(columns[island], its_rows[island]) for island in columns]


def _movable(matrix: Matrix, cells: Sequence[Standing]) -> NDArray[np.bool_]:
    """Which columns differ in some other whole solution of at least 1, looked for one step along the null space."""
    reduced, pivots = _reduce(matrix)
    values = np.array([cell.value for cell in cells])
    least = np.array([1.0 if cell.whole else CLOSE for cell in cells])
    whole = np.array([cell.whole for cell in cells])
    free = np.setdiff1d(np.arange(len(cells)), pivots)
    steps = np.zeros((len(cells), len(free)))
    steps[pivots, :] = -reduced[: len(pivots), free]
    steps[free, np.arange(len(free))] = 1
    steps *= _whole_steps(steps[whole])
    up = (values[:, None] + steps >= least[:, None] - CLOSE).all(axis=0)
    down = (values[:, None] - steps >= least[:, None] - CLOSE).all(axis=0)
    moved: NDArray[np.bool_] = (np.abs(steps[:, up | down]) > CLOSE).any(axis=1)
    return moved


def _whole_steps(steps: Matrix) -> Matrix:
    """For each direction the smallest factor that makes it whole; far beyond any room where there is none."""
    factors = np.full(steps.shape[1], np.inf)
    for part in range(FINEST_PART, 0, -1):
        near = np.abs(steps * part - np.round(steps * part)) < CLOSE * part
        factors[near.all(axis=0)] = part
    factors[np.isinf(factors)] = 1e12
    return factors


def _reduce(matrix: Matrix) -> tuple[Matrix, list[int]]:
    """Reduced row echelon form, pivots from the left, and the columns of the pivots."""
    rows = matrix.copy()
    pivots: list[int] = []
    for column in range(rows.shape[1]):
        top = len(pivots)
        if top == rows.shape[0]:
            break
        best = top + int(np.argmax(np.abs(rows[top:, column])))
        if abs(rows[best, column]) < CLOSE:
            continue
        rows[[top, best]] = rows[[best, top]]
        rows[top] /= rows[top, column]
        others = np.flatnonzero(np.abs(rows[:, column]) > 0)
        others = others[others != top]
        rows[others] = _rounded(rows[others] - np.outer(rows[others, column], rows[top]))
        pivots.append(column)
    return rows, pivots


def _rounded(rows: Matrix) -> Matrix:
    """Without what floats leave of a zero."""
    rows[np.abs(rows) < 1e-12] = 0  # noqa: PLR2004  (far below the smallest factor)
    return rows
