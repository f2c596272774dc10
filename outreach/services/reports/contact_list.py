"""Whom to contact next: what we owe an answer, and what we might begin, in one list no longer than a day's work."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef
from django.db.models.functions import Lower

from library.models import User
from outreach.models import ContactReason, Request, Thread
from outreach.services.contact_kinds import LETTER_DUE, TABLE, WORDS_WAIT, Reckoned
from outreach.services.contact_listing import Listed, listed_for, midnight_of
from outreach.services.contact_words import opening_for, sentence_for
from outreach.services.contact_worth import Chance, chances_of, read_chances
from outreach.services.reports.last_words import LastWords, last_words_of
from outreach.services.reports.promise_clock import Clock, clock_of, since_in_words
from outreach.services.reports.promise_clock import zone_of as zone_of_row
from patrons.models import Patron, Suppression

# A promise weighs more the nearer its day: late, due today, due tomorrow, later.
URGENCY = (6.0, 4.0, 2.0, 1.0)
SOON = timedelta(days=2)
REASONS_EACH = 3  # so that there are enough where one reader has several


@dataclass(frozen=True)
class Row:
    """One reader with the reason that is worth most, and further ones. `asked`: we owe an answer."""

    patron: Patron
    sentence: str
    worth: float
    asked: bool
    minutes: int
    kind: str = ""
    reason: ContactReason | None = None
    request: Request | None = None
    thread: Thread | None = None
    clock: Clock | None = None
    opening: str = ""
    words: LastWords | None = None
    also: list[str] = field(default_factory=list)
    reckoned: str = ""


@dataclass(frozen=True)
class ContactList:
    """`limit` is the librarian's own number for a day, `handled` how many of today are done; `table` explains it."""

    rows: list[Row]
    limit: int
    handled: int
    table: list[Chance]

    @property
    def minutes(self) -> int:
        """What all of them take together."""
        return sum(row.minutes for row in self.rows)

    @property
    def others(self) -> list[Row]:
        """Those who wish to be called, or to be reached in another way than by mail."""
        return [row for row in self.rows if row.patron.preferred_channel != Patron.Channel.EMAIL]


def read_contacts(*, user: User, now: datetime) -> ContactList:
    """Today's list of this librarian; the same data give the same list. The queries do not grow with the rows."""
    handled = handled_today(user, now)
    room = max(0, user.contacts_a_day - handled)
    chances = read_chances()
    found: list[Row] = []
    if room:
        found = [*_letters_due(user, now, room), *_words_waiting(user, now, room)]
        found += _reasons(user, now, room, chances)
    rows = _one_each(found)[:room]
    words = last_words_of([row.patron.pk for row in rows if row.reason is None])
    shown = [replace(row, words=row.words or words.get(row.patron.pk)) for row in rows]
    return ContactList(shown, user.contacts_a_day, handled, sorted(chances.values(), key=lambda one: -one.value))


def contacts_begun(*, user: User, now: datetime, most: int) -> list[Row]:
    """The first rows of the list for a page that shows who waits for an answer anyway."""
    room = min(most, user.contacts_a_day)
    return _one_each(_reasons(user, now, room, chances_of({})))[:room]


def reasons_behind(letter: Request, *, now: datetime) -> list[tuple[str, str]]:
    """Why a letter of ours was begun, and how it might begin; nothing for one that was asked for."""
    if not letter.is_ours:
        return []
    behind = ContactReason.objects.filter(letter=letter).select_related("pick__title").order_by("pk")
    return [(sentence_for(reason, now=now), opening_for(reason, letter.language)) for reason in behind]


def handled_today(user: User, now: datetime) -> int:
    """How many rows this librarian has dealt with since midnight where she works."""
    return ContactReason.objects.filter(closed_by=user, closed_at__gte=midnight_of(user, now)).count()


def _letters_due(user: User, now: datetime, most: int) -> list[Row]:
    """Requests whose promise falls due tomorrow at the latest; those that ask for a colleague are hers."""
    stopped = Suppression.objects.active().filter(address=Lower(OuterRef("patron__email")))
    waiting = Request.objects.visible_to(user).waiting().filter(promise__due_at__lt=now + SOON)
    mine = waiting.filter(wished_librarian=None) | waiting.filter(wished_librarian=user)
    rows = mine.exclude(Exists(stopped)).select_related("patron", "promise", "branch").order_by("promise__due_at", "pk")
    return [
        _owed(request.patron, LETTER_DUE, clock_of(request, now=now), "waits for the letter we promised", request)
        for request in rows[:most]
    ]


def _words_waiting(user: User, now: datetime, most: int) -> list[Row]:
    """Words nobody has answered, of this librarian's or nobody's threads."""
    stopped = Suppression.objects.active().filter(address=Lower(OuterRef("patron__email")))
    waiting = Thread.objects.visible_to(user).waiting(now).filter(patron__isnull=False)
    mine = waiting.filter(assigned_to=None) | waiting.filter(assigned_to=user)
    rows = mine.exclude(Exists(stopped)).select_related("patron", "promise", "branch")[:most]
    found = []
    for thread in rows:
        if thread.patron is None or thread.waiting_since is None:
            continue
        since = since_in_words(thread.waiting_since, now=now, zone=zone_of_row(thread))
        sentence = f"wrote to us {since} and waits for an answer"
        found.append(_owed(thread.patron, WORDS_WAIT, clock_of(thread, now=now), sentence, thread))
    return found


def _owed(patron: Patron, row: Reckoned, clock: Clock | None, sentence: str, about: Request | Thread) -> Row:
    urgency = _urgency(clock)
    worth = row.good * row.chance * urgency / row.minutes
    reckoned = f"{row.good:g} × {row.chance:.0%} × {urgency:g} for its day ÷ {row.minutes} minutes"
    return Row(
        patron,
        sentence,
        worth,
        asked=True,
        minutes=row.minutes,
        request=about if isinstance(about, Request) else None,
        thread=about if isinstance(about, Thread) else None,
        clock=clock,
        reckoned=reckoned,
    )


def _urgency(clock: Clock | None) -> float:
    if clock is None:
        return URGENCY[3]
    if clock.tone == "late":
        return URGENCY[0]
    return {"due today": URGENCY[1], "due tomorrow": URGENCY[2]}.get(clock.words, URGENCY[3])


def _reasons(user: User, now: datetime, room: int, chances: dict[str, Chance]) -> list[Row]:
    """The reasons worth most on this librarian's list whose readers may be contacted at this very moment."""
    return [_begun(one, chances, now) for one in listed_for(user=user, most=room * REASONS_EACH, now=now)]


def _begun(listed: Listed, chances: dict[str, Chance], now: datetime) -> Row:
    reason = listed.reason
    row, chance = TABLE[reason.kind], chances[reason.kind].now
    parts = [f"{row.good:g} × {chance:.0%}"]
    parts += [f"{reason.strength:.2g} for the facts"] if reason.strength != 1 else []
    parts += [f"{reason.reader_factor:.2g} for this reader"] if reason.reader_factor != 1 else []
    return Row(
        reason.patron,
        sentence_for(reason, now=now),
        reason.worth,
        asked=row.asked,
        minutes=row.minutes,
        kind=reason.kind,
        reason=reason,
        opening=opening_for(reason, reason.patron.language),
        words=listed.words,
        reckoned=f"{' × '.join(parts)} ÷ {row.minutes} minutes",
    )


def _one_each(found: Iterable[Row]) -> list[Row]:
    """Every reader once, under what is worth most; further reasons stand beside it."""
    rows: dict[int, Row] = {}
    for row in sorted(found, key=_order):
        first = rows.setdefault(row.patron.pk, row)
        if first is not row and row.sentence not in (first.sentence, *first.also):
            first.also.append(row.sentence)
    return list(rows.values())


def _order(row: Row) -> tuple[float, int, str]:
    return -row.worth, row.patron.pk, row.sentence
