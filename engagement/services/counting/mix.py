"""The contact mix: what readers did towards us, in the six groups of the rules, and what we did towards them."""

from __future__ import annotations

from engagement.services.counting.slicing import EVERYWHERE, PERSON, RULE

# mix, mix:<group> for what readers started; ours, ours:<kind> for what the library started. First one row for each
# reader, kind and place: a quarter of a large library has a million lines.
MIX = f"""
WITH line AS MATERIALIZED (
    SELECT kind, started_by, branch_id, audience, language, patron_id, count(*) AS lines
    FROM engagement_interaction WHERE day BETWEEN %(first)s AND %(last)s
    GROUP BY kind, started_by, branch_id, audience, language, patron_id
), rule AS MATERIALIZED ({RULE}), said AS (
    SELECT CASE WHEN started_by = 'library' THEN 'ours' ELSE 'mix' END AS family,
        CASE WHEN started_by = 'library' THEN line.kind ELSE rule."group" END AS key, lines,
        coalesce(line.branch_id::text, '') AS branch, line.audience, line.language,
        {PERSON} AS person
    FROM line JOIN rule ON rule.kind = line.kind LEFT JOIN patrons_patron AS patron ON patron.id = line.patron_id
    WHERE started_by = 'library' OR rule."group" <> ''
)
SELECT measure, by, slice, sum(lines)::float8, count(DISTINCT person),
    coalesce(sum(lines) FILTER (WHERE person IS NULL), 0)::bigint
FROM said, LATERAL (VALUES (family), (family || ':' || key)) AS fact (measure), {EVERYWHERE}
GROUP BY measure, by, slice
"""  # noqa: S608  (fixed words)
