"""People who never proved their address are forgotten (DESIGN section 6, who is who)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from outreach.models import Request, Thread
from patrons.models import Patron
from patrons.querysets import PatronQuerySet
from relcrm.desk.services.privacy import erase_patron

KEPT_FOR = timedelta(days=60)


def forget_unproved(*, now: datetime) -> int:
    """Erase provisional patrons 60 days after their last letter or answer; returns how many.

    Whoever still waits for one stays. Without any the time counts from what they last did.
    """
    if not Patron.objects.unproved_since(now - KEPT_FOR).exists():  # most ticks
        return 0
    forgotten = 0
    for pk in list(_forgettable(now).values_list("pk", flat=True)):
        forgotten += _forget(pk, now)
    return forgotten


def _forgettable(now: datetime) -> PatronQuerySet:
    since = now - KEPT_FOR
    requests = Request.objects.filter(patron=OuterRef("pk"))
    alive = requests.filter(
        Q(state__in=["held", "waiting"])
        | Q(asked_at__gte=since)
        | Q(withdrawn_at__gte=since)
        | Q(letter__sent_at__gte=since)
    )
    talking = Thread.objects.filter(patron=OuterRef("pk")).spoken_in_since(since)
    return Patron.objects.unproved_since(since).filter(~Exists(alive), ~Exists(talking)).order_by("pk")


def _forget(pk: int, now: datetime) -> int:
    """One person in one transaction; 0 when they proved their address meanwhile."""
    with transaction.atomic():
        patron = _forgettable(now).select_for_update().filter(pk=pk).first()
        if patron is None:
            return 0
        erase_patron(patron=patron, now=now)
    return 1
