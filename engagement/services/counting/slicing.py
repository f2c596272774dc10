"""The frame most counters share: rows become cells of all of it, of each branch, each audience and each language."""

from __future__ import annotations

from dataclasses import dataclass

# Who `patron` is: the number of an address, since whoever shares one counts as one person
# (docs/decisions/0007-small-numbers.md). Numbers are told apart much sooner than texts.
PERSON = "CASE WHEN patron.email = '' THEN patron.id ELSE hashtextextended(lower(patron.email), 0) END"
# A line of the ledger with its place and the person on it, and those of the period. `gathered` knows LINE by its words.
ANY_LINE = f"""
SELECT line.*, coalesce(line.branch_id::text, '') AS branch,
    {PERSON} AS person
FROM engagement_interaction AS line LEFT JOIN patrons_patron AS patron ON patron.id = line.patron_id
"""  # noqa: S608  (fixed words)
DAYS = "line.day BETWEEN %(first)s AND %(last)s"
LINE = f"{ANY_LINE} WHERE {DAYS}"
# What the rules in force say of a kind.
RULE = """
SELECT rule.kind, rule."group", rule.outcome FROM engagement_rule AS rule
WHERE rule.version_id = (SELECT id FROM engagement_ruleversion ORDER BY number DESC LIMIT 1)
"""
# A promise with its place; audience and language are those of its reader, while there is one.
PROMISE = f"""
SELECT promise.*, (due_at AT TIME ZONE %(zone)s)::date AS day, coalesce(promise.branch_id::text, '') AS branch,
    coalesce(patron.audience, '') AS audience,
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
# First one row for each person and place, then one for each person in each slice: to tell people apart by sorting all
# rows of a large quarter would take several times as long.
SUMS = """
WITH said AS ({rows}), together AS (
    SELECT measure{places}, person, sum(amount) AS amount, count(*) FILTER (WHERE person IS NULL) AS nobody,
        {once} AS nobody_once
    FROM said WHERE amount > 0 GROUP BY measure{places}, person
), placed AS (
    SELECT measure, by, slice, person, sum(amount) AS amount, sum(nobody) AS nobody, sum(nobody_once) AS nobody_once
    FROM together, {slices} GROUP BY measure, by, slice, person
)
SELECT measure, by, slice, sum(amount)::float8, count(person), {nobody}
FROM placed GROUP BY measure, by, slice
"""
MIDDLES = """
WITH said AS ({rows})
SELECT measure || ':' || key, by, slice, percentile_cont(point) WITHIN GROUP (ORDER BY amount),
    count(DISTINCT person), count(*) FILTER (WHERE person IS NULL)
FROM said, {slices}, (VALUES ('median', 0.5), ('p90', 0.9)) AS place (key, point)
GROUP BY measure, key, point, by, slice
"""


@dataclass(frozen=True)
class Counting:
    """How something is counted, and the rows that are counted.

    sql: one SELECT of (measure, by, slice, value, known, unknown). rows: one of measure, amount, patron_id, day,
    branch, audience and language, from which a number leads to its readers; empty where it may not, or names nobody.
    whole: as sql, without slices; empty where leaving them out saves nothing. few: of a table so small that a page can
    go through all its rows, as promises are.
    """

    sql: str
    rows: str = ""
    whole: str = ""
    few: bool = False


def sums_of(rows: str, *, slices: str = EVERYWHERE, nobody: str = NOBODY, few: bool = False) -> Counting:
    """Adds up `rows`, which also say `person`: who counts as one."""
    once = "count(*) FILTER (WHERE person IS NULL AND once)" if nobody == NOBODY_ONCE else "0"
    places = "" if slices == WHOLE else ", branch, audience, language"
    return Counting(SUMS.format(rows=rows, slices=slices, nobody=nobody, once=once, places=places), rows, few=few)


def middles_of(rows: str) -> Counting:
    """The median and the 9-of-10 of such rows, as the keys median and p90 of their measure."""
    return Counting(MIDDLES.format(rows=rows, slices=EVERYWHERE), rows)
