"""What published cells have to do with each other: everything an attentive reader could add up or subtract. Pure.

A relation counts only where the numbers keep it: what does not add up gives nothing away. Totals over kinds are no
relation, because a total is shown as the sum of what is shown beside it (`sums_of_shown`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from engagement.services.reports.protecting import Relation
from engagement.services.reports.raw import WHOLE, Cells, Place

Key = tuple[Place, str]
# Families whose cells are lines of the kind they are named after, in points, minutes or numbers.
OF_LINES = ("transactional", "relational", "minutes", "ours", "timed", "untimed", "loops")
# Other measures of the same lines: each of these families sums to what the other measures sum to.
EQUAL_SUMS = (
    (("lines:pick_answer",), ("picks:liked", "picks:other")),
    (("lines:check_in",), ("lines:check_in_answer", "check_ins:unanswered")),
    (("active:start",), ("active:kept", "active:lapsed")),
    (("active:end",), ("active:kept", "active:new", "active:back", "active:met")),
)  # fmt: skip
MIDDLES = ("median", "p90")
CLOSE = 1e-6


def sums_of_shown(cells: Cells, groups: Mapping[str, Sequence[str]]) -> dict[Key, dict[Key, float]]:
    """Totals with their parts, in an order in which a total comes after those it is the sum of.

    `groups`: a measure and the kinds whose lines it counts ('mix:service'), less those the library started itself.
    """
    found: dict[Key, dict[Key, float]] = {}
    for place, measures in cells.items():
        for total, parts in [*_of_kinds(measures, groups), *_families(measures)]:
            terms = {(place, part): factor for part, factor in parts.items()}
            if total in measures and _holds(cells, {(place, total): -1.0} | terms):
                found[place, total] = terms
    return found


def relations_among(cells: Cells, summed: Mapping[Key, Mapping[Key, float]]) -> list[Relation[Key]]:
    """All relations the cells keep; in place of the totals in `summed` stand their parts."""
    base = {
        place: {measure: raw for measure, raw in measures.items() if (place, measure) not in summed}
        for place, measures in cells.items()
    }
    found = [*_slices(base), *_months(base)]
    for place, measures in cells.items():
        for names in _equal_sums(measures):
            terms = {(place, name): factor for name, factor in names.items()}
            found.append(Relation(_in_parts(terms, summed)))
    return [relation for relation in found if len(relation.terms) > 1 and _holds(cells, relation.terms)]


def _in_parts(terms: Mapping[Key, float], summed: Mapping[Key, Mapping[Key, float]]) -> dict[Key, float]:
    """The same sum without totals."""
    found: dict[Key, float] = {}
    for key, factor in terms.items():
        parts = _in_parts(summed[key], summed) if key in summed else {key: 1.0}
        for part, times in parts.items():
            found[part] = found.get(part, 0.0) + factor * times
    return {key: factor for key, factor in found.items() if factor}


def in_lines(cells: Cells) -> dict[Key, tuple[Key, float]]:
    """Cells that say the same as the lines of their kind, times a factor anyone can see (one point a loan)."""
    same: dict[Key, tuple[Key, float]] = {}
    for measure in sorted({measure for measures in cells.values() for measure in measures}):
        family, _, kind = measure.partition(":")
        if not kind or family not in OF_LINES:
            continue
        lines = f"lines:{kind}"
        factor = _factor(cells, measure, lines)
        if factor is not None:
            same |= {(place, measure): ((place, lines), factor) for place in cells if measure in cells[place]}
    return same


def followers(cells: Cells) -> dict[Key, Key]:
    """Cells that come near to telling the lines of their kind, and go where those go."""
    found: dict[Key, Key] = {}
    for place, measures in cells.items():
        for measure in measures:
            family, _, key = measure.partition(":")
            lines = "lines:letter" if family == "wait" else f"lines:{key}"
            if (family in OF_LINES or family == "wait") and lines in measures:
                found[place, measure] = (place, lines)
    return found


def _factor(cells: Cells, measure: str, lines: str) -> float | None:
    """The one factor between two measures, wherever either stands; None when there is none."""
    factor: float | None = None
    for measures in cells.values():
        if (measure in measures) != (lines in measures):
            return None
        if measure in measures:
            here = measures[measure].value / measures[lines].value
            if factor is not None and abs(here - factor) > CLOSE:
                return None
            factor = here
    return factor


def _slices(cells: Cells) -> Iterator[Relation[Key]]:
    by_kind: dict[str, list[Place]] = defaultdict(list)
    for place in cells:
        by_kind[place.by].append(place)
    for measure in _additive(cells.get(WHOLE, {})):
        for by in ("branch", "audience", "language"):
            parts = [(place, measure) for place in by_kind[by] if measure in cells[place]]
            yield Relation({(WHOLE, measure): 1.0} | dict.fromkeys(parts, -1.0), apart=True)


def _months(cells: Cells) -> Iterator[Relation[Key]]:
    months = [place for place in cells if place.month]
    for measure in _additive(cells.get(WHOLE, {})):
        parts = [(place, measure) for place in months if measure in cells[place]]
        yield Relation({(WHOLE, measure): 1.0} | dict.fromkeys(parts, -1.0))


def _families(measures: Iterable[str]) -> Iterator[tuple[str, dict[str, float]]]:
    """'lines' is the sum of all 'lines:...'."""
    parts: dict[str, dict[str, float]] = defaultdict(dict)
    for measure in _additive(measures):
        family, _, key = measure.partition(":")
        if key:
            parts[family][measure] = 1.0
    yield from parts.items()


def _of_kinds(
    measures: Mapping[str, object], groups: Mapping[str, Sequence[str]]
) -> Iterator[tuple[str, dict[str, float]]]:
    for total, kinds in groups.items():
        lines = {f"lines:{kind}": 1.0 for kind in kinds if f"lines:{kind}" in measures}
        ours = {f"ours:{kind}": -1.0 for kind in kinds if f"ours:{kind}" in measures}
        yield total, lines
        if ours:
            yield total, lines | ours


def _equal_sums(measures: Iterable[str]) -> Iterator[dict[str, float]]:
    """Every pair of sums over the same lines, less the one from the other; and lines with and without minutes."""
    families: dict[str, list[str]] = defaultdict(list)
    for measure in _additive(measures):
        family, _, key = measure.partition(":")
        families[family].append(measure)
        families[measure].append(measure)
        if family == "lines":
            yield {measure: 1.0} | {part: -1.0 for part in (f"timed:{key}", f"untimed:{key}") if part in measures}
    families |= {name: [name] for name, its in families.items() if name in its}  # a total stands for its parts
    for ones, others in EQUAL_SUMS:
        right = {part: -1.0 for family in others for part in families.get(family, [])}
        for one in ones:
            yield dict.fromkeys(families.get(one, []), 1.0) | right


def _additive(measures: Iterable[str]) -> list[str]:
    return sorted(name for name in measures if name.partition(":")[2] not in MIDDLES)


def _holds(cells: Cells, terms: Mapping[Key, float]) -> bool:
    values = [factor * cells[place][measure].value for (place, measure), factor in terms.items()]
    return abs(sum(values)) <= CLOSE * max(1.0, *(abs(value) for value in values))
