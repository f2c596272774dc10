"""What an import did to each title, as long as it can be taken back; and taking it back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models

from catalog.models import CatalogChange, Title
from catalog.services.readers.found import Found
from catalog.services.titles import FACTS, Saved, Terms, current_terms, give_terms, take_terms
from library.models import ImportIssue, ImportRun

NOTE = "Kept: a later import changed this title."
IN_USE = "Kept: this title stands in letters, loans or copies by now."
BATCH = 1000
JOURNAL = """
INSERT INTO catalog_catalogchange (run_id, title_id, line, before, after)
SELECT %s, title_id, line, before, '{}'
FROM unnest(%s::bigint[], %s::integer[], %s::jsonb[]) AS change (title_id, line, before)
"""
LATER = """
SELECT DISTINCT change.title_id FROM catalog_catalogchange AS change
JOIN catalog_catalogchange AS later ON later.title_id = change.title_id AND later.id > change.id
WHERE change.run_id = %s AND later.run_id <> change.run_id
"""


def write_journal(*, run: ImportRun, found: Sequence[Found], saved: Saved) -> None:
    """One line for each title that was made or changed."""
    lines = {(one.title.source, one.title.source_key): one.place for one in found if one.title}
    encode = DjangoJSONEncoder(ensure_ascii=False).encode
    rows = [
        (pk, lines[key], None if before is None else encode(before))
        for key, (pk, before) in sorted(saved.before.items(), key=lambda item: lines[item[0]])
    ]
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(JOURNAL, [run.pk, *(list(column) for column in zip(*rows, strict=True))])


def reverse_titles(*, run: ImportRun) -> dict[str, int]:
    """Take back what the run did: {'reversed', 'kept', 'gone'}; kept ones are listed among its issues."""
    counts = {"reversed": 0, "kept": 0, "gone": 0}
    with connection.cursor() as cursor:
        cursor.execute(LATER, [run.pk])
        later = {pk for (pk,) in cursor.fetchall()}
    changes = CatalogChange.objects.filter(run=run, title__isnull=False).order_by("pk")
    places = list(changes.values_list("pk", flat=True))
    for start in range(0, len(places), BATCH):
        batch = list(CatalogChange.objects.filter(pk__in=places[start : start + BATCH]))
        _reverse(run, batch, later, counts)
    CatalogChange.objects.filter(run=run).delete()
    return counts


def _reverse(run: ImportRun, batch: Sequence[CatalogChange], later: set[int], counts: dict[str, int]) -> None:
    titles = Title.objects.in_bulk([change.title_id for change in batch if change.title_id])
    made = [change.title_id for change in batch if change.before is None and change.title_id in titles]
    used = _in_use([pk for pk in made if pk and pk not in later])
    kept, back, gone = [], [], []
    for change in batch:
        title = titles.get(change.title_id or 0)
        if title is None:
            counts["gone"] += 1
        elif title.pk in later or title.pk in used:
            kept.append(
                ImportIssue(run=run, line=change.line, reason=NOTE if title.pk in later else IN_USE, rejected=False)
            )
        elif change.before is None:
            gone.append(title.pk)
        else:
            back.append((title, change.before))
    ImportIssue.objects.bulk_create(kept)
    Title.objects.filter(pk__in=gone).delete()
    _put_back(back)
    counts["kept"] += len(kept)
    counts["reversed"] += len(gone) + len(back)


def _put_back(back: Sequence[tuple[Title, dict[str, Any]]]) -> None:
    for title, before in back:
        for name in (*FACTS, "search_text"):
            setattr(title, name, before[name])
    Title.objects.bulk_update([title for title, _before in back], [*FACTS, "search_text"], batch_size=200)
    had: dict[int, Terms] = {
        title.pk: {(kind, name) for kind, name in before["terms"]} for title, before in back if "terms" in before
    }
    if had:
        have = current_terms(list(had))
        give_terms({pk: terms - have.get(pk, set()) for pk, terms in had.items()})
        take_terms({pk: have.get(pk, set()) - terms for pk, terms in had.items()})


def _in_use(titles: Sequence[int]) -> set[int]:
    """Those among them that something else refers to by now; their terms and journals aside."""
    used: set[int] = set()
    for relation in Title._meta.related_objects:
        if relation.related_model is not CatalogChange and isinstance(relation.field, models.ForeignKey):
            model: Any = relation.related_model
            rows = model._default_manager.filter(**{f"{relation.field.name}__in": titles})
            used |= set(rows.values_list(relation.field.name, flat=True).distinct())
    return used
