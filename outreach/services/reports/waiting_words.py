"""Readers' words that wait for an answer, as the day's first page shows them: what is late comes first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, Count, F, IntegerField, Q, Value, When, Window

from library.models import User
from outreach.models import Thread
from outreach.services.reports.inbox import WaitingRow, waiting_row, with_words


@dataclass(frozen=True)
class WaitingWords:
    """The first few of `count`; of all of them `late` are past the day we promised."""

    rows: list[WaitingRow]
    count: int
    late: int


def read_waiting_words(*, user: User, now: datetime, most: int) -> WaitingWords:
    """One query."""
    is_late = Case(When(promise__due_at__lt=now, then=Value(0)), default=Value(1), output_field=IntegerField())
    threads = with_words(Thread.objects.visible_to(user).waiting(now)).annotate(
        place_in_line=is_late,
        count_all=Window(Count("pk")),
        count_late=Window(Count("pk", filter=Q(promise__due_at__lt=now))),
    )
    rows = list(threads.order_by("place_in_line", F("waiting_since").asc(), "pk")[:most])
    return WaitingWords(
        rows=[waiting_row(thread, now) for thread in rows],
        count=getattr(rows[0], "count_all", 0) if rows else 0,
        late=getattr(rows[0], "count_late", 0) if rows else 0,
    )
