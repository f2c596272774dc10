"""Addresses that get no mail, whoever they belong to."""

from datetime import datetime

from django.db import transaction

from patrons.models import Suppression


def suppress_address(*, address: str, reason: str, now: datetime) -> Suppression:
    """From now on nothing is mailed to this address. An address already suppressed keeps its first reason."""
    with transaction.atomic():
        suppression, _new = Suppression.objects.get_or_create(
            address=address.strip().lower(), lifted_at=None, defaults={"reason": reason[:200], "created_at": now}
        )
    return suppression


def lift_suppression(*, address: str, reason: str, now: datetime) -> bool:
    """Allow mail to this address again, with the reason. False: it was not suppressed. The line stays."""
    with transaction.atomic():
        active = Suppression.objects.active().filter(address=address.strip().lower())
        return active.update(lifted_at=now, lifted_reason=reason[:200]) > 0
