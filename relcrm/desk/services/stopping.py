"""One button that stops everything, and the way back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from outreach.services.unsubscribing import stop_mail
from patrons.models import Consent, Patron
from patrons.services.consents import NotForChildren, NoWording, give_consent
from patrons.services.suppressions import lift_suppression, suppress_address
from relcrm.desk.services.privacy import withdraw_profile

BECAUSE = "The reader asked for it on their own page."


@transaction.atomic
def stop_everything(*, patron: Patron, now: datetime) -> list[str]:
    """Every consent ends and nothing is mailed to the address any more; returns the purposes that were in force.

    With the profile go taste and score, which the way back does not bring again.
    """
    held = list(Consent.objects.active().filter(patron=patron).order_by("pk").values_list("purpose", flat=True))
    stop_mail(patron=patron, purposes=[one for one in held if one != Consent.Purpose.PROFILE], by_hand=False, now=now)
    if Consent.Purpose.PROFILE in held:
        withdraw_profile(patron=patron, now=now)
    if patron.email:
        suppress_address(address=patron.email, reason=BECAUSE, now=now, cause="reader")
    return held


@transaction.atomic
def start_again(*, patron: Patron, purposes: Iterable[str], now: datetime) -> None:
    """Undo: mail may go to the address, and the reader agrees again to these purposes, in today's words."""
    if patron.email:
        lift_suppression(address=patron.email, reason=BECAUSE, now=now)
    for purpose in purposes:
        try:
            give_consent(patron=patron, purpose=purpose, language=patron.language, how="my page", now=now)
        except (NoWording, NotForChildren):
            continue
