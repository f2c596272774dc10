"""What a librarian does with a reason to contact somebody: each once, each taken back, each a lesson for the list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from engagement.services.ledger import record_interaction, retract_interaction
from engagement.services.stages import CLOSED
from library.models import User
from outreach.models import ContactReason, Request
from outreach.querysets import ContactReasonQuerySet
from outreach.services.contact_kinds import SAID
from outreach.services.contact_occasions import OPEN_AGAIN
from outreach.services.our_letters import begin_letter

LATER = (3, 7, 30)  # days
Kind, Ending, Because = ContactReason.Kind, ContactReason.Ending, ContactReason.Because
# What the ledger calls it.
LINES = {Ending.CALLED: "phone_call", Ending.TICKET: "event_ticket"}


class DealtWith(Exception):
    """Somebody has dealt with it already. Nothing was written."""


@dataclass(frozen=True)
class Contact:
    """How a reader was contacted. `reached`: of a call, whether they talked with us."""

    how: str
    minutes: int | None = None
    reached: bool = True


def reasons_visible_to(user: User) -> ContactReasonQuerySet:
    """Reasons with everything a line shows."""
    rows = ContactReason.objects.visible_to(user)
    return rows.select_related("patron__branch", "pick__title", "pick__letter", "closed_by", "letter")


@transaction.atomic
def write_for(*, reason: ContactReason, now: datetime) -> Request:
    """Begin a letter because of this reason; sending it closes the reason. Raises DealtWith, NotWelcome."""
    held = _hold(reason)
    letter = begin_letter(patron=held.patron, now=now, asked=held.kind in SAID)
    held.letter = letter
    held.save(update_fields=["letter"])
    return letter


@transaction.atomic
def put_off_reason(*, reason: ContactReason, days: int, now: datetime) -> None:
    """Show it again in so many days. Raises DealtWith."""
    held = _hold(reason)
    held.later_until = now + timedelta(days=days)
    held.save(update_fields=["later_until"])


@transaction.atomic
def finish_reason(*, reason: ContactReason, by: User, contact: Contact, now: datetime) -> None:
    """A librarian has dealt with it. A call and a ticket are written into the ledger; a call nobody took is tried again
    in two days. Raises DealtWith.
    """
    held = _hold(reason)
    if contact.how == Ending.CALLED and not contact.reached:
        held.later_until = now + timedelta(days=2)
        held.save(update_fields=["later_until"])
        return
    welcomed = True if contact.how == Ending.CALLED else None
    _close(held, by, now, ending=Ending(contact.how), welcomed=welcomed)
    kind = LINES.get(Ending(contact.how))
    if kind:
        record_interaction(
            kind=kind,
            source=_source(held),
            at=now,
            patron=held.patron,
            started_by="library",
            tests={"named_people": True, "patron_took_part": contact.how == Ending.CALLED, "used_knowledge": True},
            value=CLOSED if contact.how == Ending.CALLED and held.pick_id else "",
            minutes=contact.minutes,
            staff=by,
            now=now,
        )


@transaction.atomic
def set_aside_reason(*, reason: ContactReason, by: User, because: str, now: datetime) -> None:
    """Not now, and why: one that does not fit speaks against its kind, every other answer against nothing.

    Raises DealtWith.
    """
    why = Because(because)
    welcomed = False if why == Because.DOES_NOT_FIT else None
    _close(_hold(reason), by, now, ending=Ending.NOT_NOW, because=why, welcomed=welcomed)


@transaction.atomic
def reopen_reason(*, reason: ContactReason, now: datetime) -> None:
    """Undo of any of these: back to where it was, and out of the ledger. One whose letter has left stays."""
    held = ContactReason.objects.select_for_update().get(pk=reason.pk)
    if held.ending == Ending.WROTE:
        raise DealtWith
    if Ending(held.ending) in LINES:
        retract_interaction(source=_source(held), now=now)
    ContactReason.objects.filter(pk=held.pk).update(**OPEN_AGAIN)


def _hold(reason: ContactReason) -> ContactReason:
    """The row as it is now, held until the transaction ends. Raises DealtWith."""
    rows = ContactReason.objects.select_related("patron__branch")
    held = rows.select_for_update(of=("self",)).filter(pk=reason.pk).first()
    if held is None or held.closed_at is not None:
        raise DealtWith
    return held


def _close(
    reason: ContactReason,
    by: User,
    now: datetime,
    *,
    ending: ContactReason.Ending,
    because: ContactReason.Because = Because.NONE,
    welcomed: bool | None = None,
) -> None:
    reason.closed_at, reason.closed_by, reason.later_until = now, by, None
    reason.ending, reason.because, reason.welcomed = ending, because, welcomed
    reason.save(update_fields=["closed_at", "closed_by", "later_until", "ending", "because", "welcomed"])


def _source(reason: ContactReason) -> str:
    return f"contact:{reason.pk}"
