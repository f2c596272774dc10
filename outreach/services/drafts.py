"""A letter while it is written: saved on the server as it is typed, never over somebody else's words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from catalog.models import Title
from library.models import User
from library.services.settings import current_settings
from outreach.models import Letter, Pick, Request
from outreach.services.picking import broken_limits


class AlreadySent(Exception):
    """The letter was sent; it cannot change or be sent again."""


class DraftConflict(Exception):
    """Somebody saved this draft since it was read; `letter` is what is saved now. Nothing was written."""

    def __init__(self, letter: Letter) -> None:
        super().__init__(letter.pk)
        self.letter = letter


@dataclass(frozen=True)
class DraftPick:
    title: Title
    why: str = ""
    stretch: bool = False


@dataclass(frozen=True)
class Draft:
    """What the librarian has typed so far. `check_in_days` None: the library's usual number of days."""

    note: str = ""
    picks: tuple[DraftPick, ...] = ()
    check_in_days: int | None = None
    minutes: int | None = None


def open_draft(*, request: Request, librarian: User, now: datetime) -> Letter:
    """The letter of this request as saved, or a blank one that is stored nowhere yet."""
    letter = Letter.objects.filter(request=request).select_related("librarian").first()
    return letter or blank_letter(request=request, librarian=librarian, days=current_settings().check_in_days, now=now)


def blank_letter(*, request: Request, librarian: User, days: int, now: datetime) -> Letter:
    """A letter nobody has begun; version 0. `days` until the check-in."""
    return Letter(request=request, librarian=librarian, check_in_days=days, version=0, saved_at=now)


@transaction.atomic
def save_draft(*, request: Request, librarian: User, draft: Draft, version: int | None = None, now: datetime) -> Letter:
    """Keep what is typed. `version` is the one the librarian saw (0: none yet; None: save whatever is there).

    A title known to break a limit of the request is left out unless it stands in the draft already.
    Raises AlreadySent, or DraftConflict when somebody else saved different words in between.
    """
    request, letter = lock_letter(request)
    letter = letter or open_draft(request=request, librarian=librarian, now=now)
    if letter.sent_at:
        raise AlreadySent
    kept = _permitted(letter, draft)
    if letter.pk and _words_of(letter) == _words(kept):
        return letter
    if letter.pk and version not in (None, letter.version):
        raise DraftConflict(letter)
    letter.librarian, letter.note, letter.minutes = librarian, kept.note, kept.minutes
    letter.check_in_days = kept.check_in_days or letter.check_in_days
    letter.version, letter.saved_at = letter.version + 1, now
    if letter.pk:
        letter.save(update_fields=["librarian", "note", "minutes", "check_in_days", "version", "saved_at"])
    else:
        letter.save(force_insert=True)
    letter.picks.all().delete()
    Pick.objects.bulk_create(
        Pick(letter=letter, title=pick.title, position=place, why=pick.why, stretch=pick.stretch)
        for place, pick in enumerate(kept.picks)
    )
    return letter


def lock_letter(request: Request) -> tuple[Request, Letter | None]:
    """The request and its letter as they are now; the request's row is what every writer of its letter waits for."""
    rows = Request.objects.select_related("patron", "branch", "promise", "thread")
    locked = rows.select_for_update(of=("self",)).get(pk=request.pk)
    letter = Letter.objects.filter(request=locked).first()
    if letter:
        letter.request = locked
    return locked, letter


def _permitted(letter: Letter, draft: Draft) -> Draft:
    there = set(letter.picks.values_list("title_id", flat=True)) if letter.pk else set()
    picks = (p for p in draft.picks if p.title.pk in there or not broken_limits(letter.request, p.title))
    days = draft.check_in_days or letter.check_in_days
    return Draft(draft.note, tuple(picks), days, draft.minutes)


def _words_of(letter: Letter) -> tuple[object, ...]:
    picks = letter.picks.order_by("position", "pk").values_list("title_id", "why", "stretch")
    return letter.note, letter.check_in_days, letter.minutes, list(picks)


def _words(draft: Draft) -> tuple[object, ...]:
    return draft.note, draft.check_in_days, draft.minutes, [(p.title.pk, p.why, p.stretch) for p in draft.picks]
