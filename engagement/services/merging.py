"""Two records turn out to be one person: what engagement keeps of the one follows to the other."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from engagement.models import Interaction, Loan, NeedAsk, Note, Promise
from engagement.services.history import let_go_of
from engagement.services.recounting import forget_profile, recount_patron
from patrons.models import Consent, Patron


@transaction.atomic
def merge_records(*, gone: Patron, kept: Patron, now: datetime) -> int:
    """Promises, notes, loans and ledger lines of `gone` become those of `kept`, who is recounted; how many lines moved.

    Without profile consent of `kept` the lines lose their patron instead (law 6), and returned loans as `kept` keeps
    a reading history. Score and stage of `gone` go.
    """
    Promise.objects.filter(patron=gone).update(patron=kept)
    Note.objects.filter(patron=gone).update(patron=kept)
    NeedAsk.objects.filter(patron=gone).update(patron=kept)
    Loan.objects.filter(patron=gone).update(patron=kept)
    profile = Consent.objects.filter(purpose=Consent.Purpose.PROFILE, patron__in=[gone, kept]).order_by("pk")
    held = list(profile.select_for_update(no_key=True))
    moved = 0
    if any(consent.patron_id == kept.pk and consent.withdrawn_at is None for consent in held):
        moved = Interaction.objects.filter(patron=gone).update(patron=kept)
    forget_profile(patron=gone, now=now)
    let_go_of([kept.pk])
    if moved:
        recount_patron(patron=kept, now=now)
    return moved
