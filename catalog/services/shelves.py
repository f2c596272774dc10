"""Where a title stands on the shelf, as the library system last said, with the age of that knowledge."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min

from catalog.models import Copy


@dataclass(frozen=True)
class Shelf:
    """Copies of one title to be had in one branch; `as_of` is the oldest word on them. No `place`: not known."""

    copies: int
    place: str
    as_of: datetime


def shelves_of(titles: Iterable[int]) -> dict[int, tuple[Shelf, ...]]:
    """Shelves by title, the fullest first; a title of which nothing is on a shelf is left out. One query."""
    rows = (
        Copy.objects.filter(title__in=list(titles), status=Copy.Status.AVAILABLE)
        .values("title", "branch__name")
        .annotate(copies=Count("pk"), oldest=Min("as_of"))
        .order_by("title", "-copies", "branch__name")
    )
    found: dict[int, tuple[Shelf, ...]] = {}
    for row in rows:
        shelf = Shelf(row["copies"], row["branch__name"] or "", row["oldest"])
        found[row["title"]] = (*found.get(row["title"], ()), shelf)
    return found
