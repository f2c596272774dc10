"""What is kept about who a person is and what they agreed to: handed out, and erased."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from patrons.models import Card, Consent, FormerNumber, Patron, Suppression
from patrons.services.erasing import erase_patron

CONSENT_FIELDS = ("purpose", "wording", "wording_version", "language", "how", "given_at", "withdrawn_at")
SUPPRESSION_FIELDS = ("reason", "created_at", "lifted_at", "lifted_reason")


def export_for(*, patron: Patron) -> dict[str, Any]:
    """Everything this app keeps about the patron, in plain values."""
    suppressions = Suppression.objects.filter(address=patron.email.lower()).exclude(address="")
    return {
        "patron": {
            "public_id": patron.public_id,
            "name": patron.name,
            "email": patron.email,
            "language": patron.language,
            "audience": patron.audience,
            "branch": patron.branch.name if patron.branch else None,
            "time_zone": patron.time_zone or None,
            "address_proved_at": patron.proved_at,
            "kept_since": patron.created_at,
            "cards": list(Card.objects.filter(patron=patron).values_list("number", flat=True)),
            "joined_records": list(FormerNumber.objects.filter(patron=patron).values_list("number", flat=True)),
        },
        "consents": list(Consent.objects.filter(patron=patron).order_by("given_at").values(*CONSENT_FIELDS)),
        "no_mail_to_this_address": list(suppressions.order_by("created_at").values(*SUPPRESSION_FIELDS)),
    }


@transaction.atomic
def erase_for(*, patron: Patron) -> None:
    """Delete the record; the apps above have taken out what is theirs. No suppression is made."""
    erase_patron(patron=patron)
