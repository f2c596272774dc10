"""Addresses that get no mail, whoever they belong to."""

from datetime import datetime

from django.db import transaction

from library.models import User
from patrons.models import Suppression

# What a machine reports weighs less than what a person says, and the reader's own word most.
WEIGHT = ["pause", "no_mailbox", "staff", "reader", "complaint"]


def suppress_address(
    *, address: str, reason: str, now: datetime, cause: str = "staff", evidence: str = "", until: datetime | None = None
) -> Suppression:
    """From now on nothing is mailed to this address, or not before `until`.

    `evidence` is what another mail server said. Of several causes the one that weighs most stays, in whichever order
    they come; of equal ones, the first.
    """
    facts = {"cause": cause, "reason": reason[:200], "evidence": evidence[:300], "until": until}
    with transaction.atomic():
        suppression, new = Suppression.objects.get_or_create(
            address=address.strip().lower(), lifted_at=None, defaults={"created_at": now, **facts}
        )
        if not new and WEIGHT.index(cause) > WEIGHT.index(suppression.cause):
            Suppression.objects.filter(pk=suppression.pk).update(**facts)
            suppression.refresh_from_db()
    return suppression


def lift_suppression(*, address: str, reason: str, now: datetime, by: User | None = None) -> bool:
    """Allow mail to this address again, with the reason. False: it was not suppressed. The line stays."""
    with transaction.atomic():
        active = Suppression.objects.active().filter(address=address.strip().lower())
        return active.update(lifted_at=now, lifted_reason=reason[:200], lifted_by=by) > 0


def lift_ended_pauses(*, now: datetime) -> int:
    """Pauses whose time is over end by themselves; returns how many."""
    return Suppression.objects.active().filter(until__lte=now).update(lifted_at=now, lifted_reason="The pause is over.")
