"""What staff decide about addresses that get no mail; each act leaves an audit line."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from library.models import User
from library.services.audit import write_line
from patrons.models import Patron, Suppression
from patrons.services.references import reference_of
from patrons.services.suppressions import lift_suppression, suppress_address


class NoReason(Exception):
    """Nobody said why."""


class NotAnAddress(Exception):
    """What was typed cannot be a mail address."""


@transaction.atomic
def stop_address(*, address: str, reason: str, by: User, now: datetime) -> Suppression:
    """Nothing is mailed to this address from now on, because staff say so. Raises NotAnAddress and NoReason."""
    address, reason = address.strip().lower(), " ".join(reason.split())
    try:
        validate_email(address)
    except ValidationError as error:
        raise NotAnAddress from error
    if not reason:
        raise NoReason
    stopped = suppress_address(address=address, reason=reason, now=now)
    write_line(what="address.stopped", thing="address", reference=_reference(address), by=by, now=now)
    return stopped


@transaction.atomic
def allow_address(*, suppression: Suppression, reason: str, by: User, now: datetime) -> bool:
    """Mail may go there again, for the reason given. False: somebody lifted it meanwhile. Raises NoReason."""
    reason = " ".join(reason.split())
    if not reason:
        raise NoReason
    lifted = lift_suppression(address=suppression.address, reason=reason, now=now, by=by)
    if lifted:
        write_line(what="address.allowed", thing="address", reference=_reference(suppression.address), by=by, now=now)
    return lifted


@transaction.atomic
def stop_again(*, suppression: Suppression, by: User, now: datetime) -> Suppression:
    """Undo of `allow_address`: the same cause, reason and evidence hold again."""
    again = suppress_address(
        address=suppression.address,
        reason=suppression.reason,
        now=now,
        cause=suppression.cause,
        evidence=suppression.evidence,
        until=suppression.until,
    )
    write_line(what="address.stopped", thing="address", reference=_reference(suppression.address), by=by, now=now)
    return again


def _reference(address: str) -> str:
    """The random reference of the one patron with this address; empty where there is none, or several."""
    found = list(Patron.objects.filter(email__iexact=address)[:2])
    return reference_of(found[0]) if len(found) == 1 else ""
