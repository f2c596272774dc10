"""What readers said of the books we suggested, and the check-ins nobody answered."""

from __future__ import annotations

from engagement.services.counting.slicing import EVERYWHERE, LINE, Counting, sums_of

# picks:liked and picks:other. A book not read yet, or not to be got, says nothing of either.
PICKS = sums_of(f"""
SELECT CASE WHEN value IN ('loved', 'liked') THEN 'picks:liked' ELSE 'picks:other' END AS measure, 1 AS amount,
    person, patron_id, day, branch, audience, language
FROM ({LINE} AND kind = 'pick_answer' AND value IN ('loved', 'liked', 'so_so', 'not_for_me')) AS line
""")  # noqa: S608  (fixed words)
# check_ins:unanswered: first questions less answers. Who did not answer is at least everyone asked less one person for
# each answer; and these lines are at least so many as any lines of check-ins are.
UNANSWERED = Counting(
    f"""
WITH counted AS (
    SELECT by, slice, count(*) FILTER (WHERE kind = 'check_in') AS asked,
        count(DISTINCT person) FILTER (WHERE kind = 'check_in') AS people,
        count(*) FILTER (WHERE kind = 'check_in_answer') AS answers
    FROM ({LINE} AND kind IN ('check_in', 'check_in_answer')) AS line, {EVERYWHERE}
    GROUP BY by, slice
)
SELECT 'check_ins:unanswered', by, slice, (asked - answers)::float8, greatest(0, people - answers), asked - answers
FROM counted WHERE asked > answers
""",  # noqa: S608  (fixed words)
    f"""
SELECT 'check_ins:unanswered' AS measure, 1 AS amount, patron_id, max(day) AS day, branch, audience, language
FROM ({LINE} AND kind IN ('check_in', 'check_in_answer')) AS line
GROUP BY patron_id, branch, audience, language
HAVING count(*) FILTER (WHERE kind = 'check_in') > count(*) FILTER (WHERE kind = 'check_in_answer')
""",  # noqa: S608  (fixed words)
)
