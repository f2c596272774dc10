"""The frame most counters share: rows become cells of all of it, of each branch, each audience and each language."""

from __future__ import annotations

# Who `patron` is: the number of an address, since whoever shares one counts as one person
# (docs/decisions/0007-small-numbers.md). Numbers are told apart much sooner than texts.
PERSON = "CASE WHEN patron.email = '' THEN patron.id ELSE hashtextextended(lower(patron.email), 0) END"
# A line of the ledger with its place and the person on it.
LINE = f"""
SELECT line.*, coalesce(line.branch_id::text, '') AS branch,
    {PERSON} AS person
FROM engagement_interaction AS line LEFT JOIN patrons_patron AS patron ON patron.id = line.patron_id
WHERE line.day BETWEEN %(first)s AND %(last)s
"""  # noqa: S608  (fixed words)
# What the rules in force say of a kind.
RULE = """
SELECT rule.kind, rule."group", rule.outcome FROM engagement_rule AS rule
WHERE rule.version_id = (SELECT id FROM engagement_ruleversion ORDER BY number DESC LIMIT 1)
"""
# A promise with its place; audience and language are those of its reader, while there is one.
PROMISE = f"""
SELECT promise.*, coalesce(promise.branch_id::text, '') AS branch, coalesce(patron.audience, '') AS audience,
    coalesce(patron.language, '') AS language, {PERSON} AS person
FROM engagement_promise AS promise LEFT JOIN patrons_patron AS patron ON patron.id = promise.patron_id
"""  # noqa: S608  (fixed words)
EVERYWHERE = (
    "LATERAL (VALUES ('', ''), ('branch', branch), ('audience', audience), ('language', language)) AS part (by, slice)"
)
WHOLE = "(VALUES ('', '')) AS part (by, slice)"
NOBODY = "coalesce(sum(nobody), 0)::bigint"
# Where things of several kinds are counted together, only one kind that every letter brings once can tell how many
# people are behind those that name nobody: of the others all may be one person's. `rows` says which in `once`.
NOBODY_ONCE = "greatest(coalesce(sum(nobody_once), 0)::bigint, (sum(nobody) > 0)::integer)"
# First one row for each person and place, and only then the slices.
SUMS = """
WITH said AS ({rows}), together AS (
    SELECT measure{places}, person, sum(amount) AS amount, count(*) FILTER (WHERE person IS NULL) AS nobody,
        {once} AS nobody_once
    FROM said WHERE amount > 0 GROUP BY measure{places}, person
)
SELECT measure, by, slice, sum(amount)::float8, count(DISTINCT person), {nobody}
FROM together, {slices}
GROUP BY measure, by, slice
"""
MIDDLES = """
WITH said AS ({rows})
SELECT measure || ':' || key, by, slice, percentile_cont(point) WITHIN GROUP (ORDER BY amount),
    count(DISTINCT person), count(*) FILTER (WHERE person IS NULL)
FROM said, {slices}, (VALUES ('median', 0.5), ('p90', 0.9)) AS place (key, point)
GROUP BY measure, key, point, by, slice
"""


def sums_of(rows: str, *, slices: str = EVERYWHERE, nobody: str = NOBODY) -> str:
    """The counter that adds up `rows`: a SELECT of measure, amount, person, branch, audience and language."""
    once = "count(*) FILTER (WHERE person IS NULL AND once)" if nobody == NOBODY_ONCE else "0"
    places = "" if slices == WHOLE else ", branch, audience, language"
    return SUMS.format(rows=rows, slices=slices, nobody=nobody, once=once, places=places)


def middles_of(rows: str) -> str:
    """The counter of the median and the 9-of-10 of `rows`, as the keys median and p90 of their measure."""
    return MIDDLES.format(rows=rows, slices=EVERYWHERE)
