"""Runs of an import: opened before the first record is written, finished with the counts or with what stopped it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from library.models import ImportIssue, ImportRun


@dataclass(frozen=True, slots=True)
class Issue:
    """One record, or one value of it, that was not taken over as it stood.

    `line` counts from 1: the line of a CSV file, or the place of the record in a MARC file. `rejected` is true when
    the whole record was left out, false when only the value was.
    """

    line: int
    field: str
    value: str
    reason: str
    rejected: bool = True


@transaction.atomic
def open_run(*, what: str, file_name: str, now: datetime) -> ImportRun:
    """A running import of `what` (patrons, loans, titles ...) from a file of this name."""
    return ImportRun.objects.create(what=what, file_name=file_name[:255], started_at=now)


@transaction.atomic
def add_issues(*, run: ImportRun, issues: Iterable[Issue]) -> int:
    """Keep issues with their run; texts are cut to what fits. Returns how many were kept."""
    rows = [
        ImportIssue(
            run=run,
            line=issue.line,
            field=issue.field[:60],
            value=issue.value.replace("\0", "")[:200],
            reason=issue.reason[:300],
            rejected=issue.rejected,
        )
        for issue in issues
    ]
    return len(ImportIssue.objects.bulk_create(rows, batch_size=1000))


@transaction.atomic
def finish_run(*, run: ImportRun, counts: Mapping[str, int], now: datetime, error: str = "") -> ImportRun:
    """End a run: done with its counts, or failed with the error that stopped it."""
    run.state = ImportRun.State.FAILED if error else ImportRun.State.DONE
    run.counts = dict(counts)
    run.error = error
    run.finished_at = now
    run.save(update_fields=["state", "counts", "error", "finished_at"])
    return run
