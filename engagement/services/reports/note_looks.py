"""Who opened how many notes, by month: for managers, without a word of what they say and of whom."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count
from django.db.models.functions import TruncMonth

from engagement.models import NoteView
from engagement.services.reports.periods import month_label

BACK = timedelta(days=366)
LEFT = "someone who has left"


@dataclass(frozen=True)
class Month:
    """Everybody who opened notes in one month, most first."""

    label: str
    people: tuple[tuple[str, int], ...]

    @property
    def total(self) -> int:
        return sum(times for _who, times in self.people)


def read_note_looks(*, now: datetime) -> list[Month]:
    """The months of the last year in which a note was opened, the latest first; one query."""
    seen = NoteView.objects.filter(at__gt=now - BACK).annotate(month=TruncMonth("at"))
    rows = seen.values("month", "by__name", "by__username").annotate(times=Count("pk"))
    months: dict[date, list[tuple[str, int]]] = defaultdict(list)
    for row in rows.order_by("-month", "-times"):
        months[row["month"].date()].append((row["by__name"] or row["by__username"] or LEFT, row["times"]))
    return [Month(month_label(first), tuple(people)) for first, people in months.items()]
