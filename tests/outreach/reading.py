"""Readers who read, for tests of what leads from one title to another."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count

from catalog.models import Term, Title
from catalog.services.titles import search_text_of
from engagement.models import Loan
from outreach.models import Answer, Request
from outreach.services.candidates.finding import Candidate, Candidates, find_candidates
from outreach.services.picking import past_of
from patrons.models import Patron
from tests.builders import NOON, make_letter, make_patron, make_request, make_title

_numbers = count(1)


def book(name: str, *appeals: str, by: str = "", genre: str = "", subject: str = "", **over: object) -> Title:
    """A title with its terms; an author of its own where none is named."""
    authors = [by or f"Author {next(_numbers)}"]
    title = make_title(name=name, authors=authors, search_text=search_text_of(name=name, authors=authors), **over)
    for kind, names in (("appeal", appeals), ("genre", (genre,)), ("subject", (subject,))):
        title.terms.add(*(Term.objects.get_or_create(kind=kind, name=one)[0] for one in names if one))
    return title


def lend(patron: Patron | None, *titles: Title, at: datetime = NOON - timedelta(days=30)) -> None:
    for title in titles:
        Loan.objects.create(source_key=f"loan-{next(_numbers)}", patron=patron, title=title, borrowed_at=at)


def readers_of(*titles: Title, consented: int = 5, silent: int = 0) -> list[Patron]:
    """So many readers who borrowed all of these, with profile consent and without."""
    everyone = [make_patron("profile") for _ in range(consented)] + [make_patron() for _ in range(silent)]
    for patron in everyone:
        lend(patron, *titles)
    return everyone


def answered(patron: Patron, title: Title, value: str) -> Answer:
    """An earlier letter with this title, and what the reader said of it."""
    letter = make_letter(make_request(patron, likes=(), state="answered"), titles=(title,), sent_at=NOON)
    return Answer.objects.create(pick=letter.picks.get(), value=value, answered_at=NOON, changed_at=NOON)


def listed(request: Request) -> Candidates:
    return find_candidates(request=request, past=past_of(request))


def names(request: Request) -> list[str]:
    return [one.judged.title.name for one in listed(request).titles]


def found(request: Request, title: Title) -> Candidate:
    return next(one for one in listed(request).titles if one.judged.title == title)
