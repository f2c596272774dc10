"""What may be used of a reader: with profile consent all they told us, without it only what this request says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection
from django.db.models import Q

from catalog.models import Title
from outreach.models import Request, RequestTitle, Taste
from outreach.services.candidates.blend import likings_of
from outreach.services.candidates.editions import Work, plain_name, works_of
from outreach.services.candidates.shapes import Praised, Reader, Term
from outreach.services.candidates.statements import HEARD, MOST_LIKE_IT
from outreach.services.candidates.weights import MOODS, MOST_PRAISED, SAID
from outreach.services.picking import Past, is_named
from patrons.models import Consent

MOST_NAMED = 30
NO_LANGUAGE = ("mul", "und", "zxx")  # several, not known, none
LANGUAGES = {
    "en": ("en", "eng"),
    "es": ("es", "spa"),
    "fr": ("fr", "fre", "fra"),
    "pt": ("pt", "por"),
    "af": ("af", "afr"),
}
ANOTHER_EDITION = "edition"
SAID_OF_NAMED = {RequestTitle.Kind.LIKE.value: "named", RequestTitle.Kind.DISLIKE.value: "disliked"}


@dataclass(frozen=True)
class Heard:
    """One title this reader said something of; `typed`: the place of the words that name it."""

    typed: int | None
    said: str
    title: int
    name: str
    authors: tuple[str, ...]
    original_name: str
    language: str
    terms: tuple[Term, ...]

    def is_meant_by(self, words: str) -> bool:
        """Whether what a reader typed is this title."""
        return is_named(words, Title(name=self.name, authors=list(self.authors), original_name=self.original_name))


@dataclass(frozen=True)
class Known:
    """The reader as the blend takes them, and what is not to be listed."""

    reader: Reader
    named: tuple[RequestTitle, ...]
    seen: frozenset[int]
    works: frozenset[Work]
    languages: tuple[str, ...]


def known_for_list(request: Request, past: Past) -> Known:
    """Everything the list is made from. Three queries at most."""
    remembers = _remembers(request)
    named = [one for one in past.named if remembers or one.request_id == request.pk]
    named.sort(key=lambda one: (one.request_id != request.pk, -one.request_id, one.kind, one.position))
    named = named[:MOST_NAMED]
    heard = _settled(_heard(request, named, remembers=remembers), named)
    praised = [_praised(one) for one in heard if one.said in SAID]
    newest = praised[:MOST_PRAISED]
    likings, against = likings_of(newest, taste=_taste(request) if remembers else None)
    liked = tuple(one for one in newest if SAID[one.said] > 0)
    asked = {mood: MOODS[mood] for mood in request.mood if mood in MOODS}
    met = [pick.title for pick in (*past.sent, *past.drafted)]
    works = [works_of(one.name, one.authors) for one in heard]
    works += [works_of(title.name, title.authors) for title in met]
    return Known(
        reader=Reader(liked, likings, against, asked, request.length),
        named=past.named,
        seen=frozenset([*(one.title for one in heard), *(title.pk for title in met)]),
        works=frozenset().union(*works),
        languages=_languages(request, [one.language for one in heard if SAID.get(one.said, 0) > 0]),
    )


def _remembers(request: Request) -> bool:
    """Whether this reader's profile consent is in force; every statement asks for it again."""
    told: bool | None = getattr(request, "remembers", None)
    return Consent.objects.holds(request.patron, Consent.Purpose.PROFILE) if told is None else told


def _heard(request: Request, named: Iterable[RequestTitle], *, remembers: bool) -> list[Heard]:
    read = [(plain_name(words), place) for place, one in enumerate(named, 1) for words in _readings(one.title)]
    looked_for = [(words, place) for words, place in read if words]
    facts: dict[str, Any] = {
        "words": [words for words, _place in looked_for],
        "places": [place for _words, place in looked_for],
        "patron": request.patron_id if remembers else None,
        "told": 2 * MOST_PRAISED + MOST_LIKE_IT * len(looked_for),
    }
    with connection.cursor() as cursor:
        cursor.execute(HEARD, facts)
        rows = cursor.fetchall()
    return [
        Heard(
            typed, said, pk, name, tuple(authors), original, language, tuple((kind, term) for kind, term in terms or ())
        )
        for typed, said, pk, name, authors, original, language, terms in rows
    ]


def _readings(typed: str) -> list[str]:
    """What was typed, and what of it is the title where an author follows: 'The Summer Book by Tove Jansson'."""
    name = typed.rpartition(" by ")[0]
    return [typed, name] if name else [typed]


def _settled(heard: Sequence[Heard], named: Sequence[RequestTitle]) -> list[Heard]:
    """Each title once, in the order of the rows: by what was typed of it, else by an answer, else as borrowed."""
    settled = {one.title: one for one in _typed(heard, named)}
    for one in sorted((one for one in heard if not one.typed), key=lambda one: one.said == "borrowed"):
        settled.setdefault(one.title, one)
    places: dict[int, int] = {}
    for place, one in enumerate(heard):
        places.setdefault(one.title, place)
    return sorted(settled.values(), key=lambda one: places[one.title])


def _typed(heard: Sequence[Heard], named: Sequence[RequestTitle]) -> list[Heard]:
    """What was typed, where it names one work only. Of its editions the one with most terms speaks for all."""
    fitting: dict[int, list[Heard]] = {}
    for one in heard:
        if one.typed and one.is_meant_by(named[one.typed - 1].title):
            fitting.setdefault(one.typed, []).append(one)
    found: dict[int, Heard] = {}
    for place, same in sorted(fitting.items()):
        works = [works_of(one.name, one.authors) for one in same]
        if not all(works[0] & other for other in works):
            continue
        best = max(same, key=lambda one: (len(one.terms), -one.title))
        for one in same:
            said = SAID_OF_NAMED[named[place - 1].kind] if one is best else ANOTHER_EDITION
            found.setdefault(one.title, replace(one, said=said))
    return list(found.values())


def _praised(one: Heard) -> Praised:
    return Praised(one.title, one.name, one.said, one.authors, one.terms)


def _taste(request: Request) -> Mapping[Term, bool | None]:
    """What the reader's taste says of each term: liked, not liked, or None where they took it out."""
    consented = Q(patron__consents__purpose="profile", patron__consents__withdrawn_at=None)
    rows: Any = Taste.objects.filter(consented, patron=request.patron_id).exclude(kind=Taste.Kind.TITLE)
    sums: dict[Term, float] = {}
    removed: set[Term] = set()
    for kind, name, liked, weight, removed_at in rows.values_list("kind", "name", "liked", "weight", "removed_at"):
        if removed_at:
            removed.add((kind, name))
        sums[kind, name] = sums.get((kind, name), 0.0) + (weight if liked else -weight)
    return {term: total >= 0 for term, total in sums.items()} | dict.fromkeys(removed)


def _languages(request: Request, liked: Iterable[str]) -> tuple[str, ...]:
    """The language of the request and those of books this reader liked, in every spelling."""
    spelled = set(LANGUAGES.get(request.language, (request.language,)))
    spelled |= {language for language in liked if language}
    return tuple(sorted(spelled.union(*(codes for codes in LANGUAGES.values() if spelled & set(codes)), NO_LANGUAGE)))
