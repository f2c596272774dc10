"""Gifts to the library: what was given, by how many, and where the giver stood before."""

from __future__ import annotations

from engagement.services.counting.slicing import LINE, RULE, sums_of

# outcome, outcome:<outcome>; giver_stage:<stage before the gift, or none without a profile>, of which only the people
# are shown: exact numbers on two sides would tell what either side hides.
OUTCOMES = sums_of(f"""
WITH rule AS MATERIALIZED ({RULE} AND rule.outcome <> '')
SELECT measure, amount, person, patron_id, day, branch, audience, language
FROM ({LINE} AND line.kind = ANY(ARRAY(SELECT kind FROM rule))) AS line JOIN rule ON rule.kind = line.kind
CROSS JOIN LATERAL (SELECT CASE WHEN line.patron_id IS NULL THEN 'none' ELSE coalesce(
    (SELECT after FROM engagement_stagechange AS change WHERE change.patron_id = line.patron_id AND change.at < line.at
     ORDER BY change.at DESC LIMIT 1), 'basic') END AS stage) AS stood
CROSS JOIN LATERAL (VALUES ('outcome', 1), ('outcome:' || rule.outcome, 1), ('giver_stage:' || stage, 1))
    AS fact (measure, amount)
""")  # noqa: S608  (fixed words)
