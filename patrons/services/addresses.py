"""A new e-mail address counts once both mailboxes have said yes; the old one may say no."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from patrons.models import AddressChange, Patron

OPEN_FOR = timedelta(hours=48)
OLD, NEW = "old", "new"


class SameAddress(Exception):
    """That is the address we write to already."""


class ChangeGone(Exception):
    """The change is done, was refused, was replaced by a later one, or is older than two days."""


@transaction.atomic
def ask_for_address(*, patron: Patron, address: str, now: datetime) -> AddressChange:
    """Begin a change; an earlier one that waits still is dropped. Raises SameAddress."""
    held = Patron.objects.select_for_update(no_key=True).get(pk=patron.pk)
    if address.strip().lower() == held.email.lower():
        raise SameAddress
    AddressChange.objects.filter(patron=patron).delete()
    return AddressChange.objects.create(patron=patron, address=address.strip(), asked_at=now)


def waiting_change(*, number: int, now: datetime) -> AddressChange:
    """The change as it stands, with its patron. Raises ChangeGone."""
    change = AddressChange.objects.select_related("patron").filter(pk=number, asked_at__gt=now - OPEN_FOR).first()
    if change is None:
        raise ChangeGone
    return change


@transaction.atomic
def confirm_address(*, number: int, side: str, now: datetime) -> bool:
    """One mailbox, `old` or `new`, says yes. True: both have, the new address counts from now on. Raises ChangeGone.

    Links mailed so far end then, with every page that is open; a record without an old address waits for the new
    mailbox alone.
    """
    change = waiting_change(number=number, now=now)
    patron = Patron.objects.select_for_update().get(pk=change.patron_id)
    change = AddressChange.objects.select_for_update().filter(pk=number).first() or _gone()
    if side == OLD:
        change.old_confirmed_at = change.old_confirmed_at or now
    else:
        change.new_confirmed_at = change.new_confirmed_at or now
    change.save(update_fields=["old_confirmed_at", "new_confirmed_at"])
    if change.new_confirmed_at is None or (patron.email and change.old_confirmed_at is None):
        return False
    _take_over(patron, change, now)
    return True


@transaction.atomic
def refuse_address(*, number: int, now: datetime) -> None:
    """The old mailbox says no: nothing changes, and the page from which it was asked is closed. Raises ChangeGone."""
    change = waiting_change(number=number, now=now)
    Patron.objects.filter(pk=change.patron_id).update(link_generation=F("link_generation") + 1)
    change.delete()


@transaction.atomic
def cancel_address(*, patron: Patron) -> bool:
    """The reader takes it back. False: nothing was waiting."""
    return AddressChange.objects.filter(patron=patron).delete()[0] > 0


def drop_old_changes(*, now: datetime) -> int:
    """Changes nobody confirmed in time; how many."""
    return AddressChange.objects.filter(asked_at__lte=now - OPEN_FOR).delete()[0]


def _take_over(patron: Patron, change: AddressChange, now: datetime) -> None:
    patron.email, patron.proved_at, patron.standing = change.address, now, Patron.Standing.OWN
    patron.by_hand = sorted({*patron.by_hand, "email"})
    patron.link_generation += 1
    patron.save(update_fields=["email", "proved_at", "standing", "by_hand", "link_generation"])
    change.delete()


def _gone() -> AddressChange:
    raise ChangeGone
