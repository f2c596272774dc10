"""Who is likely to come back, of the readers with a profile, as counted last night.

A chance holds for the day it was counted on, so it is counted while a period runs. `drifting:none`: readers on file who
are not measured.
"""

from __future__ import annotations

from engagement.services.counting.persons import readers_of
from engagement.services.drift_model import STEADY, WATCH

ROWS = """
    SELECT patron.id AS patron_id,
        CASE WHEN drift.chance >= {steady} THEN 'drifting:steady' WHEN drift.chance >= {watch} THEN 'drifting:watch'
            WHEN drift.chance < {watch} THEN 'drifting:slipping' ELSE 'drifting:none' END AS measure
    FROM patrons_patron AS patron
    LEFT JOIN (
        SELECT drift.* FROM engagement_drift AS drift JOIN patrons_consent AS consent
            ON consent.patron_id = drift.patron_id AND consent.purpose = 'profile' AND consent.withdrawn_at IS NULL
    ) AS drift ON drift.patron_id = patron.id
    WHERE patron.standing = 'own' AND patron.gone_at IS NULL
"""
DRIFTING = readers_of(ROWS.format(steady=STEADY, watch=WATCH))
