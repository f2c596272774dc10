"""What a reader says, and a letter that is sent or taken back, does to reasons to contact them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from library.models import User
from outreach.models import ContactReason, Pick, Request
from outreach.services.contact_kinds import TABLE
from patrons.models import Patron

Kind, Ending, Because = ContactReason.Kind, ContactReason.Ending, ContactReason.Because
OPEN_AGAIN: dict[str, Any] = {
    "later_until": None,
    "closed_at": None,
    "closed_by": None,
    "ending": Ending.OPEN,
    "because": Because.NONE,
    "welcomed": None,
}


def open_could_not_get(*, pick: Pick, patron: Patron, now: datetime) -> ContactReason:
    """A task for the librarian: the reader could not get this book. One per pick, opened again when said again."""
    row = TABLE[Kind.COULD_NOT_GET]
    worth = row.good * row.chance / row.minutes  # until the night reckons it
    values: dict[str, Any] = {"patron": patron, "opened_at": now, "worth": worth, **OPEN_AGAIN}
    reason, _ = ContactReason.objects.update_or_create(
        source_key=f"could_not_get:{pick.pk}",
        defaults=values,
        create_defaults=values | {"kind": Kind.COULD_NOT_GET, "pick": pick},
    )
    return reason


def close_could_not_get(*, pick: Pick, now: datetime) -> None:
    """The answer changed: nothing is left to do. One that a librarian closed stays as it is."""
    open_still = ContactReason.objects.filter(source_key=f"could_not_get:{pick.pk}", closed_at=None)
    open_still.update(closed_at=now, ending=Ending.SETTLED)


def close_by_letter(*, letter: Request, by: User, now: datetime) -> None:
    """The letter begun for these reasons was sent."""
    for_it = ContactReason.objects.filter(letter=letter, closed_at=None)
    for_it.update(closed_at=now, closed_by=by, ending=Ending.WROTE, later_until=None)


def reopen_by_letter(*, letter: Request) -> None:
    """Sending it was undone."""
    ContactReason.objects.filter(letter=letter, ending=Ending.WROTE).update(**OPEN_AGAIN)
