"""What one librarian has promised, or nobody yet: letters and answers that are due, the next one first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet
from django.urls import reverse

from engagement.models import Promise
from library.models import User
from outreach.models import Request, Thread
from outreach.services.reports.inbox import who_wrote
from outreach.services.reports.promise_clock import Clock, clock_of, zone_of

MOST = 200


@dataclass(frozen=True)
class DueLine:
    """One open promise. `at` is its due time where the reader's branch is; `mine`: hers, else it is nobody's yet.

    `what` and `reference` say nothing of the reader; `who` is for the desk alone.
    """

    promise: Promise
    what: str
    reference: str
    who: str
    mine: bool
    at: datetime
    clock: Clock | None
    path: str


@dataclass(frozen=True)
class DueList:
    """`more`: there are more than are shown."""

    lines: list[DueLine]
    more: bool


def read_due(*, user: User, now: datetime) -> DueList:
    """Open promises to readers this librarian may see: hers, and those nobody has taken; three queries."""
    requests = _open(Request.objects.visible_to(user).filter(state=Request.State.WAITING), "wished_librarian", user)
    threads = _open(Thread.objects.visible_to(user).filter(waiting_since__isnull=False), "assigned_to", user)
    found = [_of_request(one, one.promise, user, now) for one in requests[: MOST + 1] if one.promise]
    found += [_of_thread(one, one.promise, user, now) for one in threads[: MOST + 1] if one.promise]
    found.sort(key=lambda line: (line.promise.due_at, line.promise.pk))
    return DueList(found[:MOST], more=len(found) > MOST)


def _open[Row: (Request, Thread)](rows: QuerySet[Row], owner: str, user: User) -> QuerySet[Row]:
    """Those with an open promise that are this librarian's, or whose owner is missing or has left."""
    hers = Q(**{owner: user}) | Q(**{owner: None}) | Q(**{f"{owner}__is_active": False})
    kept_open = rows.filter(hers, promise__isnull=False, promise__kept_at=None, promise__withdrawn_at=None)
    return kept_open.select_related("patron", "branch", "promise").order_by("promise__due_at", "promise")


def _of_request(request: Request, promise: Promise, user: User, now: datetime) -> DueLine:
    return DueLine(
        what="A letter is due",
        reference=request.reference,
        who=str(request.patron),
        mine=request.wished_librarian_id == user.pk,
        path=reverse("request", args=[request.pk]),
        promise=promise,
        at=promise.due_at.astimezone(zone_of(request)),
        clock=clock_of(request, now=now),
    )


def _of_thread(thread: Thread, promise: Promise, user: User, now: datetime) -> DueLine:
    return DueLine(
        what="An answer is due",
        reference="",
        who=who_wrote(thread),
        mine=thread.assigned_to_id == user.pk,
        path=reverse("inbox_thread", args=[thread.pk]),
        promise=promise,
        at=promise.due_at.astimezone(zone_of(thread)),
        clock=clock_of(thread, now=now),
    )
