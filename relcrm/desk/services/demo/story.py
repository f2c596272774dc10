"""Invented readers, and the order in which things happen to them."""

from __future__ import annotations

import heapq
import itertools
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random

from django.db.models import F

from catalog.models import Title
from library.models import Branch, User
from outreach.models import Message
from relcrm.desk.services.demo.voices import BOOK_LANGUAGE, VOICES, Voice

CONSENTS = (("check_in", 0.95), ("profile", 0.9), ("proactive", 0.3))
CHILD, TEEN = "Theo and his grandmother", "Mei"
OPENS, CLOSES, SUNDAY = 9, 18, 6


@dataclass
class Reader:
    """One invented person and how often they write."""

    name: str
    language: str
    email: str
    branch: Branch
    audience: str
    consents: tuple[str, ...]
    answers: bool
    shelf: list[Title]
    sent: set[int] = field(default_factory=set)
    said: list[str] = field(default_factory=list)

    @property
    def voice(self) -> Voice:
        return VOICES[self.language]


@dataclass
class Story:
    """Everything still to happen, earliest first; telling one thing may add later ones."""

    branches: Sequence[Branch]
    librarians: Sequence[User]
    now: datetime
    rng: Random
    ahead: list[tuple[datetime, int, Callable[[datetime], None]]] = field(default_factory=list)
    order: itertools.count[int] = field(default_factory=itertools.count)
    beats: set[date] = field(default_factory=set)

    def plan(self, at: datetime, happening: Callable[[datetime], None]) -> None:
        """Something that happens at that time; what lies after today has not happened."""
        if at < self.now:
            heapq.heappush(self.ahead, (at, next(self.order), happening))

    def tell(self) -> None:
        while self.ahead:
            at, _, happening = heapq.heappop(self.ahead)
            happening(at)
        pretend_sent()


def make_reader(story: Story, name: str, language: str, titles: Sequence[Title]) -> Reader:
    """Someone with a branch, habits and a shelf of books they could be sent."""
    rng = story.rng
    audience = {CHILD: "child", TEEN: "teen"}.get(name, "adult")
    wanted = tuple(purpose for purpose, share in CONSENTS if rng.random() < share)
    shelf = [title for title in titles if title.audience == audience and title.language == BOOK_LANGUAGE[language]]
    return Reader(
        name=name,
        language=language,
        email=f"{address_of(name)}@example.org",
        branch=rng.choice(story.branches),
        audience=audience,
        consents=() if audience == "child" else wanted,
        answers=rng.random() < 0.72,
        shelf=shelf if len(shelf) > 3 else [title for title in titles if title.audience == audience],
    )


def address_of(name: str) -> str:
    """The name as people write it in an address: "Amélia Couto" becomes "amelia.couto"."""
    plain = unicodedata.normalize("NFKD", name.lower()).encode("ascii", "ignore").decode()
    words = "".join(letter if letter.isalnum() else " " for letter in plain.replace("'", ""))
    return ".".join(words.split())


def while_open(at: datetime, rng: Random) -> datetime:
    """The same day within opening hours, not on a Sunday: when a librarian would have done it."""
    if at.weekday() == SUNDAY:
        at += timedelta(days=1)
    return at.replace(hour=rng.randrange(OPENS, CLOSES), minute=rng.randrange(60))


def pretend_sent() -> None:
    """The mails of an invented past count as sent; none is handed to a mail server."""
    Message.objects.filter(state=Message.State.QUEUED).update(state=Message.State.SENT, sent_at=F("due_at"), attempt=1)
