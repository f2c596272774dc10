"""Rows of a file of patrons, and runs over them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from library.models import ImportRun
from library.services.imports import Issue, open_run
from patrons.models import Card, Patron
from patrons.services.imports.rows import CleanPatron
from patrons.services.imports.running import run_rows
from patrons.services.naming import search_text_of

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
COUNTED = ("created", "updated", "unchanged", "rejected", "gone")


def row(line: int, **values: Any) -> CleanPatron:
    """One clean row; the search text follows from the name, as a reader of files makes it."""
    return CleanPatron(line, **({"search_text": search_text_of(values.get("name", ""))} | values))


def bring_in(
    *found: CleanPatron | Issue, now: datetime = NOON, dry_run: bool = False, preset: str = "", **options: Any
) -> ImportRun:
    """A whole run over these rows."""
    run = open_run(what="patrons", file_name="people.csv", now=now, options=options, dry_run=dry_run, preset=preset)
    return run_rows(run=run, found=iter(found), clock=lambda: now)


def counts_of(run: ImportRun) -> dict[str, int]:
    """The counts that are not zero."""
    return {name: run.counts[name] for name in COUNTED if run.counts[name]}


def reasons(run: ImportRun) -> list[tuple[int, str, str, bool]]:
    return list(run.issues.order_by("line", "pk").values_list("line", "field", "reason", "rejected"))


def cards_of(patron: Patron) -> list[str]:
    return sorted(Card.objects.filter(patron=patron).values_list("number", flat=True))


def later(days: int = 1) -> datetime:
    return NOON + timedelta(days=days)


def many(rows: int) -> Iterable[CleanPatron]:
    """So many different people, without end to memory."""
    return (
        row(n + 2, ils_id=f"I{n}", card=f"C{n}", name=f"Reader {n}", email=f"r{n}@example.org") for n in range(rows)
    )


Values = Mapping[str, Any]
