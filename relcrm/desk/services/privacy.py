"""A person's rights over every floor: see everything, end the profile, be erased."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction

from engagement.services import privacy as engagement
from engagement.services.scores import forget_profile
from outreach.services import privacy as outreach
from outreach.services.taste import forget_taste
from patrons.models import Consent, Patron
from patrons.services import privacy as patrons
from patrons.services.consents import withdraw_consent


def export_patron(*, patron: Patron, now: datetime) -> dict[str, Any]:
    """Everything kept about a person, as plain JSON values; times in ISO 8601. Changes nothing."""
    kept = {
        "exported_at": now,
        **patrons.export_for(patron=patron),
        **outreach.export_for(patron=patron),
        **engagement.export_for(patron=patron, now=now),
    }
    plain: dict[str, Any] = json.loads(json.dumps(kept, cls=DjangoJSONEncoder))
    return plain


@transaction.atomic
def erase_patron(*, patron: Patron, now: datetime) -> None:
    """Erase a person everywhere, from the top floor down; what is counted stays, without a name."""
    outreach.erase_for(patron=patron)
    engagement.erase_for(patron=patron, now=now)
    patrons.erase_for(patron=patron)


@transaction.atomic
def withdraw_profile(*, patron: Patron, now: datetime) -> bool:
    """End the profile: consent, score, stage, taste and the name on ledger lines go at once. False: there was none."""
    withdrawn = withdraw_consent(patron=patron, purpose=Consent.Purpose.PROFILE, now=now)
    forget_profile(patron=patron, now=now)
    forget_taste(patron=patron)
    return withdrawn
