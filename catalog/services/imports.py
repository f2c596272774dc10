"""Importing a file of titles: streamed, batch by batch, each batch whole or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import batched

from django.db import connection, transaction

from catalog.services.isbn import IsbnCase
from catalog.services.readers.found import CleanTitle, Found
from catalog.services.title_journal import write_journal
from catalog.services.titles import Saved, save_titles
from library.models import ImportRun
from library.services.imports import Issue, add_issues, finish_run, open_run

BATCH = 1000
SAME_NUMBER = "An earlier record of this file has the same number and other content; the earlier one was taken."


@dataclass
class TitleCounts:
    """What became of the records of a file.

    Every record is counted once among created, updated, unchanged, rejected and not_books. `gone` is always 0: titles
    missing from a file stay. The ISBN counts are of records that were taken.
    """

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    gone: int = 0
    not_books: int = 0
    repaired: int = 0
    ambiguous: int = 0
    not_repairable: int = 0
    blank: int = 0

    def as_dict(self) -> dict[str, int]:
        return asdict(self)

    def add_saved(self, saved: Saved) -> None:
        self.created += saved.created
        self.updated += saved.updated
        self.unchanged += saved.unchanged

    def add_case(self, case: IsbnCase) -> None:
        if case != IsbnCase.GOOD:
            setattr(self, case.value, getattr(self, case.value) + 1)


def import_titles(
    *,
    records: Iterable[Found],
    file_name: str,
    show: Callable[[Sequence[Issue]], None],
    elapsed: Callable[[], float],
    dry_run: bool = False,
    now: datetime,
) -> TitleCounts:
    """Store the titles among `records`, keep a run with its issues, and show the issues as they come.

    One batch is one transaction and the same file again changes nothing: an interrupted import is completed by running
    it again. With `dry_run` every batch is rolled back after counting and there is no run. `elapsed` gives the seconds
    since `now`. An error ends the run as failed and passes through; finished batches stay.
    """
    counts = TitleCounts()
    run = None if dry_run else open_run(what="titles", file_name=file_name, now=now)
    try:
        with numbers_met():
            for batch in batched(records, BATCH):
                with transaction.atomic():
                    issues = import_batch(batch, counts, run=run, dry_run=dry_run)
                    if run:
                        add_issues(run=run, issues=issues)
                show(issues)
    except Exception as error:
        _finish(run, counts, now, elapsed, error=f"{type(error).__name__}: {error}")
        raise
    _finish(run, counts, now, elapsed)
    return counts


def _finish(
    run: ImportRun | None, counts: TitleCounts, now: datetime, elapsed: Callable[[], float], error: str = ""
) -> None:
    if run:
        finish_run(run=run, counts=counts.as_dict(), now=now + timedelta(seconds=elapsed()), error=error)


def import_batch(batch: Sequence[Found], counts: TitleCounts, *, run: ImportRun | None, dry_run: bool) -> list[Issue]:
    """Store one batch with its journal and count it; returns its issues in the order of the file."""
    sorted_out = _sort_out([found for found in batch if found.title])
    with transaction.atomic():
        saved = save_titles(batch=[found.title for found in sorted_out.fresh if found.title])
        if run:
            write_journal(run=run, found=sorted_out.fresh, saved=saved)
        transaction.set_rollback(dry_run)
    clashing = {found.place for found in sorted_out.clashes}
    issues = [issue for found in batch if found.place not in clashing for issue in found.issues]
    issues += [
        Issue(found.place, "", found.title.source_key, SAME_NUMBER) for found in sorted_out.clashes if found.title
    ]
    counts.add_saved(saved)
    counts.unchanged += len(sorted_out.again)
    counts.rejected += sum(1 for found in batch if not found.title and found.is_book) + len(clashing)
    counts.not_books += sum(1 for found in batch if not found.is_book)
    for found in (*sorted_out.fresh, *sorted_out.again):
        counts.add_case(found.isbn)
    return sorted(issues, key=lambda issue: issue.line)


@dataclass
class _Sorted:
    """Records met for the first time in this file, repeated ones, and those that repeat a number with other content."""

    fresh: list[Found]
    again: list[Found]
    clashes: list[Found]


def _sort_out(books: Sequence[Found]) -> _Sorted:
    keyed = [((found.title.source, found.title.source_key), found) for found in books if found.title]
    first: dict[tuple[str, str], Found] = {}
    for key, found in keyed:
        first.setdefault(key, found)
    digests = {key: _digest(found.title) for key, found in first.items() if found.title}
    earlier = _remember(digests)
    result = _Sorted([], [], [])
    for key, found in keyed:
        if found is first[key] and key not in earlier:
            result.fresh.append(found)
        elif found.title and _digest(found.title) == earlier.get(key, digests[key]):
            result.again.append(found)
        else:
            result.clashes.append(found)
    return result


def _digest(title: CleanTitle) -> str:
    return hashlib.blake2b(repr(title).encode(), digest_size=16).hexdigest()


@contextmanager
def numbers_met() -> Iterator[None]:
    """A list of the numbers met in this file. It lives in the database session, so memory stays the same."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.titles_met")
        cursor.execute(
            "CREATE TEMPORARY TABLE titles_met (source text, key text, digest text, PRIMARY KEY (source, key))"
        )
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE pg_temp.titles_met")


def _remember(digests: dict[tuple[str, str], str]) -> dict[tuple[str, str], str]:
    """Note the numbers of a batch; returns those met in an earlier batch with their digest then."""
    columns = [[key[0] for key in digests], [key[1] for key in digests], list(digests.values())]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT source, key, digest FROM titles_met JOIN unnest(%s::text[], %s::text[]) AS now (source, key)"
            " USING (source, key)",
            columns[:2],
        )
        met = {(source, key): digest for source, key, digest in cursor.fetchall()}
        cursor.execute(
            "INSERT INTO titles_met SELECT * FROM unnest(%s::text[], %s::text[], %s::text[]) ON CONFLICT DO NOTHING",
            columns,
        )
    return met
