"""Which cells of one quarter may be shown: decided once for all its slices and months, whoever asks for which. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engagement.services.reports.protecting import Relation, Standing, hidden_cells
from engagement.services.reports.raw import WHOLE, Cells, Kept, Place, people_behind
from engagement.services.reports.relations import CLOSE, Key, followers, in_lines, relations_among, sums_of_shown
from engagement.services.reports.small_numbers import FEWEST

Same = Mapping[Key, tuple[Key, float]]


def settle(cells: Cells, groups: Mapping[str, Sequence[str]]) -> dict[Place, dict[str, Kept]]:
    """Every cell of a quarter with its verdict. The months among them are those of the whole library."""
    summed = sums_of_shown(cells, groups)
    people = {key: count for key, count in people_behind(cells).items() if key not in summed}
    same = {key: leader for key, leader in in_lines(cells).items() if key in people}
    standing = _standing(cells, people, same)
    near = {key: leader for key, leader in followers(cells).items() if key in standing and leader in standing}
    hidden = hidden_cells(standing, _in_fewest(relations_among(cells, summed), same), near)
    kept: dict[Place, dict[str, Kept]] = {place: {} for place in cells}
    for key, count in people.items():
        value = cells[key[0]][key[1]].value
        unseen = same.get(key, (key, 1.0))[0] in hidden or bool(value and count < FEWEST)
        kept[key[0]][key[1]] = Kept(value, count, unseen)
    for (place, total), parts in summed.items():
        kept[place][total] = _sum_of_shown(kept, parts, cells[place][total].value)
    return kept


def _sum_of_shown(kept: Mapping[Place, Mapping[str, Kept]], parts: Mapping[Key, float], of: float) -> Kept:
    """A total of what is shown beside it, so that it tells nothing of what is not; hidden when nothing is left.

    Partial where that is less than all there was (`of`).

    What is taken away from a part (our own lines from all lines of a kind) goes and stays with it.
    """
    cells = {key: kept[key[0]][key[1]] for key in parts}
    lost = {key[1].partition(":")[2] for key, cell in cells.items() if cell.hidden}
    shown = {key: cell for key, cell in cells.items() if key[1].partition(":")[2] not in lost}
    value = sum(parts[key] * cell.value for key, cell in shown.items())
    people = max((cell.people for key, cell in shown.items() if parts[key] > 0), default=0)
    return Kept(value, people, hidden=not value, partial=value < of - CLOSE)


def _standing(cells: Cells, people: Mapping[Key, int], same: Same) -> dict[Key, Standing]:
    """What the search is about: cells that say the same stand as one, on the fewest people of theirs."""
    fewest: dict[Key, int] = {}
    for key, count in people.items():
        one = same.get(key, (key, 1.0))[0]
        fewest[one] = min(count, fewest.get(one, count))
    standing = {}
    for (place, measure), count in fewest.items():
        value = cells[place][measure].value
        standing[place, measure] = Standing(value, count, int(place == WHOLE), whole=value == round(value))
    return standing


def _in_fewest(relations: Sequence[Relation[Key]], same: Same) -> list[Relation[Key]]:
    """The relations in as few cells as say all: points that follow from lines stand as their lines. Each once."""
    found: dict[frozenset[tuple[Key, float]], Relation[Key]] = {}
    for relation in relations:
        terms: dict[Key, float] = {}
        for key, factor in relation.terms.items():
            one, times = same.get(key, (key, 1.0))
            terms[one] = terms.get(one, 0.0) + factor * times
        terms = {key: factor for key, factor in terms.items() if factor}
        if len(terms) > 1:
            scale = max(terms.values())
            terms = {key: factor / scale for key, factor in terms.items()}
            found.setdefault(frozenset(terms.items()), Relation(terms, relation.apart))
    return list(found.values())
