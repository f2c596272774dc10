"""The page a letter is written on: what the reader said and what we know stays in view beside it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from catalog.models import Title
from catalog.services.search import find_titles
from catalog.services.shelves import shelves_of
from outreach.models import Request
from outreach.services.letter_mail import asks_later
from outreach.services.picking import Judged, Past, judge_title, past_of
from outreach.services.reports.promise_clock import Clock, clock_of, zone_of
from outreach.services.reports.request_page import Known, Said, known_of, said_in

MOST_FOUND = 12


@dataclass(frozen=True)
class PickLine:
    """One pick as it is shown. `error` stands under its why."""

    judged: Judged
    why: str
    stretch: bool
    initials: str
    error: str = ""


@dataclass(frozen=True)
class LetterDesk:
    """What the page shows besides the words being typed."""

    request: Request
    said: Said
    known: Known
    clock: Clock | None
    past: Past
    asks_later: bool


@dataclass(frozen=True)
class Found:
    """What a search found; `words` empty: nothing was looked for. `drafted`: titles the saved draft has already."""

    words: str
    titles: tuple[Judged, ...]
    drafted: frozenset[int]


def letter_desk(*, request: Request, now: datetime) -> LetterDesk:
    """What stands beside the letter of a request that came through `with_facts`."""
    past = past_of(request)
    return LetterDesk(
        request=request,
        said=said_in(request, past.named),
        known=known_of(request, past.sent),
        clock=clock_of(request, now=now),
        past=past,
        asks_later=asks_later(request, agreed=getattr(request, "agreed_to_check_in", None)),
    )


def pick_lines(past: Past, rows: Iterable[tuple[Title, str, bool]]) -> list[PickLine]:
    """The picks with what is known of each title. No query."""
    return [PickLine(judge_title(past, title), why, stretch, _initials(title.name)) for title, why, stretch in rows]


def search_for(past: Past, words: str) -> Found:
    """Titles of the catalogue for these words, each judged for this reader, with where they stand on the shelf."""
    words = " ".join(words.replace("\x00", "").split())[:200]
    titles = find_titles(words, limit=MOST_FOUND) if words else []
    drafted = frozenset(pick.title_id for pick in past.drafted)
    shelves = shelves_of(title.pk for title in titles) if titles else {}
    judged = (replace(judge_title(past, title), shelves=shelves.get(title.pk, ())) for title in titles)
    return Found(words, tuple(judged), drafted)


def asked_on(request: Request, *, days: int, now: datetime) -> datetime:
    """When a check-in would come if the letter were sent now, in the branch's time."""
    return (now + timedelta(days=days)).astimezone(zone_of(request))


def _initials(name: str) -> str:
    """Two letters for the back of the book."""
    words = [word for word in name.split() if word[:1].isalnum()]
    return "".join(word[0].upper() for word in words[:2])
