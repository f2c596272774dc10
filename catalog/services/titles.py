"""Storing titles: folding their words for search, and writing a batch in a handful of statements."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction

from catalog.models import Term, Title
from catalog.querysets import BETWEEN
from catalog.services.readers.found import CleanTitle, cut

APOSTROPHES = dict.fromkeys(map(ord, "'’‘`´ʼʻʹʺ"), None)
SPELLED = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})
SIGNS = re.compile("[^a-z0-9]+")
FACTS = (
    "name",
    "authors",
    "original_name",
    "year",
    "language",
    "audience",
    "isbns",
    "fiction",
    "pages",
    "formats",
    "violence",
    "sex",
    "swearing",
    "sadness",
)
LISTS = {"authors", "isbns", "formats"}
Terms = set[tuple[str, str]]


@dataclass
class Saved:
    """How many titles a batch created, changed, and found as they are."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0


def fold(text: str) -> str:
    """Lower case, without accents, apostrophes and signs, with single blanks: what search compares."""
    if text.isascii():
        return " ".join(SIGNS.sub(" ", text.replace("'", "").replace("`", "").lower()).split())
    plain = unicodedata.normalize("NFKD", text.translate(APOSTROPHES)).casefold()
    letters = (c for c in plain.translate(APOSTROPHES).translate(SPELLED) if unicodedata.category(c) != "Mn")
    words = "".join(c if unicodedata.category(c)[0] in "LNM" else " " for c in letters)
    return unicodedata.normalize("NFC", " ".join(words.split()))


def search_text_of(
    *, name: str, authors: Iterable[str] = (), original_name: str = "", isbns: Iterable[str] = (), also: str = ""
) -> str:
    """The text a title is found by: its parts with bars between them, a blank before every word, also the first.

    A series in brackets after the name is a part of its own.
    """
    series = re.search(r"(?<=.)\([^()]*\)$", name.strip())
    main = name.strip()[: series.start()] if series else name
    parts = [main, *authors, original_name, series[0] if series else "", *isbns, also]
    return " " + BETWEEN.join(folded for folded in map(fold, parts) if folded)


@transaction.atomic
def save_titles(*, batch: Sequence[CleanTitle]) -> Saved:
    """Create or update titles by (source, source_key); keys in a batch differ.

    What the file does not say stays as it is here: an empty value never erases one that a librarian entered. Genres and
    subjects are replaced where the file has any; appeal terms are only added.
    """
    known = _known(batch)
    saved, changed, wanted = Saved(), [], []
    for clean in sorted(batch, key=lambda one: (one.source, one.source_key)):
        title = known.get((clean.source, clean.source_key)) or Title(source=clean.source, source_key=clean.source_key)
        if _take_over(title, clean):
            changed.append(title)
        wanted.append((title, clean, title.pk is None))
    Title.objects.bulk_create(
        changed,
        batch_size=500,
        update_conflicts=True,
        unique_fields=["source", "source_key"],
        update_fields=[*FACTS, "search_text"],
    )
    with_terms = _save_terms([(title, clean) for title, clean, _new in wanted])
    changed_keys = {title.pk for title in changed} | with_terms
    for title, _clean, new in wanted:
        if new:
            saved.created += 1
        elif title.pk in changed_keys:
            saved.updated += 1
        else:
            saved.unchanged += 1
    return saved


def _known(batch: Sequence[CleanTitle]) -> dict[tuple[str, str], Title]:
    rows = Title.objects.filter(
        source__in={clean.source for clean in batch}, source_key__in={clean.source_key for clean in batch}
    )
    return {(title.source, title.source_key): title for title in rows}


def _take_over(title: Title, clean: CleanTitle) -> bool:
    """Put what the file says on the title; True when something is different."""
    before = [getattr(title, fact) for fact in (*FACTS, "search_text")]
    for fact in FACTS:
        value = getattr(clean, fact)
        if value not in (None, "", ()):
            setattr(title, fact, list(value) if fact in LISTS else value)
    title.search_text = search_text_of(
        name=title.name, authors=title.authors, original_name=title.original_name, isbns=title.isbns, also=clean.also
    )
    return title.pk is None or before != [getattr(title, fact) for fact in (*FACTS, "search_text")]


def _save_terms(pairs: Sequence[tuple[Title, CleanTitle]]) -> set[int]:
    """Give the titles their terms; returns the keys of titles whose terms changed."""
    through = Title.terms.through
    current = _current_terms([title.pk for title, _clean in pairs])
    wanted = {title.pk: _wanted(current.get(title.pk, set()), set(clean.terms)) for title, clean in pairs}
    changed = {pk for pk, terms in wanted.items() if terms != current.get(pk, set())}
    if not changed:
        return set()
    ids = _term_ids(set().union(*(wanted[pk] for pk in changed)))
    added = [
        through(title_id=pk, term_id=ids[term])
        for pk in sorted(changed)
        for term in sorted(wanted[pk] - current.get(pk, set()))
    ]
    gone = [(pk, ids_of) for pk in changed if (ids_of := current.get(pk, set()) - wanted[pk])]
    _remove_terms(gone)
    through.objects.bulk_create(added, batch_size=2000, ignore_conflicts=True)
    return changed


def _current_terms(titles: Sequence[int]) -> Mapping[int, Terms]:
    rows = Title.terms.through.objects.filter(title_id__in=titles).values_list("title_id", "term__kind", "term__name")
    current: dict[int, Terms] = {}
    for pk, kind, name in rows:
        current.setdefault(pk, set()).add((kind, name))
    return current


def _wanted(current: Terms, given: Terms) -> Terms:
    """Kinds the file speaks of are replaced, appeal terms only grow."""
    replaced = {kind for kind, _name in given} - {Term.Kind.APPEAL.value}
    return given | {term for term in current if term[0] not in replaced}


def _term_ids(terms: Terms) -> dict[tuple[str, str], int]:
    """The keys of terms; those that are new are created."""
    Term.objects.bulk_create(
        [Term(kind=kind, name=cut(name, 160)) for kind, name in sorted(terms)], batch_size=2000, ignore_conflicts=True
    )
    names = {name for _kind, name in terms}
    rows = Term.objects.filter(name__in=names).values_list("kind", "name", "pk")
    return {(kind, name): pk for kind, name, pk in rows}


def _remove_terms(gone: Iterable[tuple[int, Terms]]) -> None:
    for pk, terms in gone:
        for kind in {kind for kind, _name in terms}:
            names = [name for which, name in terms if which == kind]
            Title.terms.through.objects.filter(title_id=pk, term__kind=kind, term__name__in=names).delete()
