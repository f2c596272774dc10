"""Staff minutes: on which side they were spent, how many are known, and the loops they closed."""

from __future__ import annotations

from engagement.services.counting.slicing import LINE, NOBODY_ONCE, sums_of

# Work that a colleague does and can write the minutes of.
WORK = (
    "('letter', 'letter_on_paper', 'reply_answered', 'desk_talk', 'phone_call', 'proactive_letter',"
    " 'complaint_resolved')"
)
RETURNING = "('check_in_answer', 'desk_talk', 'phone_call')"

# effort:relational, transactional: minutes, on the side where the points of their line go (half to each where the
# tests say mixed); only their share is shown. timed:<kind>, untimed:<kind>: work with and without minutes. loops,
# loops:<kind>: closed loops, by how they were closed.
EFFORT = sums_of(
    f"""
SELECT measure, amount, person, patron_id, day, branch, audience, language,
    kind = 'letter' OR measure LIKE 'loops%%' AS once
FROM (SELECT *, CASE WHEN yes >= 4 THEN 1 WHEN yes >= 2 THEN 0.5 ELSE 0 END AS side
    FROM (SELECT *, length(replace(tests, 'n', '')) AS yes FROM ({LINE} AND (minutes > 0 OR kind IN {WORK}
        OR (kind IN {RETURNING} AND value = 'closed'))) AS line) AS judged) AS line,
    LATERAL (VALUES
        ('effort:relational', minutes * side), ('effort:transactional', minutes * (1 - side)),
        ('timed:' || kind, CASE WHEN kind IN {WORK} AND minutes IS NOT NULL THEN 1 END),
        ('untimed:' || kind, CASE WHEN kind IN {WORK} AND minutes IS NULL THEN 1 END),
        ('loops:' || kind, CASE WHEN kind IN {RETURNING} AND value = 'closed' THEN 1 END),
        ('loops', CASE WHEN kind IN {RETURNING} AND value = 'closed' THEN 1 END)
    ) AS fact (measure, amount)
""",  # noqa: S608  (fixed words)
    nobody=NOBODY_ONCE,
)
