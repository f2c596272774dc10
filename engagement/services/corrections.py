"""What a reader puts right in the ledger: "this was not me". The line stays countable, the score is counted anew."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from engagement.models import Interaction, Loan
from engagement.services.changed_months import CORRECTED as LINES_CORRECTED
from engagement.services.changed_months import note_changed_months
from engagement.services.holding import hold_profile
from engagement.services.recounting import recount_patron
from patrons.models import Patron

CORRECTED = "corrected"


@dataclass(frozen=True)
class Disowned:
    """What a line knew before it was taken from its reader, for the way back. `loan`: a kept loan went with it."""

    line: int
    at: str
    title: int | None
    thread: int | None
    loan: bool


@transaction.atomic
def disown_line(*, patron: Patron, line: int, now: datetime) -> Disowned | None:
    """Take the reader, time, title and thread out of one of their lines; None where it is not theirs.

    A returned loan kept with the line forgets them too. The score is recounted without the line, exactly.
    """
    hold_profile(patron)
    row = Interaction.objects.select_for_update().filter(pk=line, patron=patron).first()
    if row is None or row.at is None:
        return None
    loans = Loan.objects.filter(source_key=row.source_key, patron=patron).exclude(returned_at=None, returned_as="")
    known = Disowned(row.pk, row.at.isoformat(), row.title_id, row.thread, loans.update(patron=None, let_go=True) > 0)
    Interaction.objects.filter(pk=row.pk).update(patron=None, at=None, title=None, thread=None)
    note_changed_months(days=[row.day], because=LINES_CORRECTED, now=now)
    recount_patron(patron=patron, now=now, because=CORRECTED)
    return known


@transaction.atomic
def own_line(*, patron: Patron, known: Disowned, now: datetime) -> bool:
    """Undo `disown_line`. False: the line is somebody's by now, or the reader's profile has ended."""
    if not hold_profile(patron):
        return False
    facts = {"at": datetime.fromisoformat(known.at), "title": known.title, "thread": known.thread}
    row = Interaction.objects.select_for_update().filter(pk=known.line, patron=None).first()
    if row is None:
        return False
    Interaction.objects.filter(pk=row.pk).update(patron=patron, **facts)
    if known.loan:
        Loan.objects.filter(source_key=row.source_key, patron=None).update(patron=patron, let_go=False)
    note_changed_months(days=[row.day], because=LINES_CORRECTED, now=now)
    recount_patron(patron=patron, now=now, because=CORRECTED)
    return True
