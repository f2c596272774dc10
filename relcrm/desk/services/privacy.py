"""A person's rights over every floor: see everything, end the profile, stop everything, be erased."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction

from catalog.services import privacy as catalog
from engagement.services import privacy as engagement
from library.services import privacy as library
from library.services.audit import write_line
from outreach.services import privacy as outreach
from outreach.services.taste import forget_taste
from patrons.models import AuditReference, Consent, Patron
from patrons.services import privacy as patrons
from patrons.services.consents import withdraw_consent
from patrons.services.references import reference_of
from relcrm.desk.services.exporting import drop_exports_with
from relcrm.desk.services.leftovers import drop_files_with


def export_patron(*, patron: Patron, now: datetime) -> dict[str, Any]:
    """Everything kept about a person, as plain JSON values; times in ISO 8601. Changes nothing."""
    reference = AuditReference.objects.filter(patron=patron).values_list("reference", flat=True).first() or ""
    kept = {
        "exported_at": now,
        **patrons.export_for(patron=patron),
        **outreach.export_for(patron=patron),
        **engagement.export_for(patron=patron, now=now),
        **catalog.export_for(),
        **library.export_for(words=patrons.words_of(patron), reference=reference),
    }
    plain: dict[str, Any] = json.loads(json.dumps(kept, cls=DjangoJSONEncoder))
    return plain


def record_export(*, patron: Patron, now: datetime) -> None:
    """Write down that everything about a person was taken out: by themselves, or with a command."""
    write_line(what="patron.exported", thing="patron", reference=reference_of(patron), now=now)


@transaction.atomic
def erase_patron(*, patron: Patron, now: datetime, for_good: bool = True) -> None:
    """Erase a person everywhere, from the top floor down; what is counted stays, without a name.

    `for_good` leaves tombstones, so that no import brings the old record back (patrons.services.tombstones).
    """
    write_line(what="patron.erased", thing="patron", reference=reference_of(patron), now=now)
    words, lines = patrons.words_of(patron), patrons.places_in_files(patron)
    drop_exports_with(patron=patron)
    outreach.erase_for(patron=patron)
    engagement.erase_for(patron=patron, now=now)
    patrons.erase_for(patron=patron, now=now, for_good=for_good)
    catalog.erase_for()
    library.erase_for(words=words, lines=lines)
    transaction.on_commit(lambda: drop_files_with(words=words, now=now), robust=True)


@transaction.atomic
def withdraw_profile(*, patron: Patron, now: datetime) -> bool:
    """End the profile: consent, score, stage, taste and the name on ledger lines go at once. False: there was none."""
    withdrawn = withdraw_consent(patron=patron, purpose=Consent.Purpose.PROFILE, now=now)
    engagement.end_profile(patron=patron, now=now)
    forget_taste(patron=patron)
    return withdrawn
