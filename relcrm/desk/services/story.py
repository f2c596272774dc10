"""Everything that happened with one reader, newest first: requests, letters, questions and answers.

These rows exist because the service itself needs them; they are told with and without a profile. What only the
ledger knows comes from the explanation of the score, and so only with profile consent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.db.models.functions import JSONObject

from engagement.services.scores import Explanation, Reason
from outreach.models import Answer, Pick, Request, RequestTitle
from outreach.querysets import RequestQuerySet
from patrons.models import Patron
from relcrm.desk.services.reader_words import answer_words, reason_words

# Kinds of the ledger that a request, a letter or an answer of this story tells already.
TOLD_BY_ROWS = frozenset(
    {
        *("request", "letter", "check_in", "check_in_reminder", "check_in_again"),
        *("check_in_answer", "pick_answer", "check_in_comment", "learned_something"),
        *("proactive_letter", "proactive_answer"),
    }
)
MOST_REQUESTS = 100
VALUE_WORDS = dict(Answer.Value.choices)


@dataclass(frozen=True)
class Book:
    """One book of the story: `why` are the reader's words, `for_you` the librarian's, `value` the answer if any."""

    title: str
    kind: str = ""
    why: str = ""
    for_you: str = ""
    stretch: bool = False
    value: str = ""

    @property
    def said(self) -> str:
        """The answer in words; empty without one."""
        return str(VALUE_WORDS.get(self.value, ""))

    @property
    def told(self) -> str:
        """The answer as the reader reads it, in the language in use."""
        return answer_words(self.value)


@dataclass(frozen=True)
class StoryLine:
    """One thing that happened. `what`: request, withdrawn, letter, asked, answered, wrote, we_answered, ledger or use.

    `tone` says how the ledger judged it: rel, mix, tra, or plain where nothing is measured. A line of plain use
    stands for several in a row: `uses` counts them by what they are, from `since` to `at`. `words` and `who` (the
    page, or the librarian) are of what was written.
    """

    what: str
    at: datetime
    tone: str
    request: Request | None = None
    books: list[Book] = field(default_factory=list)
    reason: Reason | None = None
    since: datetime | None = None
    uses: dict[str, int] = field(default_factory=dict)
    words: str = ""
    who: str = ""

    @property
    def told(self) -> str:
        """What only the ledger knows, as the reader reads it."""
        return reason_words(self.reason) if self.reason else ""

    @property
    def times(self) -> int:
        """How often the library was used in a line of plain use."""
        return sum(self.uses.values())

    @property
    def stretches(self) -> int:
        """How many of the books are stretch titles."""
        return sum(book.stretch for book in self.books)

    @property
    def liked(self) -> list[Book]:
        """Of a request: the books enjoyed."""
        return [book for book in self.books if book.kind == RequestTitle.Kind.LIKE]

    @property
    def disliked(self) -> list[Book]:
        """Of a request: the books that were not right."""
        return [book for book in self.books if book.kind == RequestTitle.Kind.DISLIKE]


def requests_of(patron: Patron) -> list[Request]:
    """The latest requests with their books, letters, picks and answers; one query."""
    return list(with_books(Request.objects.filter(patron=patron)).order_by("-asked_at", "-pk")[:MOST_REQUESTS])


def with_books(requests: RequestQuerySet) -> RequestQuerySet:
    """Requests with their books, letters, picks and answers in the same query."""
    named = RequestTitle.objects.filter(request=OuterRef("pk")).order_by("kind", "position")
    picks = Pick.objects.filter(letter__request=OuterRef("pk")).order_by("position", "pk")
    pick = JSONObject(title="title__name", for_you="why", why="answer__why", stretch="stretch", value="answer__value")
    rows = requests.select_related("promise", "branch", "wished_librarian", "letter__librarian", "letter__check_in")
    return rows.annotate(
        named_books=ArraySubquery(named.values(json=JSONObject(title="title", why="why", kind="kind"))),
        picked_books=ArraySubquery(picks.values(json=pick)),
    )


def books_named(request: Request) -> list[Book]:
    """The books a reader named on the form, of a request taken from `with_books`."""
    return [Book(**book) for book in getattr(request, "named_books", [])]


def books_picked(request: Request) -> list[Book]:
    """The books of the letter with their answers, of a request taken from `with_books`."""
    return [Book(**_without_nothing(book)) for book in getattr(request, "picked_books", [])]


def tell_story(requests: Sequence[Request], explanation: Explanation | None) -> list[StoryLine]:
    """The lines of all requests, and of the ledger where it knows more, newest first."""
    reasons = explanation.reasons if explanation else ()
    tones = {(reason.kind, reason.at): tone_of(reason) for reason in reasons}
    lines = [line for request in requests for line in _lines(request, tones)]
    lines += [
        StoryLine("ledger", reason.at, tone_of(reason), reason=reason)
        for reason in reasons
        if reason.kind not in TOLD_BY_ROWS
    ]
    return _gather(sorted(lines, key=lambda line: line.at, reverse=True))


def tone_of(reason: Reason) -> str:
    """Relational, transactional or mixed, as the ledger judged it."""
    if reason.relational_points and reason.transactional_points:
        return "mix"
    return "rel" if reason.relational_points else "tra"


def _gather(lines: Sequence[StoryLine]) -> list[StoryLine]:
    """Loans and visits that follow each other become one line, so that they do not bury what people said."""
    told: list[StoryLine] = []
    for used, group in groupby(lines, key=lambda line: line.what == "ledger" and line.tone == "tra"):
        run = list(group)
        if used and len(run) > 1:
            counts = Counter(line.reason.label for line in run if line.reason)
            told.append(StoryLine("use", run[0].at, "tra", since=run[-1].at, uses=dict(counts.most_common())))
        else:
            told += run
    return told


def _lines(request: Request, tones: Mapping[tuple[str, datetime], str]) -> list[StoryLine]:
    def tone(kind: str, at: datetime) -> str:
        return tones.get((kind, at), "plain")

    named, picked = books_named(request), books_picked(request)
    lines = []
    if not request.is_ours:
        lines.append(StoryLine("request", request.asked_at, tone("request", request.asked_at), request, named))
    if request.withdrawn_at:
        lines.append(StoryLine("withdrawn", request.withdrawn_at, "plain", request))
    letter = getattr(request, "letter", None)
    if letter is None or letter.sent_at is None:
        return lines
    kind = "proactive_letter" if request.is_ours else "letter"
    lines.append(StoryLine("letter", letter.sent_at, tone(kind, letter.sent_at), request, picked))
    check_in = getattr(letter, "check_in", None)
    if check_in and check_in.asked_at:
        lines.append(StoryLine("asked", check_in.asked_at, tone("check_in", check_in.asked_at), request))
    if check_in and check_in.answered_at:
        answered = [book for book in picked if book.value]
        at = check_in.answered_at
        lines.append(StoryLine("answered", at, tone("check_in_answer", at), request, answered))
    return lines


def _without_nothing(book: Mapping[str, Any]) -> dict[str, Any]:
    """A pick without an answer comes from the database with nothing in its place."""
    return {name: value for name, value in book.items() if value is not None}
