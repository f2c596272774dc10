"""Taking a patron's profile consent before a line of theirs is corrected or forgotten (see `ledger`)."""

from __future__ import annotations

from django.db import connection

from patrons.models import Patron
from relcrm.kit.prepared import Prepared

HOLD = """
    SELECT id FROM patrons_consent WHERE patron_id = %(patron)s AND purpose = 'profile' AND withdrawn_at IS NULL
    FOR NO KEY UPDATE
"""
HOLD_PROFILE = Prepared("relcrm_hold_profile", HOLD, {"patron": "bigint"})


def hold_profile(patron: Patron) -> bool:
    """Whether the patron's profile consent is in force, and that it stays so until this transaction ends."""
    with connection.cursor() as cursor:
        HOLD_PROFILE.execute(cursor, {"patron": patron.pk})
        return cursor.fetchone() is not None
