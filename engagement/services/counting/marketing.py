"""The transactional side libraries have had all along: likes, shares, sign-ups, in aggregate only."""

from __future__ import annotations

from engagement.services.counting.slicing import Counting

# marketing:<measure>, marketing_of:<measure>:<channel, as far as it fits>. Nobody is named on these; each is taken for
# one person, so that three likes show as few.
MARKETING = Counting("""
WITH number AS (
    SELECT measure, left(channel, 30) AS channel, coalesce(branch_id::text, '') AS branch, value
    FROM engagement_marketingnumber WHERE day BETWEEN %(first)s AND %(last)s
)
SELECT name, by, slice, sum(value)::float8, least(sum(value), 2147483647)::integer, 0
FROM number, LATERAL (VALUES ('', ''), ('branch', branch)) AS part (by, slice),
    LATERAL (VALUES ('marketing:' || measure), ('marketing_of:' || measure || ':' || channel)) AS fact (name)
WHERE value > 0
GROUP BY name, by, slice
""")
