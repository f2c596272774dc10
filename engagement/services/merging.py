"""Two records turn out to be one person: what engagement keeps of the one follows to the other."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from engagement.models import Interaction, Loan, NeedAsk, Note, Promise, Pulse, ReaderType
from engagement.services.changed_months import JOINED, note_months_of
from engagement.services.history import let_go_of
from engagement.services.recounting import forget_profile, recount_patron
from patrons.models import Consent, Patron


@transaction.atomic
def merge_records(*, gone: Patron, kept: Patron, now: datetime) -> int:
    """Promises, notes, loans and ledger lines of `gone` become those of `kept`, who is recounted; how many lines moved.

    Without profile consent of `kept` the lines lose their patron instead (law 6), and returned loans as `kept` keeps
    a reading history. Score, stage and what staff set of `gone` go; what its reader said of their type holds for both.
    """
    note_months_of(patrons=[gone.pk], because=JOINED, now=now)
    Promise.objects.filter(patron=gone).update(patron=kept)
    Note.objects.filter(patron=gone).update(patron=kept)
    NeedAsk.objects.filter(patron=gone).update(patron=kept)
    Loan.objects.filter(patron=gone).update(patron=kept)
    Pulse.objects.filter(patron=gone).update(patron=kept)
    profile = Consent.objects.filter(purpose=Consent.Purpose.PROFILE, patron__in=[gone, kept]).order_by("pk")
    held = list(profile.select_for_update(no_key=True))
    moved = 0
    if any(consent.patron_id == kept.pk and consent.withdrawn_at is None for consent in held):
        moved = Interaction.objects.filter(patron=gone).update(patron=kept)
        _keep_word(gone, kept)
    forget_profile(patron=gone, now=now)
    let_go_of([kept.pk])
    if moved:
        recount_patron(patron=kept, now=now)
    return moved


def _keep_word(gone: Patron, kept: Patron) -> None:
    """A reader's own word about their type, where the record kept has none."""
    said = ReaderType.objects.filter(patron=gone, said_at__isnull=False).first()
    if said is None or ReaderType.objects.filter(patron=kept, said_at__isnull=False).exists():
        return
    word = {"said": said.said, "none_of_these": said.none_of_these, "said_at": said.said_at}
    untold: dict[str, Any] = {"told": "", "facts": {}, "told_on": None} if said.none_of_these else {}
    ReaderType.objects.update_or_create(patron=kept, defaults={**word, **untold})
