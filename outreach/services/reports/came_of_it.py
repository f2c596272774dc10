"""What came of it: what readers answered to one librarian's letters, month by month, for her own eyes.

Nobody else reads it, and nothing is compared: who asks is whose letters are read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, Exists, F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import TruncMonth

from engagement.services.reports.periods import Period, month_of
from engagement.services.working_days import zone_of
from library.models import User
from outreach.models import Answer, Letter, Pick, Reply, Request
from outreach.querysets import LetterQuerySet
from outreach.services.reports.own_words import OwnWords, words_of

MONTHS = 12
QUARTER = timedelta(days=91)
# Months a page can begin after.
YEARS = range(1890, 2201)


@dataclass(frozen=True)
class Figures:
    """`readers` answered a check-in, `wrote` mailed something back, `returned` asked again within a quarter."""

    letters: int
    readers: int
    replies: int
    wrote: int
    returned: int


@dataclass(frozen=True)
class MonthOfLetters:
    """The letters sent in one month and all that came of them since. `waiting`: books nothing was said of yet."""

    month: Period
    runs: bool
    figures: Figures
    books: int
    answers: list[tuple[str, str, int]]
    waiting: int
    words: list[OwnWords]

    @property
    def quiet(self) -> bool:
        """Nothing was heard of these letters yet."""
        figures = self.figures
        return not (figures.readers or figures.replies or figures.returned)


@dataclass(frozen=True)
class CameOfIt:
    """One page of months, newest first; `before` begins the next page, empty: that was all. `later`: not the first."""

    months: list[MonthOfLetters]
    before: str
    later: bool


def read_came_of_it(*, user: User, before: str, now: datetime) -> CameOfIt:
    """The letters of this librarian, in five queries, whatever their number. `before`: a month, as in "2026-11"."""
    zone = zone_of(user.places[0] if user.places else None)
    letters = Letter.objects.filter(librarian=user).sent()
    end = _month_in(before)
    asked = letters.filter(sent_at__lt=end.moments(zone)[0]) if end else letters
    starts = list(asked.datetimes("sent_at", "month", order="DESC", tzinfo=zone)[: MONTHS + 1])
    months = [month_of(start.date()) for start in starts[:MONTHS]]
    more = months[-1].key if len(starts) > MONTHS else ""
    if not months:
        return CameOfIt([], "", later=end is not None)
    span = letters.filter(sent_at__gte=months[-1].moments(zone)[0], sent_at__lt=months[0].moments(zone)[1])
    return CameOfIt(_months(months, span, user, now.astimezone(zone)), more, later=end is not None)


def _months(months: Sequence[Period], span: LetterQuerySet, user: User, here: datetime) -> list[MonthOfLetters]:
    zone = here.tzinfo if isinstance(here.tzinfo, ZoneInfo) else zone_of(None)
    figures, answers = _figures(span, zone), _answers(span, zone)
    words = words_of(span, user=user, zone=zone)
    return [
        MonthOfLetters(
            month=month,
            runs=month.first <= here.date() <= month.last,
            figures=figures[month.first],
            books=sum(answers[month.first].values()),
            answers=[(value, str(label), answers[month.first][value]) for value, label in Answer.Value.choices],
            waiting=answers[month.first][""],
            words=words.get(month.first, []),
        )
        for month in months
    ]


def _figures(span: LetterQuerySet, zone: ZoneInfo) -> dict[date, Figures]:
    """What is counted by letter and by reader, for each first of a month."""
    replies = Reply.objects.filter(
        thread=OuterRef("request__thread"), kind=Reply.Kind.REPLY, received_at__gt=OuterRef("sent_at")
    )
    counted = replies.order_by().values("thread").annotate(n=Count("pk")).values("n")
    asked_again = (
        Request.objects.asked()
        .exclude(state=Request.State.HELD)
        .filter(
            patron=OuterRef("request__patron"),
            asked_at__gt=OuterRef("sent_at"),
            asked_at__lte=OuterRef("sent_at") + QUARTER,
        )
    )
    rows = (
        span.order_by()
        .annotate(month=TruncMonth("sent_at", tzinfo=zone), replies=Subquery(counted), again=Exists(asked_again))
        .values("month")
        .annotate(
            letters=Count("pk"),
            readers=_readers(Q(check_in__answered_at__isnull=False)),
            total=Sum("replies", default=0),
            wrote=_readers(Q(replies__gt=0)),
            returned=_readers(Q(again=True)),
        )
    )
    return {
        row["month"].date(): Figures(row["letters"], row["readers"], row["total"], row["wrote"], row["returned"])
        for row in rows
    }


def _readers(which: Q) -> Count:
    return Count("request__patron", distinct=True, filter=which)


def _answers(span: LetterQuerySet, zone: ZoneInfo) -> dict[date, Counter[str]]:
    """The books chosen by what was said of them, '' where nothing was, for each first of a month."""
    rows = (
        Pick.objects.filter(letter__in=span.order_by())
        .order_by()
        .annotate(month=TruncMonth("letter__sent_at", tzinfo=zone), said=F("answer__value"))
        .values_list("month", "said")
        .annotate(n=Count("pk"))
    )
    found: dict[date, Counter[str]] = {}
    for month, said, number in rows:
        found.setdefault(month.date(), Counter())[said or ""] = number
    return found


def _month_in(words: str) -> Period | None:
    """The month an address names; None for anything else."""
    try:
        first = date.fromisoformat(f"{words}-01")
    except ValueError:
        return None
    return month_of(first) if first.year in YEARS else None
