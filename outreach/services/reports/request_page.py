"""One request with everything beside it: what the reader said, how it stands, what was before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, Exists, OuterRef, Prefetch, Subquery, When
from django.db.models.functions import JSONObject

from library.models import LibrarySettings, User
from outreach.models import Letter, Message, Pick, Request, RequestTitle
from outreach.querysets import RequestQuerySet
from outreach.services.letters import PURPOSE
from outreach.services.picking import named_by_patron
from outreach.services.reports.promise_clock import Clock, asked_in_words, clock_of
from outreach.services.taste import TasteLine, taste_of
from patrons.models import Consent

MOST_EARLIER = 10
WORDS = ("id", "request_id", "kind", "position", "title", "why")
STRONGEST = 12


@dataclass(frozen=True)
class Said:
    """The reader's own words on the form."""

    likes: tuple[RequestTitle, ...]
    dislikes: tuple[RequestTitle, ...]
    about: str
    mood: tuple[str, ...]
    limits: tuple[str, ...]
    length: str
    formats: tuple[str, ...]


@dataclass(frozen=True)
class Known:
    """What we learned before. `remembers`: the reader agreed that we keep a profile."""

    remembers: bool
    taste: tuple[TasteLine, ...]
    summary: str


@dataclass(frozen=True)
class Earlier:
    """Another request of the same reader, with its letter where one was sent."""

    request: Request
    letter: Letter | None
    picks: tuple[Pick, ...]


@dataclass(frozen=True)
class SentLetter:
    """The letter of this request. `seconds_left` to take it back; None once its mail has begun to leave."""

    letter: Letter
    picks: tuple[Pick, ...]
    mail_state: str
    seconds_left: int | None
    leaves_at: datetime | None


@dataclass(frozen=True)
class RequestPage:
    request: Request
    said: Said
    asked: str
    clock: Clock | None
    known: Known
    sent: SentLetter | None
    has_draft: bool
    earlier: tuple[Earlier, ...]


def with_facts(requests: RequestQuerySet) -> RequestQuerySet:
    """The rows with everything a page of one request reads from them."""
    agreed = Consent.objects.active().filter(patron=OuterRef("patron"))
    words = RequestTitle.objects.filter(request__patron=OuterRef("patron")).order_by("request", "kind", "position")
    mail = Message.objects.filter(purpose=PURPOSE, thread=OuterRef("thread")).order_by("-pk")
    rows = requests.select_related("patron", "branch", "promise", "thread", "wished_librarian", "letter__librarian")
    return rows.annotate(
        remembers=Exists(agreed.filter(purpose=Consent.Purpose.PROFILE)),
        agreed_to_check_in=Exists(agreed.filter(purpose=Consent.Purpose.CHECK_IN)),
        words_of_patron=ArraySubquery(words.values(row=JSONObject(**{name: name for name in WORDS}))),
        usual_days=Subquery(LibrarySettings.objects.filter(pk=1).values("check_in_days")[:1]),
        mail_state=Subquery(mail.values("state")[:1]),
        mail_due=Subquery(mail.values("due_at")[:1]),
    )


def request_page(*, request: Request, user: User, now: datetime) -> RequestPage:
    """The page of a request that came through `with_facts`."""
    others = _all_of_patron(request, user)
    letter = getattr(request, "letter", None)
    own = next((one for one in others if one.request.pk == request.pk), None)
    earlier = tuple(one for one in others if one.request.pk != request.pk)
    sent = [pick for one in earlier for pick in one.picks]
    return RequestPage(
        request=request,
        said=said_in(request, named_by_patron(request)),
        asked=asked_in_words(request, now=now),
        clock=clock_of(request, now=now),
        known=known_of(request, sent),
        sent=_sent(request, letter, own.picks if own else (), now),
        has_draft=letter is not None and letter.sent_at is None,
        earlier=earlier,
    )


def said_in(request: Request, named: Sequence[RequestTitle]) -> Said:
    """What the form said, in words for people; of the books named, those of this request."""
    here = [one for one in named if one.request_id == request.pk]
    return Said(
        likes=tuple(one for one in here if one.kind == RequestTitle.Kind.LIKE),
        dislikes=tuple(one for one in here if one.kind == RequestTitle.Kind.DISLIKE),
        about=request.about,
        mood=tuple(_plain(word) for word in request.mood),
        limits=tuple(f"no {_plain(limit)}" for limit in request.limits),
        length=_plain(request.length),
        formats=tuple(_plain(word) for word in request.formats),
    )


def known_of(request: Request, sent: Sequence[Pick]) -> Known:
    """Taste (with consent only) and how earlier picks were received, in one sentence."""
    remembers = bool(getattr(request, "remembers", False))
    taste = tuple(taste_of(request.patron)[:STRONGEST]) if remembers else ()
    return Known(remembers, taste, _received(sent))


def _received(sent: Sequence[Pick]) -> str:
    """'2 letters, 5 picks: 3 loved, 1 so-so, 1 without an answer.'; empty when there was no letter."""
    if not sent:
        return ""
    letters = len({pick.letter_id for pick in sent})
    said: Counter[str] = Counter()
    for pick in sent:
        answer = getattr(pick, "answer", None)
        said[answer.get_value_display() if answer else "without an answer"] += 1
    answers = ", ".join(f"{number} {words}" for words, number in said.most_common())
    return f"{_count(letters, 'letter')}, {_count(len(sent), 'pick')}: {answers}."


def _all_of_patron(request: Request, user: User) -> list[Earlier]:
    """This request, then others of the same reader, newest first, each with the letter sent for it."""
    picks = Pick.objects.select_related("title", "answer").order_by("position", "pk")
    rows = (
        Request.objects.visible_to(user)
        .filter(patron=request.patron_id)
        .select_related("letter__librarian")
        .prefetch_related(Prefetch("letter__picks", queryset=picks))
        .order_by(Case(When(pk=request.pk, then=0), default=1), "-asked_at", "-pk")[: MOST_EARLIER + 1]
    )
    found = []
    for one in rows:
        letter = getattr(one, "letter", None)
        letter = letter if letter and letter.sent_at else None
        found.append(Earlier(one, letter, tuple(letter.picks.all()) if letter else ()))
    return found


def _sent(request: Request, letter: Letter | None, picks: tuple[Pick, ...], now: datetime) -> SentLetter | None:
    if letter is None or letter.sent_at is None:
        return None
    state, due = str(getattr(request, "mail_state", "") or ""), getattr(request, "mail_due", None)
    waits = state == Message.State.QUEUED and due is not None
    left = max(0, round((due - now) / timedelta(seconds=1))) if waits and due else None
    return SentLetter(letter, picks, state, left, due if waits else None)


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _plain(word: str) -> str:
    return word.replace("_", " ").replace("-", " ")
