"""Readers' own words about letters: the why of an answer, the comment of a check-in, a mail that came back."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import BigIntegerField, F, QuerySet, Value, Window
from django.db.models.functions import Cast, JSONObject, Left, RowNumber, TruncMonth

from library.models import User
from outreach.models import Answer, CheckIn, Reply, Request, Thread
from outreach.querysets import LetterQuerySet

MOST = 8
SHOWN = 400
OPINIONS = dict(Answer.Value.choices)
COLUMNS = ("month", "moment", "number", "words", "reader", "facts", "leads_to", "by_mail")


@dataclass(frozen=True)
class OwnWords:
    """`book` and `opinion` where they are about one book; `thread` where they came by mail, else the `request`."""

    text: str
    cut: bool
    at: datetime
    reader: str
    book: str
    opinion: str
    request: int | None
    thread: int | None


@dataclass(frozen=True)
class _Source:
    """Rows with words in them: where their letter is, where the words and their time are, and what they lead to."""

    rows: QuerySet[Any]
    letter: str
    words: str
    moment: str
    leads_to: str
    by_mail: bool = False
    about: dict[str, str] = field(default_factory=dict)


def words_of(letters: LetterQuerySet, *, user: User, zone: ZoneInfo) -> dict[date, list[OwnWords]]:
    """The last words about these letters by the first of the letters' month, newest first; one query.

    Only of requests and threads this person may see now: each leads there.
    """
    sources = (_whys(letters, user), _comments(letters, user), _mails(letters, user))
    first, *others = (_last(source, zone) for source in sources)
    found: defaultdict[date, list[OwnWords]] = defaultdict(list)
    for row in first.union(*others, all=True).order_by("-moment", "-number"):
        words = found[row["month"].date()]
        if len(words) < MOST:
            words.append(_own_words(row, zone))
    return dict(found)


def _whys(letters: LetterQuerySet, user: User) -> _Source:
    seen = letters.filter(request__in=Request.objects.visible_to(user)).order_by()
    rows = Answer.objects.filter(pick__letter__in=seen).exclude(why="")
    about = {"book": "pick__title__name", "opinion": "value"}
    return _Source(rows, "pick__letter__", "why", "answered_at", "pick__letter__request_id", about=about)


def _comments(letters: LetterQuerySet, user: User) -> _Source:
    seen = letters.filter(request__in=Request.objects.visible_to(user)).order_by()
    rows = CheckIn.objects.filter(letter__in=seen, answered_at__isnull=False).exclude(comment="")
    return _Source(rows, "letter__", "comment", "answered_at", "letter__request_id")


def _mails(letters: LetterQuerySet, user: User) -> _Source:
    rows = Reply.objects.filter(
        kind=Reply.Kind.REPLY,
        thread__in=Thread.objects.visible_to(user),
        thread__request__letter__in=letters.order_by(),
        received_at__gt=F("thread__request__letter__sent_at"),
    ).exclude(text="")
    return _Source(rows, "thread__request__letter__", "text", "received_at", "thread_id", by_mail=True)


def _last(source: _Source, zone: ZoneInfo) -> QuerySet[Any, dict[str, Any]]:
    """The newest of each month, in columns that are the same for every source."""
    rows = source.rows.order_by().annotate(
        month=TruncMonth(f"{source.letter}sent_at", tzinfo=zone),
        moment=F(source.moment),
        number=F("pk"),
        words=Left(source.words, SHOWN + 1),
        reader=F(f"{source.letter}request__patron__name"),
        facts=JSONObject(**source.about),
        leads_to=Cast(F(source.leads_to), BigIntegerField()),
        by_mail=Value(source.by_mail),
    )
    place = Window(RowNumber(), partition_by=F("month"), order_by=(F("moment").desc(), F("number").desc()))
    last: QuerySet[Any, dict[str, Any]] = rows.annotate(nth=place).filter(nth__lte=MOST).values(*COLUMNS)
    return last


def _own_words(row: dict[str, Any], zone: ZoneInfo) -> OwnWords:
    text = row["words"]
    return OwnWords(
        text=text[:SHOWN].rstrip(),
        cut=len(text) > SHOWN,
        at=row["moment"].astimezone(zone),
        reader=row["reader"] or "A reader",
        book=row["facts"].get("book", ""),
        opinion=str(OPINIONS.get(row["facts"].get("opinion", ""), "")),
        request=None if row["by_mail"] else row["leads_to"],
        thread=row["leads_to"] if row["by_mail"] else None,
    )
