"""Scoring titles for a reader: no database, no clock; the same facts give the same numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from outreach.services.candidates.shapes import Liking, Near, Praised, Reader, Row, Scored, Shared, Term
from outreach.services.candidates.weights import (
    BLEND,
    FADES,
    FADES_BORROWED,
    FEWEST_READERS,
    HALVES,
    KINDS,
    LONG,
    MOST_AUTHORS,
    MOST_TERMS,
    SAID,
    SHORT,
    SHRINK,
    TOGETHER_DAYS,
    TOGETHER_FLOOR,
)

WEIGHTS = {one.part: one.most for one in BLEND}
NOTHING_ELSE = {"lent"}  # parts that alone bring no title into the list


def strength_of(praised: Praised, place: int) -> float:
    """How much the word on this book counts; `place` is how many newer ones there are."""
    fades = FADES_BORROWED if praised.said == "borrowed" else FADES
    return SAID[praised.said] * math.pow(0.5, place / fades)


def likings_of(
    praised: Sequence[Praised], *, taste: Mapping[Term, bool | None] | None = None
) -> tuple[dict[Term, Liking], frozenset[Term]]:
    """What was liked, with the book that says it most clearly, and what was not.

    `taste` has the last word: liked, not liked, or None for what the reader took out.
    """
    sums: dict[Term, float] = {}
    sources: dict[Term, tuple[float, Praised]] = {}
    for place, one in enumerate(praised):
        strength = strength_of(one, place)
        for term in [*one.terms, *(("author", author) for author in one.authors)]:
            sums[term] = sums.get(term, 0.0) + strength
            if strength > sources.get(term, (0.0, one))[0]:
                sources[term] = (strength, one)
    told = taste or {}
    liked = [term for term, total in sums.items() if total > 0 and term in sources and told.get(term, True)]
    likings = {term: Liking(sums[term], sources[term][1]) for term in _strongest(liked, sums)}
    against = {term for term, total in sums.items() if total < 0 and told.get(term, False) is False}
    return likings, frozenset(against | {term for term, liked in told.items() if liked is False})


def _strongest(liked: Sequence[Term], sums: Mapping[Term, float]) -> list[Term]:
    """The authors and the terms that lead to titles."""
    ordered = sorted(liked, key=lambda term: (-sums[term], term))
    authors = [term for term in ordered if term[0] == "author"][:MOST_AUTHORS]
    return authors + [term for term in ordered if term[0] != "author"][:MOST_TERMS]


def together_weight(days: float | None) -> float:
    """What one reader of two books adds to their nearness; `days` lie between the two, None where not known."""
    return TOGETHER_FLOOR + (0.0 if days is None else (1 - TOGETHER_FLOOR) * math.pow(0.5, abs(days) / TOGETHER_DAYS))


def likeness(near: Near, readers: int) -> float:
    """The cosine of two titles' readers, smaller where few read them; 0 where one has fewer than five."""
    if min(near.fellows, readers) < FEWEST_READERS:
        return 0.0
    return near.together / (math.sqrt(near.fellows * readers) + SHRINK)


def score_row(reader: Reader, row: Row) -> Scored | None:
    """The title with its parts; None where nothing of this reader leads to it."""
    shared = _shared(reader, row)
    places = {one.title: place for place, one in enumerate(reader.praised)}
    alike = [
        (likeness(near, row.readers) * strength_of(reader.praised[places[near.praised]], places[near.praised]), near)
        for near in row.near
        if near.praised in places
    ]
    alike = sorted((one for one in alike if one[0] > 0), key=lambda one: (-one[0], one[1].praised))
    asked = _asked(reader, row)
    against = tuple(sorted(name for kind, name in _all_terms(row) if (kind, name) in reader.against))
    wanted = len(reader.asked) + bool(reader.length)
    parts = {
        "author": _part("author", sum(one.weight for one in shared if one.kind == "author")),
        "terms": _part("terms", sum(one.weight for one in shared if one.kind != "author")),
        "readers": _part("readers", sum(weight for weight, _near in alike)),
        "asked": len(asked) / wanted if wanted else 0.0,
        "lent": _part("lent", float(row.lent)),
        "against": _part("against", float(len(against))),
    }
    if not any(value for part, value in parts.items() if part not in NOTHING_ELSE and WEIGHTS[part] > 0):
        return None
    score = sum(WEIGHTS[part] * value for part, value in parts.items())
    fellows_of = tuple(reader.praised[places[near.praised]] for _weight, near in alike)
    return Scored(row, parts, score, shared, fellows_of, asked, against)


def rank_rows(reader: Reader, rows: Iterable[Row]) -> list[Scored]:
    """What something leads to, best first; of two as good, the one that came into the catalogue first."""
    scored = (score_row(reader, row) for row in rows)
    found = [one for one in scored if one is not None and one.score > 0]
    return sorted(found, key=lambda one: (-round(one.score, 9), one.row.title))


def rarity(titles: int) -> float:
    """How telling a term is of which so many titles are known: 1 for one title, 1/2 for ten, 1/4 for a thousand."""
    return 1 / (1 + math.log10(max(titles, 1)))


def _shared(reader: Reader, row: Row) -> tuple[Shared, ...]:
    """What the title has in common with what was praised, the most telling first."""
    found = []
    for term in _all_terms(row):
        liking = reader.likings.get(term)
        if liking is None:
            continue
        kind, name = term
        telling = 1.0 if kind == "author" else KINDS[kind] * rarity(row.rarities.get(term, 1))
        found.append(Shared(kind, name, min(liking.strength, 3.0) * telling, liking.source))
    return tuple(sorted(found, key=lambda one: (-one.weight, one.kind, one.name)))


def _all_terms(row: Row) -> list[Term]:
    return list(dict.fromkeys([*row.terms, *(("author", author) for author in row.authors)]))


def _asked(reader: Reader, row: Row) -> tuple[str, ...]:
    """Of what this request asks for, the words that hold for the title."""
    names = {name.lower() for _kind, name in row.terms}
    words = [word for word, alike in reader.asked.items() if names & set(alike)]
    return tuple([*words, reader.length] if _has_length(reader.length, row.pages) else words)


def _has_length(wanted: str, pages: int | None) -> bool:
    if not wanted or not pages:
        return False
    return wanted == ("short" if pages < SHORT else "long" if pages > LONG else "medium")


def _part(part: str, total: float) -> float:
    return total / (total + HALVES[part])
