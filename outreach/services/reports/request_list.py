"""The page of reading requests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count

from library.models import User
from outreach.models import Request
from outreach.querysets import RequestQuerySet
from outreach.services.reports.promise_clock import Clock, asked_in_words, clock_of
from outreach.services.reports.request_search import MOST, find_requests

ANY = "any"
PAGE = 25
ORDERS: dict[str, tuple[str, str]] = {
    Request.State.WAITING: ("asked_at", "pk"),
    Request.State.HELD: ("asked_at", "pk"),
    Request.State.ANSWERED: ("-answered_at", "-pk"),
    Request.State.WITHDRAWN: ("-withdrawn_at", "-pk"),
}


@dataclass(frozen=True)
class Filters:
    """`state` is one of the states or "any"; empty audience, language or words mean all."""

    state: str
    audience: str = ""
    language: str = ""
    words: str = ""

    @property
    def narrowed(self) -> bool:
        """Whether anything besides the state hides requests."""
        return bool(self.audience or self.language or self.words)


@dataclass(frozen=True)
class RequestRow:
    """One line: the reader's words first, then the facts."""

    request: Request
    said: str
    why: str
    asked: str
    clock: Clock | None
    has_draft: bool


@dataclass(frozen=True)
class RequestList:
    """`counts` by state, over all the librarian may see. `changed` is the request something was just done with.

    `many`: how many are listed, where there are more; otherwise 0.
    """

    rows: list[RequestRow]
    page: Page[Any]
    counts: dict[str, int]
    changed: Request | None
    many: int = 0


def request_list(*, user: User, filters: Filters, page: str, changed: str, now: datetime) -> RequestList:
    """Everything the page shows, in a number of queries that does not grow with the rows."""
    mine = Request.objects.visible_to(user).asked()
    counts = {row["state"]: row["n"] for row in mine.order_by().values("state").annotate(n=Count("*"))}
    found = _narrow(mine, filters).order_by(*ORDERS.get(filters.state, ("-asked_at", "-pk")))
    touched = mine.filter(reference=changed).select_related("patron").first() if changed else None
    if filters.words:  # found once: counting them first would look for the words a second time
        numbers = list(found.values_list("pk", flat=True)[: MOST + 1])
        listed = Paginator(numbers[:MOST], PAGE).get_page(page)
        read = _with_facts(mine.filter(pk__in=list(listed))).in_bulk()
        rows = [_row(read[number], now) for number in listed if number in read]
        return RequestList(rows, listed, counts, touched, many=MOST if numbers[MOST:] else 0)
    pages = Paginator(_with_facts(found), PAGE)
    if not filters.narrowed:
        pages.count = sum(counts.values()) if filters.state == ANY else counts.get(filters.state, 0)
    shown = pages.get_page(page)
    return RequestList([_row(request, now) for request in shown], shown, counts, touched)


def _with_facts(requests: RequestQuerySet) -> RequestQuerySet:
    together = requests.select_related("patron", "branch", "promise", "wished_librarian", "letter")
    return together.prefetch_related("named")


def _narrow(requests: RequestQuerySet, filters: Filters) -> RequestQuerySet:
    if filters.state != ANY:
        requests = requests.filter(state=filters.state)
    if filters.audience:
        requests = requests.filter(audience=filters.audience)
    if filters.language:
        requests = requests.filter(language=filters.language)
    return find_requests(requests, filters.words) if filters.words else requests


def _row(request: Request, now: datetime) -> RequestRow:
    named = sorted(request.named.all(), key=lambda one: (one.kind != "like", one.position))
    first = next(iter(named), None)
    said = first.title if first else request.about
    why = first.why if first else ""
    letter = getattr(request, "letter", None)
    return RequestRow(
        request=request,
        said=said,
        why=why,
        asked=asked_in_words(request, now=now),
        clock=clock_of(request, now=now),
        has_draft=letter is not None and letter.sent_at is None,
    )
