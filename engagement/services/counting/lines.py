"""What the ledger says: lines, points and staff minutes by kind, and who stands behind them."""

from __future__ import annotations

# First one row for each person, kind and place, and only then the slices: a quarter of a large library has a million
# lines, but a fifth as many rows. A person is the number of an address, since whoever shares one counts as one
# (docs/decisions/0007-small-numbers.md); a sum of points rests only on the lines that brought such points.
LINES = """
WITH line AS (
    SELECT kind, branch_id, audience, language, patron_id, count(*)::integer AS lines,
        sum(transactional) AS transactional, sum(relational) AS relational, sum(minutes)::integer AS minutes,
        (count(*) FILTER (WHERE transactional > 0))::integer AS with_transactional,
        (count(*) FILTER (WHERE relational > 0))::integer AS with_relational,
        (count(*) FILTER (WHERE minutes > 0))::integer AS with_minutes
    FROM engagement_interaction WHERE day BETWEEN %(first)s AND %(last)s
    GROUP BY kind, branch_id, audience, language, patron_id
), named AS (
    SELECT line.*,
        CASE WHEN patron.email = '' THEN patron.id ELSE hashtextextended(lower(patron.email), 0) END AS person
    FROM line LEFT JOIN patrons_patron AS patron ON patron.id = line.patron_id
), persons AS (
    SELECT grouping(branch_id, audience, language) AS level, grouping(kind) AS of_all, branch_id, audience, language,
        kind, person, sum(lines)::integer AS lines, sum(transactional) AS transactional,
        sum(relational) AS relational, sum(minutes)::integer AS minutes,
        sum(with_transactional)::integer AS with_transactional, sum(with_relational)::integer AS with_relational,
        sum(with_minutes)::integer AS with_minutes
    FROM named GROUP BY GROUPING SETS (
        (person, branch_id, kind), (person, audience, kind), (person, language, kind), (person, kind),
        (person, branch_id), (person, audience), (person, language), (person))
), counted AS (
    SELECT CASE level WHEN 3 THEN 'branch' WHEN 5 THEN 'audience' WHEN 6 THEN 'language' ELSE '' END AS by,
        coalesce(branch_id::text, audience, language, '') AS slice, kind,
        sum(lines) AS lines, count(person) AS people, sum(lines) FILTER (WHERE person IS NULL) AS nobody,
        sum(transactional) AS transactional, count(person) FILTER (WHERE with_transactional > 0) AS people_t,
        sum(with_transactional) FILTER (WHERE person IS NULL) AS nobody_t,
        sum(relational) AS relational, count(person) FILTER (WHERE with_relational > 0) AS people_r,
        sum(with_relational) FILTER (WHERE person IS NULL) AS nobody_r,
        sum(minutes) AS minutes, count(person) FILTER (WHERE with_minutes > 0) AS people_m,
        sum(with_minutes) FILTER (WHERE person IS NULL) AS nobody_m
    FROM persons GROUP BY level, of_all, branch_id, audience, language, kind
)
SELECT measure || coalesce(':' || kind, ''), by, slice, value, known, coalesce(unknown, 0)::bigint
FROM counted, LATERAL (VALUES
    ('lines', lines::float8, people, nobody), ('transactional', transactional, people_t, nobody_t),
    ('relational', relational, people_r, nobody_r), ('minutes', minutes::float8, people_m, nobody_m)
) AS said (measure, value, known, unknown)
WHERE value > 0
"""
