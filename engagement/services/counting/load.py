"""Work done and work waiting, for the whole house: never by colleague.

By week only for all branches together, by branch only for the whole period: nothing finer than branch by quarter.
"""

from __future__ import annotations

from engagement.services.counting.effort import WORK
from engagement.services.counting.slicing import LINE, NOBODY_ONCE, PROMISE, WHOLE, sums_of

WAITS = (
    "made_at < {until} AND coalesce(kept_at >= {until}, true) AND coalesce(withdrawn_at >= {until}, true)"
    " AND made_at <= %(now)s"
)
AT_END = "least(%(end)s, %(now)s)"
# waiting: promises open when the period ended, or now. What was done stands under the lines of its kinds.
LOAD = sums_of(
    f"""
SELECT 'waiting' AS measure, 1 AS amount, person, patron_id, day, branch, audience, language FROM ({PROMISE}) AS promise
WHERE {WAITS.format(until=AT_END)}
""",  # noqa: S608  (fixed words)
    few=True,
)
# served_week:<Monday>, open_week (promised, and open when the week ended); served_branch:<number>, open_branch. Only
# the people of these are shown, rounded: exact numbers by week would add up to what other tables have to hide.
LOAD_BY = sums_of(
    f"""
WITH work AS ({LINE} AND kind IN {WORK}), promise AS ({PROMISE}),
week AS (
    SELECT monday::date::text AS name,
        least(%(end)s, %(now)s, %(start)s + (monday + interval '7 days' - %(first)s)) AS ends
    FROM generate_series(date_trunc('week', %(first)s::timestamp),
        least(%(last)s, (%(now)s)::date)::timestamp, '7 days') AS monday
)
SELECT measure, 1 AS amount, person, patron_id, day, branch, audience, language, kind = 'letter' AS once
FROM work, LATERAL (VALUES
    ('served_week:' || date_trunc('week', day::timestamp)::date), ('served_branch:' || branch)) AS fact (measure)
UNION ALL
SELECT 'open_week:' || week.name, 1, person, patron_id, day, branch, audience, language, false
FROM promise, week WHERE {WAITS.format(until="week.ends")}
UNION ALL
SELECT 'open_branch:' || branch, 1, person, patron_id, day, branch, audience, language, false
FROM promise WHERE {WAITS.format(until=AT_END)}
""",  # noqa: S608  (fixed words)
    slices=WHOLE,
    nobody=NOBODY_ONCE,
)
