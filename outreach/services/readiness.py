"""What still keeps a letter from leaving, each in a sentence that says what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from library.models import User
from outreach.models import Letter, Pick, Request
from outreach.services.picking import broken_limits
from outreach.services.welcome import nobody_asked, unwelcome_because
from patrons.models import Patron, Suppression

MOST_PICKS = 7


@dataclass(frozen=True)
class Problem:
    """One thing to settle first. `place` is note, picks, pick, address, name or state; `title` goes with pick."""

    place: str
    words: str
    title: int | None = None


def problems_of(*, letter: Letter, picks: Sequence[Pick], librarian: User, now: datetime) -> list[Problem]:
    """Everything that is missing, in the order of the page; empty when the letter may leave.

    A letter nobody asked for needs no book, but a reader who likes to hear from us and has not just done so.
    """
    request = letter.request
    return [
        *_about_request(request),
        *_about_welcome(request, now),
        *_about_patron(request.patron),
        *_about_picks(request, picks),
        *_about_words(letter, request.patron, librarian),
    ]


def _about_request(request: Request) -> list[Problem]:
    words = {
        Request.State.HELD: "This request is held for review. Release it on its page, then send the letter.",
        Request.State.WITHDRAWN: "This request is closed. Open it again on its page, then send the letter.",
        Request.State.DROPPED: "This letter was put away. Take it up again on its page, then send it.",
    }
    return [Problem("state", words[state]) for state in words if request.state == state]


def _about_welcome(request: Request, now: datetime) -> list[Problem]:
    words = unwelcome_because(request.patron, now=now) if nobody_asked(request) else ""
    return [Problem("address", words)] if words else []


def _about_patron(patron: Patron) -> list[Problem]:
    who = patron.first
    if not patron.email:
        return [
            Problem(
                "address", f"There is no mail address for {who}. Add one on the patron card; the letter waits here."
            )
        ]
    if Suppression.objects.holds(patron.email):
        return [Problem("address", f"The address of {who} takes no mail from us. The letter waits here.")]
    return []


def _about_picks(request: Request, picks: Sequence[Pick]) -> list[Problem]:
    who = request.patron.first
    if not picks and not request.is_ours:
        return [Problem("picks", f"Add at least one title for {who}.")]
    problems = []
    if len(picks) > MOST_PICKS:
        problems.append(
            Problem("picks", f"A letter holds up to {MOST_PICKS} titles. Keep the best and remove the rest.")
        )
    for pick in picks:
        broken = " and ".join(broken_limits(request, pick.title))
        if broken:
            problems.append(
                Problem("pick", f"{pick.title} is known to contain {broken}, and {who} asked for none.", pick.title_id)
            )
        if not pick.why.strip():
            problems.append(
                Problem(
                    "pick", f"Say in a sentence why you chose this for {who}. The letter waits for it.", pick.title_id
                )
            )
    return problems


def _about_words(letter: Letter, patron: Patron, librarian: User) -> list[Problem]:
    problems = []
    if not letter.note.strip():
        problems.append(Problem("note", f"Write {patron.first} a few words. The letter begins with your note."))
    if not librarian.name.strip():
        problems.append(
            Problem("name", "Your account has no name that readers see. An admin can add it in the settings.")
        )
    return problems
