"""On which rung readers with a profile stood when a period ended, or stand now, told from the moves written down since.

`stages:none`: readers on file without a profile. Whoever has taken a profile back since stood nowhere. A move is proof
of a profile too: when two records become one, the newer word on consent is the one that is kept.
"""

from __future__ import annotations

from engagement.services.counting.persons import CONSENTING, readers_of

STAGES = readers_of(f"""
    SELECT patron.id AS patron_id, 'stages:' || CASE WHEN consent.patron_id IS NULL THEN 'none'
        ELSE coalesce(later.before, score.stage, 'basic') END AS measure
    FROM patrons_patron AS patron
    LEFT JOIN (SELECT DISTINCT patron_id FROM engagement_stagechange WHERE at < %(end)s) AS moved
        ON moved.patron_id = patron.id
    LEFT JOIN ({CONSENTING}) AS consent ON consent.patron_id = patron.id
        AND (consent.given_at < %(end)s OR moved.patron_id IS NOT NULL)
    LEFT JOIN engagement_score AS score ON score.patron_id = patron.id
    LEFT JOIN (
        SELECT DISTINCT ON (patron_id) patron_id, before FROM engagement_stagechange
        WHERE at >= %(end)s ORDER BY patron_id, at, id
    ) AS later ON later.patron_id = patron.id
    WHERE patron.created_at < %(end)s
        AND (consent.patron_id IS NOT NULL OR (patron.standing = 'own' AND patron.gone_at IS NULL))
""")  # noqa: S608  (fixed words)
