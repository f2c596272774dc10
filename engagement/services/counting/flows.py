"""Who moved from which rung to which within a period: from where they stood before it to where they stood at its end.

Whoever went up and came back is no flow, so stages at the end are those at the start with what came and what went.
"""

from __future__ import annotations

from engagement.services.counting.persons import readers_of

FLOWS = readers_of("""
    SELECT patron_id, 'flow:' || before || '>' || after AS measure
    FROM (
        SELECT patron_id, (array_agg(before ORDER BY at, id))[1] AS before,
            (array_agg(after ORDER BY at DESC, id DESC))[1] AS after
        FROM engagement_stagechange WHERE at >= %(start)s AND at < %(end)s GROUP BY patron_id
    ) AS moved
    WHERE before <> after
""")
