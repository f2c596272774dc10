"""The random name under which a patron stands in the audit lines."""

from __future__ import annotations

import secrets

from patrons.models import AuditReference, Patron


def reference_of(patron: Patron) -> str:
    """The patron's random name; made at the first need. Once the person is erased it says nothing."""
    reference, _new = AuditReference.objects.get_or_create(
        patron=patron, defaults={"reference": secrets.token_urlsafe(15)}
    )
    return reference.reference
