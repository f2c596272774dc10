"""Everything a reader sees of themselves, in as many queries as the page can spare."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.db.models.functions import JSONObject, Lower

from engagement.models import Loan, Note, NoteView
from engagement.services.moves import read_history, with_moves
from engagement.services.overriding import Fixed
from engagement.services.reader_types import kind_of_reader
from engagement.services.reasons import ReasonPage, Standing, page_of_reasons, read_standing
from engagement.services.scores import Reason
from library.models import Branch, LibrarySettings
from outreach.services.taste import TasteLine, taste_of
from patrons.models import AddressChange, Consent, Patron, Suppression
from patrons.querysets import PatronQuerySet
from patrons.services.consents import WORDINGS, wording
from relcrm.desk.services.coming_back import coming_back_words
from relcrm.desk.services.exchanged import tell_words, with_words_exchanged
from relcrm.desk.services.reader_words import reason_words
from relcrm.desk.services.story import StoryLine, requests_of, tell_story
from relcrm.desk.services.type_words import KindTold, tell_kind

MOST_TWINS = 10
MOST_LOOKS = 20
MOST_LOANS = 20


@dataclass(frozen=True)
class ConsentWord:
    """One time the reader agreed: the exact words, in which language, how, and when it ended."""

    purpose: str
    wording: str
    language: str
    how: str
    given_at: datetime
    withdrawn_at: datetime | None


@dataclass(frozen=True)
class Choice:
    """One purpose on the page: the words to agree to now or agreed to before, the newest word, and earlier ones."""

    purpose: str
    words: str
    newest: ConsentWord | None
    earlier: list[ConsentWord]

    @property
    def holds(self) -> bool:
        """In force now."""
        return self.newest is not None and self.newest.withdrawn_at is None


@dataclass(frozen=True)
class ReaderReason:
    """One interaction that counts, in the reader's language, with its share of the two numbers."""

    pk: int
    words: str
    day: date
    relational: float
    transactional: float


@dataclass(frozen=True)
class NoteLook:
    """Somebody opened a note: who (empty: someone who has left) and when, and when the note is from."""

    who: str
    at: datetime
    note_at: datetime


@dataclass(frozen=True)
class Other:
    """Another record with the same address; `fits`: the reader can put the two together."""

    patron: Patron
    fits: bool


@dataclass(frozen=True)
class MyPage:
    """Everything a reader sees of themselves. No standing: no profile, so nothing is measured."""

    patron: Patron
    choices: list[Choice]
    standing: Standing | None
    reasons: list[ReaderReason]
    coming_back: list[str]
    fixed: Fixed | None
    kind: KindTold | None
    taste: list[TasteLine]
    story: list[StoryLine]
    loans: list[Loan]
    more_loans: bool
    notes: int
    looks: list[NoteLook]
    history_default: str
    new_address: str
    others: list[Other]
    gets_no_mail: bool


@dataclass(frozen=True)
class ReasonsPage:
    """A page of everything that counts, and where the next one begins; empty: that was all."""

    reasons: list[ReaderReason]
    after: str


def reader_rows(patrons: PatronQuerySet) -> PatronQuerySet:
    """Patrons with what their own page shows of small tables, all in one query."""
    mine = {"patron": OuterRef("pk")}
    consent = JSONObject(**{name: name for name in ConsentWord.__dataclass_fields__})
    looks = NoteView.objects.filter(note__patron=OuterRef("pk")).order_by("-at", "-pk")
    look = JSONObject(name="by__name", username="by__username", at="at", note_at="note__at")
    notes = Note.objects.filter(**mine).order_by().values("patron").annotate(n=Count("pk")).values("n")
    places = Branch.objects.filter(is_open=True).order_by("name")
    rows = with_moves(with_words_exchanged(patrons)).select_related("branch", "score", "drift", "reader_type")
    return rows.annotate(
        consent_log=ArraySubquery(Consent.objects.filter(**mine).order_by("given_at", "pk").values(json=consent)),
        note_looks=ArraySubquery(looks.values(json=look)[:MOST_LOOKS]),
        note_count=Subquery(notes),
        new_address=Subquery(AddressChange.objects.filter(**mine).values("address")[:1]),
        places=ArraySubquery(places.values(json=JSONObject(pk="pk", name="name"))),
        history_default=Subquery(LibrarySettings.objects.values("reading_history")[:1]),
        gets_no_mail=Exists(Suppression.objects.active().filter(address=Lower(OuterRef("email")))),
    )


def read_my_page(*, patron: Patron, now: datetime) -> MyPage:
    """The page of a patron taken from `reader_rows`; at most seven queries more."""
    choices = choices_of(patron)
    measured = any(choice.holds for choice in choices if choice.purpose == Consent.Purpose.PROFILE)
    standing = read_standing(patron=patron, now=now) if measured else None
    loans = list(Loan.objects.of(patron).select_related("title")[: MOST_LOANS + 1])
    return MyPage(
        patron=patron,
        choices=choices,
        standing=standing,
        reasons=[_told(reason) for reason in standing.strongest] if standing else [],
        coming_back=coming_back_words(patron=patron, now=now) if measured else [],
        fixed=read_history(patron, now=now).fixed if measured else None,
        kind=tell_kind(kind_of_reader(patron)) if measured else None,
        taste=taste_of(patron) if measured else [],
        story=sorted([*tell_story(requests_of(patron), None), *tell_words(patron)], key=_when, reverse=True),
        loans=loans[:MOST_LOANS],
        more_loans=len(loans) > MOST_LOANS,
        notes=getattr(patron, "note_count", 0) or 0,
        looks=[_look(row) for row in getattr(patron, "note_looks", [])],
        history_default=getattr(patron, "history_default", "") or LibrarySettings.ReadingHistory.CONSENT,
        new_address=getattr(patron, "new_address", "") or "",
        others=others_at(patron),
        gets_no_mail=getattr(patron, "gets_no_mail", False),
    )


def read_reasons(*, patron: Patron, after: str, now: datetime) -> ReasonsPage:
    """Everything that counts, the newest first, fifty at a time; empty without a profile."""
    if not any(choice.holds for choice in choices_of(patron) if choice.purpose == Consent.Purpose.PROFILE):
        return ReasonsPage([], "")
    page: ReasonPage = page_of_reasons(patron=patron, after=after, now=now)
    return ReasonsPage([_told(reason) for reason in page.reasons], page.after)


def choices_of(patron: Patron) -> list[Choice]:
    """Each purpose with its words; none for a child. Taken from `reader_rows`."""
    if patron.is_child:
        return []
    log = [_consent(row) for row in getattr(patron, "consent_log", [])]
    return [_choice(purpose, [one for one in log if one.purpose == purpose], patron.language) for purpose in WORDINGS]


def others_at(patron: Patron) -> list[Other]:
    """Further records with the same address, e.g. of a child, or from a form filled in later."""
    same = Patron.objects.filter(email__iexact=patron.email).exclude(Q(email="") | Q(pk=patron.pk))
    return [
        Other(
            other,
            fits=other.standing == "provisional" and patron.standing == "own" and other.is_child == patron.is_child,
        )
        for other in same.order_by("created_at", "pk")[:MOST_TWINS]
    ]


def _choice(purpose: str, log: list[ConsentWord], language: str) -> Choice:
    newest = log[-1] if log else None
    holds = newest is not None and newest.withdrawn_at is None
    words = newest.wording if holds and newest else wording(purpose, language)
    return Choice(purpose, words, newest, log[:-1][::-1])


def _consent(row: dict[str, Any]) -> ConsentWord:
    times = {name: datetime.fromisoformat(row[name]) if row[name] else None for name in ("given_at", "withdrawn_at")}
    return ConsentWord(**row | times)


def _look(row: dict[str, Any]) -> NoteLook:
    at, note_at = (datetime.fromisoformat(row[name]) for name in ("at", "note_at"))
    return NoteLook(row["name"] or row["username"] or "", at, note_at)


def _when(line: StoryLine) -> datetime:
    return line.at


def _told(reason: Reason) -> ReaderReason:
    words, day = reason_words(reason), reason.day
    return ReaderReason(reason.pk, words, day, reason.relational_share, reason.transactional_share)
