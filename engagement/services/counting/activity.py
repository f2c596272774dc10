"""Who is new, active, back, kept and lapsed, of the readers with a profile (docs/engagement.md, People).

A use is a line of a kind whose rule says that it shows use. `active`: a use in the period. `start`, `end`: a use in
the 365 days before the period, and in those up to its last day (or today). `kept` and `lapsed` are those of the start
who are, or are no longer, among those of the end. The others of the end are `back` (uses of more than a year before),
`new` (the first use of all, or a card got in the period), or `met` (a card of long before, and no use we know of:
most have just agreed to a profile).
"""

from __future__ import annotations

from engagement.services.counting.persons import readers_of

# The lines of a year and a period are read in one go; only of those who were not active at the start, a few, is it
# looked up (straight from the index) whether they ever were.
USES = """
    SELECT kind FROM engagement_rule
    WHERE shows_use AND version_id = (SELECT id FROM engagement_ruleversion ORDER BY number DESC LIMIT 1)
    UNION SELECT 'card_signup'
"""
USED_DAYS = "line.day BETWEEN %(first)s::date - 365 AND least(%(last)s, %(now)s::date)"
USED = f"""
SELECT patron_id, day, kind = 'card_signup' AS signed FROM engagement_interaction AS line
WHERE {USED_DAYS} AND patron_id IS NOT NULL AND kind IN ({USES})
"""  # noqa: S608  (fixed words)
ACTIVITY = readers_of(f"""
    SELECT patron_id, 'active:' || name AS measure
    FROM (
        SELECT used.*, CASE WHEN at_start THEN CASE WHEN at_end THEN 'kept' ELSE 'lapsed' END
            WHEN signed THEN 'new' WHEN EXISTS (
                SELECT 1 FROM engagement_interaction AS line WHERE line.patron_id = used.patron_id
                    AND line.at < %(start)s - interval '365 days' AND line.kind IN ({USES})) THEN 'back'
            WHEN patron.joined_on < %(first)s THEN 'met' ELSE 'new' END AS kind
        FROM (
            SELECT patron_id, bool_or(day >= %(first)s) AS active, bool_or(day < %(first)s) AS at_start,
                bool_or(day > least(%(last)s, %(now)s::date) - 365) AS at_end,
                bool_or(signed AND day >= %(first)s) AS signed
            FROM ({USED}) AS line GROUP BY patron_id
        ) AS used JOIN patrons_patron AS patron ON patron.id = used.patron_id
        WHERE at_start OR active
    ) AS sorted
    CROSS JOIN LATERAL (VALUES (kind, true), ('active', active), ('start', at_start), ('end', at_end))
        AS one (name, holds)
    WHERE holds
""")  # noqa: S608  (fixed words)
