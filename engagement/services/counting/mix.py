"""The contact mix: what readers did towards us, in the six groups of the rules, and what we did towards them."""

from __future__ import annotations

from engagement.services.counting.slicing import EVERYWHERE, LINE, RULE, Counting

# mix, mix:<group> for what readers started; ours, ours:<kind> for what the library started. First one row for each
# reader, kind and place: a quarter of a large library has a million lines. Rows that are neither are `use`.
MIX = Counting(
    f"""
WITH line AS MATERIALIZED (
    SELECT kind, started_by, branch, audience, language, person, count(*) AS lines FROM ({LINE}) AS line
    GROUP BY kind, started_by, branch, audience, language, person
), rule AS MATERIALIZED ({RULE}), said AS (
    SELECT CASE WHEN started_by = 'library' THEN 'ours' ELSE 'mix' END AS family,
        CASE WHEN started_by = 'library' THEN line.kind ELSE rule."group" END AS key, lines, branch, audience, language,
        person
    FROM line JOIN rule ON rule.kind = line.kind WHERE started_by = 'library' OR rule."group" <> ''
), placed AS (
    SELECT measure, by, slice, person, sum(lines) AS lines
    FROM said, LATERAL (VALUES (family), (family || ':' || key)) AS fact (measure), {EVERYWHERE}
    GROUP BY measure, by, slice, person
)
SELECT measure, by, slice, sum(lines)::float8, count(person),
    coalesce(sum(lines) FILTER (WHERE person IS NULL), 0)::bigint
FROM placed GROUP BY measure, by, slice
""",  # noqa: S608  (fixed words)
    f"""
SELECT measure, 1 AS amount, patron_id, day, branch, audience, language
FROM ({LINE} AND line.patron_id IS NOT NULL) AS line JOIN ({RULE}) AS rule ON rule.kind = line.kind,
    LATERAL (VALUES (CASE WHEN started_by = 'library' THEN 'ours' WHEN rule."group" <> '' THEN 'mix' ELSE 'use' END,
        CASE WHEN started_by = 'library' THEN line.kind ELSE rule."group" END)) AS said (family, key),
    LATERAL (VALUES (family), (family || ':' || key)) AS fact (measure)
""",  # noqa: S608  (fixed words)
)
