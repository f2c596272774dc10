"""The page of addresses that get no mail: since when, why, and what rests on it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Lower

from library.models import User
from outreach.services.reports.messages import read_place
from patrons.models import Patron, Suppression

PAGE = 50
WHAT_IT_MEANS = {
    "no_mailbox": "Another mail server said for good that there is no such mailbox. Ask the reader for a new address.",
    "complaint": "The reader pressed “unwanted” in their mail program. Write again only if they ask for it.",
    "pause": "Mail came back three times within two weeks, e.g. from a full mailbox. It is tried again by itself.",
    "reader": "The reader asked for it on their own page. They can take it back there.",
    "staff": "A colleague entered it.",
}


@dataclass(frozen=True)
class Stopped:
    """One address as a line; `readers` are those with this address whom the person may see."""

    suppression: Suppression
    meaning: str
    readers: tuple[Patron, ...]


@dataclass(frozen=True)
class NoMail:
    """`next_place` begins the next page; `causes`: (cause, its words, how many)."""

    rows: list[Stopped]
    causes: list[tuple[str, str, int]]
    next_place: str


def stopped_addresses(*, user: User, words: str, cause: str, lifted: bool, place: str) -> NoMail:
    """Those in force, or with `lifted` those that were, newest first."""
    seen = Suppression.objects.visible_to(user)
    all_of_them = seen.exclude(lifted_at=None) if lifted else seen.active()
    counted = all_of_them.order_by().values("cause").annotate(number=Count("pk"))
    numbers = {row["cause"]: row["number"] for row in counted}
    found = list(_page(_narrow(all_of_them, words, cause), read_place(place)).select_related("lifted_by"))
    readers = _readers(found[:PAGE], user)
    return NoMail(
        rows=[Stopped(one, WHAT_IT_MEANS[one.cause], tuple(readers[one.address])) for one in found[:PAGE]],
        causes=[(value, str(label), numbers[value]) for value, label in Suppression.Cause.choices if value in numbers],
        next_place=_place(found[PAGE - 1]) if len(found) > PAGE else "",
    )


def _narrow(rows: QuerySet[Suppression], words: str, cause: str) -> QuerySet[Suppression]:
    rows = rows.filter(cause=cause) if cause else rows
    return rows.filter(address__icontains=words.lower()) if words else rows


def _page(rows: QuerySet[Suppression], after: tuple[datetime, int] | None) -> QuerySet[Suppression]:
    if after is not None:
        earlier = Q(created_at__lt=after[0]) | Q(created_at=after[0], pk__lt=after[1])
        rows = rows.filter(earlier, created_at__lte=after[0])
    return rows.order_by("-created_at", "-pk")[: PAGE + 1]


def _place(last: Suppression) -> str:
    return f"{last.created_at.isoformat()}_{last.pk}"


def _readers(rows: list[Suppression], user: User) -> dict[str, list[Patron]]:
    found = defaultdict(list)
    seen = Patron.objects.visible_to(user).annotate(lower=Lower("email"))
    for patron in seen.filter(lower__in=[row.address for row in rows]).order_by("pk"):
        found[patron.email.lower()].append(patron)
    return found
