"""What the ledger says: lines, points and staff minutes by kind, and who stands behind them."""

from __future__ import annotations

from engagement.services.counting.slicing import LINE, Counting

# First one row for each person, kind and place, and only then the slices: a quarter of a large library has a million
# lines, but a fifth as many rows. A person is the number of an address, since whoever shares one counts as one
# (docs/decisions/0007-small-numbers.md); a sum of points rests only on the lines that brought such points.
PLACED = """
WITH line AS (
    SELECT kind, branch, audience, language, person, count(*)::integer AS lines,
        sum(transactional) AS transactional, sum(relational) AS relational, sum(minutes)::integer AS minutes,
        (count(*) FILTER (WHERE transactional > 0))::integer AS with_transactional,
        (count(*) FILTER (WHERE relational > 0))::integer AS with_relational,
        (count(*) FILTER (WHERE minutes > 0))::integer AS with_minutes
    FROM ({lines}) AS line GROUP BY kind, branch, audience, language, person
), persons AS (
    SELECT grouping(kind) AS of_all, {places}, kind, person, sum(lines)::integer AS lines,
        sum(transactional) AS transactional, sum(relational) AS relational, sum(minutes)::integer AS minutes,
        sum(with_transactional)::integer AS with_transactional, sum(with_relational)::integer AS with_relational,
        sum(with_minutes)::integer AS with_minutes
    FROM line GROUP BY GROUPING SETS ({sets})
), counted AS (
    SELECT CASE level WHEN 3 THEN 'branch' WHEN 5 THEN 'audience' WHEN 6 THEN 'language' ELSE '' END AS by,
        coalesce(branch, audience, language, '') AS slice, kind,
        sum(lines) AS lines, count(person) AS people, sum(lines) FILTER (WHERE person IS NULL) AS nobody,
        sum(transactional) AS transactional, count(person) FILTER (WHERE with_transactional > 0) AS people_t,
        sum(with_transactional) FILTER (WHERE person IS NULL) AS nobody_t,
        sum(relational) AS relational, count(person) FILTER (WHERE with_relational > 0) AS people_r,
        sum(with_relational) FILTER (WHERE person IS NULL) AS nobody_r,
        sum(minutes) AS minutes, count(person) FILTER (WHERE with_minutes > 0) AS people_m,
        sum(with_minutes) FILTER (WHERE person IS NULL) AS nobody_m
    FROM persons GROUP BY level, of_all, branch, audience, language, kind
)
SELECT measure || coalesce(':' || kind, ''), by, slice, value, known, coalesce(unknown, 0)::bigint
FROM counted, LATERAL (VALUES
    ('lines', lines::float8, people, nobody), ('transactional', transactional, people_t, nobody_t),
    ('relational', relational, people_r, nobody_r), ('minutes', minutes::float8, people_m, nobody_m)
) AS said (measure, value, known, unknown)
WHERE value > 0
"""
# By branch, audience, language and for all of it; or only for all of it, as a month is told.
EVERY_PLACE = "grouping(branch, audience, language) AS level, branch, audience, language"
EVERY_SET = "(person, kind), (person), " + ", ".join(
    f"(person, {place}), (person, {place}, kind)" for place in ("branch", "audience", "language")
)
NO_PLACE = "7 AS level, NULL::text AS branch, NULL::text AS audience, NULL::text AS language"
LINES = Counting(
    PLACED.format(lines=LINE, places=EVERY_PLACE, sets=EVERY_SET),
    f"""
SELECT measure, amount, patron_id, day, branch, audience, language
FROM ({LINE} AND line.patron_id IS NOT NULL AND (kind = ANY(%(keys)s) OR '' = ANY(%(keys)s))) AS line, LATERAL (VALUES
    ('lines', 1.0::float8), ('transactional', transactional), ('relational', relational), ('minutes', minutes)
) AS said (family, amount), LATERAL (VALUES (family), (family || ':' || kind)) AS fact (measure)
""",  # noqa: S608  (fixed words)
    PLACED.format(lines=LINE, places=NO_PLACE, sets="(person, kind), (person)"),
)
