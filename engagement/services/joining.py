"""Two records turn out to be one person: what engagement keeps of the one follows to the other."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from engagement.models import Interaction, Promise
from engagement.services.recounting import forget_profile, recount_patron
from patrons.models import Consent, Patron


@transaction.atomic
def join_records(*, provisional: Patron, into: Patron, now: datetime) -> int:
    """Promises and ledger lines of `provisional` become those of `into`, who is recounted; how many lines moved.

    Without profile consent of `into` the lines lose their patron instead (law 6). Score and stage of `provisional` go.
    """
    Promise.objects.filter(patron=provisional).update(patron=into)
    profile = Consent.objects.filter(purpose=Consent.Purpose.PROFILE, patron__in=[provisional, into]).order_by("pk")
    held = list(profile.select_for_update(no_key=True))
    moved = 0
    if any(consent.patron_id == into.pk and consent.withdrawn_at is None for consent in held):
        moved = Interaction.objects.filter(patron=provisional).update(patron=into)
    forget_profile(patron=provisional, now=now)
    if moved:
        recount_patron(patron=into, now=now)
    return moved
