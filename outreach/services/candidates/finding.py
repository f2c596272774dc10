"""About ten titles for the letter to one reader, each with why it was found. Nothing is chosen, written or sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from django.db import connection

from catalog.models import Title
from catalog.services.shelves import shelves_of
from outreach.models import Request, RequestTitle
from outreach.services.candidates.blend import WEIGHTS, rank_rows, strength_of
from outreach.services.candidates.choosing import choose_ten
from outreach.services.candidates.editions import Work, plain_name, works_of
from outreach.services.candidates.reader import Known, known_for_list
from outreach.services.candidates.reasons import reasons_of
from outreach.services.candidates.shapes import Chosen, Near, Reader, Row, Scored
from outreach.services.candidates.statements import FOUND
from outreach.services.candidates.weights import BLEND, KINDS, Weight
from outreach.services.picking import Judged, Past, is_named, judge_title
from relcrm.kit.folding import fold

ASKED_STRENGTH = 0.5  # a mood of the form finds titles half as strongly as a term that was praised
AUDIENCES = {"child": ["child"], "teen": ["teen", "child"], "adult": ["adult", "teen"]}
FICTION = {"fiction": True, "nonfiction": False}


@dataclass(frozen=True)
class Share:
    """What one part of the blend brought."""

    words: str
    part: float
    points: float


@dataclass(frozen=True)
class Candidate:
    """One title of the list, judged for this reader."""

    judged: Judged
    reasons: tuple[str, ...]
    stretch: bool
    little_known: bool
    score: float
    shares: tuple[Share, ...]


@dataclass(frozen=True)
class Candidates:
    """The list, with the weights it was made by. `knows`: there was something to begin from."""

    titles: tuple[Candidate, ...]
    knows: bool
    blend: tuple[Weight, ...] = BLEND


def find_candidates(*, request: Request, past: Past) -> Candidates:
    """The list for the reader of this request, as `picking.past_of` knows them. Six queries at most."""
    known = known_for_list(request, past)
    reader = known.reader
    if not (reader.likings or reader.praised or reader.asked):
        return Candidates((), knows=False)
    rows = rows_of(found_for(request, known))
    ranked = rank_rows(reader, rows)
    chosen = choose_ten(_unseen(ranked, known.works, known.named))
    titles = Title.objects.in_bulk([one.scored.row.title for one in chosen])
    shelves = shelves_of(titles) if titles else {}
    listed = [(one, titles[one.scored.row.title]) for one in chosen if one.scored.row.title in titles]
    judged = [(one, replace(judge_title(past, title), shelves=shelves.get(title.pk, ()))) for one, title in listed]
    first = request.patron.first
    return Candidates(tuple(_candidate(one, title, first) for one, title in judged if not title.is_blocked), knows=True)


def found_for(request: Request, known: Known) -> list[tuple[Any, ...]]:
    """What the database finds: one row for each title that something leads to."""
    with connection.cursor() as cursor:
        cursor.execute(FOUND, _places(known.reader) | _limits(request, known))
        return list(cursor.fetchall())


def _places(reader: Reader) -> dict[str, Any]:
    """What the search begins from."""
    authors = [name for kind, name in reader.likings if kind == "author"]
    wanted = {term: liking.strength for term, liking in reader.likings.items() if term[0] != "author"}
    moods = [name for names in reader.asked.values() for name in names]
    for kind, name in product(KINDS, [*moods, *(name.capitalize() for name in moods)]):
        wanted.setdefault((kind, name), ASKED_STRENGTH)
    wanted |= dict.fromkeys((term for term in reader.against if term[0] != "author"), 0.0)  # told of, not looked for
    return {
        "praised": [one.title for one in reader.praised],
        "strengths": [strength_of(one, place) for place, one in enumerate(reader.praised)],
        "authors": authors,
        "folded": [fold(name) for name in authors],
        "kinds": [kind for kind, _name in wanted],
        "names": [name for _kind, name in wanted],
        "likings": list(wanted.values()),
    }


def _limits(request: Request, known: Known) -> dict[str, Any]:
    """What is left out."""
    return {
        "patron": request.patron_id,
        "seen": sorted(known.seen),
        "limits": list(request.limits),
        "formats": list(request.formats),
        "languages": list(known.languages),
        "audiences": AUDIENCES.get(request.audience, list(AUDIENCES)),
        "fiction": FICTION.get(request.reads),
    }


def rows_of(found: Iterable[tuple[Any, ...]]) -> Iterator[Row]:
    """The same as the blend takes it."""
    for pk, name, authors, pages, terms, together, readers, lent in found:
        yield Row(
            title=pk,
            name=name,
            authors=tuple(authors),
            terms=tuple((kind, term) for kind, term, _titles in terms or ()),
            rarities={(kind, term): titles for kind, term, titles in terms or () if titles},
            near=tuple(Near(*one) for one in together or ()),
            readers=readers,
            lent=lent,
            pages=pages,
        )


def _unseen(ranked: Iterable[Scored], seen: frozenset[Work], named: tuple[RequestTitle, ...]) -> Iterator[Scored]:
    """The same without other editions of what this reader has met, and without a second edition of anything."""
    met, typed = set(seen), [(plain_name(words.title), words.title) for words in named]
    for one in ranked:
        works, begins = works_of(one.row.name, one.row.authors), plain_name(one.row.name.split(":")[0])
        if met & works or any(plain.startswith(begins) and _is_named(words, one) for plain, words in typed):
            continue
        met |= works
        yield one


def _is_named(words: str, one: Scored) -> bool:
    return is_named(words, Title(name=one.row.name, authors=list(one.row.authors)))


def _candidate(chosen: Chosen, judged: Judged, first: str) -> Candidate:
    scored = chosen.scored
    shares = tuple(
        Share(
            weight.words,
            round(scored.parts[weight.part], 2),
            round(WEIGHTS[weight.part] * scored.parts[weight.part], 2),
        )
        for weight in BLEND
        if scored.parts[weight.part]
    )
    return Candidate(
        judged, reasons_of(scored, first), chosen.stretch, chosen.little_known, round(scored.score, 2), shares
    )
