"""Storing titles: folding their words for search, and writing a batch in a handful of statements."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction

from catalog.models import Term, Title
from catalog.querysets import BETWEEN
from catalog.services.readers.found import CleanTitle, cut
from relcrm.kit.folding import fold

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
COLUMNS = ("source", "source_key", *FACTS, "search_text")
Terms = set[tuple[str, str]]
# A batch goes to the database as one JSON text, which is quicker than a thousand rows of parameters.
WRITE = f"""
INSERT INTO catalog_title ({", ".join(COLUMNS)})
SELECT {", ".join(COLUMNS)} FROM jsonb_populate_recordset(NULL::catalog_title, %s)
ON CONFLICT (source, source_key) DO UPDATE
SET {", ".join(f"{name} = excluded.{name}" for name in (*FACTS, "search_text"))}
RETURNING source, source_key, id
"""  # noqa: S608  (names of our own columns)
NEW_TERMS = """
INSERT INTO catalog_term (kind, name) SELECT * FROM unnest(%s::text[], %s::text[]) ON CONFLICT DO NOTHING
"""
TERM_IDS = """
SELECT kind, name, id FROM catalog_term JOIN unnest(%s::text[], %s::text[]) AS asked (kind, name) USING (kind, name)
"""
GIVE = """
INSERT INTO catalog_title_terms (title_id, term_id) SELECT * FROM unnest(%s::bigint[], %s::bigint[])
ON CONFLICT DO NOTHING
"""
TAKE = """
DELETE FROM catalog_title_terms AS given USING catalog_term AS term,
    unnest(%s::bigint[], %s::text[], %s::text[]) AS gone (title_id, kind, name)
WHERE given.title_id = gone.title_id AND given.term_id = term.id AND term.kind = gone.kind AND term.name = gone.name
"""


@dataclass
class Saved:
    """How many titles a batch created, changed, and found as they are; and for each of them, by its number, what was
    there before (None: nothing). Unchanged ones are not among them.
    """

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    before: dict[tuple[str, str], tuple[int, dict[str, Any] | None]] = field(default_factory=dict, compare=False)


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
    was = {key: facts_of(title) for key, title in known.items()}
    changed, wanted = [], []
    for clean in sorted(batch, key=lambda one: (one.source, one.source_key)):
        title = known.get((clean.source, clean.source_key)) or Title(source=clean.source, source_key=clean.source_key)
        if _take_over(title, clean):
            changed.append(title)
        wanted.append((title, clean))
    _write(changed)
    with_terms = _save_terms(wanted)
    return _told(wanted, was, {title.pk for title in changed}, with_terms)


def facts_of(title: Title) -> dict[str, Any]:
    """What a title says of itself, in plain values."""
    return {name: getattr(title, name) for name in (*FACTS, "search_text")}


def _told(
    wanted: Sequence[tuple[Title, CleanTitle]],
    was: Mapping[tuple[str, str], dict[str, Any]],
    changed: set[int],
    with_terms: Mapping[int, Terms],
) -> Saved:
    saved = Saved()
    for title, _clean in wanted:
        key = (title.source, title.source_key)
        if key not in was:
            saved.created += 1
            saved.before[key] = (title.pk, None)
        elif title.pk in changed or title.pk in with_terms:
            saved.updated += 1
            terms = {"terms": sorted(with_terms[title.pk])} if title.pk in with_terms else {}
            saved.before[key] = (title.pk, was[key] | terms)
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


def _write(titles: Sequence[Title]) -> None:
    """Insert or update them in one statement; the new ones get their keys."""
    if not titles:
        return
    rows = json.dumps([{name: getattr(title, name) for name in COLUMNS} for title in titles])
    with connection.cursor() as cursor:
        cursor.execute(WRITE, [rows])
        keys = {(source, key): pk for source, key, pk in cursor.fetchall()}
    for title in titles:
        title.pk = keys[title.source, title.source_key]


def _save_terms(pairs: Sequence[tuple[Title, CleanTitle]]) -> dict[int, Terms]:
    """Give the titles their terms; of those whose terms changed, what they had before."""
    current = current_terms([title.pk for title, _clean in pairs])
    wanted = {title.pk: _wanted(current.get(title.pk, set()), set(clean.terms)) for title, clean in pairs}
    changed = {pk: current.get(pk, set()) for pk, terms in wanted.items() if terms != current.get(pk, set())}
    if changed:
        give_terms({pk: wanted[pk] - had for pk, had in changed.items()})
        take_terms({pk: had - wanted[pk] for pk, had in changed.items()})
    return changed


def current_terms(titles: Sequence[int]) -> Mapping[int, Terms]:
    """The terms of each title that has any."""
    rows = Title.terms.through.objects.filter(title_id__in=titles).values_list("title_id", "term__kind", "term__name")
    current: dict[int, Terms] = {}
    for pk, kind, name in rows:
        current.setdefault(pk, set()).add((kind, name))
    return current


def _wanted(current: Terms, given: Terms) -> Terms:
    """Kinds the file speaks of are replaced, appeal terms only grow."""
    replaced = {kind for kind, _name in given} - {Term.Kind.APPEAL.value}
    return given | {term for term in current if term[0] not in replaced}


def give_terms(given: Mapping[int, Terms]) -> None:
    """Give titles these terms as well; terms that nobody used yet are created."""
    terms = sorted({(kind, cut(name, 160)) for several in given.values() for kind, name in several})
    columns = [[kind for kind, _name in terms], [name for _kind, name in terms]]
    with connection.cursor() as cursor:
        cursor.execute(NEW_TERMS, columns)
        cursor.execute(TERM_IDS, columns)
        ids = {(kind, name): pk for kind, name, pk in cursor.fetchall()}
        pairs = [(pk, ids[kind, cut(name, 160)]) for pk in sorted(given) for kind, name in sorted(given[pk])]
        cursor.execute(GIVE, [[title for title, _term in pairs], [term for _title, term in pairs]])


def take_terms(gone: Mapping[int, Terms]) -> None:
    """Take these terms from titles."""
    rows = [(pk, kind, name) for pk in sorted(gone) for kind, name in sorted(gone[pk])]
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(TAKE, [list(column) for column in zip(*rows, strict=True)])
