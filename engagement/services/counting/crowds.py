"""How many letters each address was promised: what is known of the readers behind lines that name nobody."""

from __future__ import annotations

from engagement.services.counting.slicing import Counting

# crowd:<letters>: addresses with so many promised letters in the period and 400 days before it. Never shown: it says
# how many people at least stand behind lines without a patron (docs/decisions/0007-small-numbers.md).
CROWDS = Counting("""
WITH promised AS (
    SELECT coalesce(promise.branch_id::text, '') AS branch,
        coalesce(nullif(lower(patron.email), ''), patron.public_id, '') AS person
    FROM engagement_promise AS promise LEFT JOIN patrons_patron AS patron ON patron.id = promise.patron_id
    WHERE promise.kind = 'letter' AND promise.made_at >= %(start)s - interval '400 days' AND promise.made_at < %(end)s
), persons AS (
    SELECT grouping(branch) AS level, branch, person, count(*) AS letters
    FROM promised GROUP BY GROUPING SETS ((branch, person), (person))
)
SELECT 'crowd:' || letters, CASE level WHEN 0 THEN 'branch' ELSE '' END, coalesce(branch, ''), count(*)::float8, 0, 0
FROM persons GROUP BY level, branch, letters
""")
