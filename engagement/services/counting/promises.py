"""Promises by the day they were due, and how long readers waited for what was promised and for their letters."""

from __future__ import annotations

from engagement.services.counting.slicing import LINE, PROMISE, middles_of, sums_of

# promises:kept, late (done after its day, or still open past it), open (not due yet), withdrawn.
PROMISES = sums_of(
    f"""
SELECT 'promises:' || CASE WHEN withdrawn_at IS NOT NULL THEN 'withdrawn' WHEN kept_at <= due_at THEN 'kept'
        WHEN kept_at IS NULL AND due_at > %(now)s THEN 'open' ELSE 'late' END AS measure,
    1 AS amount, person, patron_id, day, branch, audience, language
FROM ({PROMISE}) AS promise WHERE due_at >= %(start)s AND due_at < %(end)s
""",  # noqa: S608  (fixed words)
    few=True,
)
# promise_wait:median and :p90, in minutes from the promise to its keeping; wait: the same from the request to the
# letter, as its line says. Minutes, so that rounding a cell to a whole number costs nothing.
WAITS = middles_of(f"""
SELECT 'promise_wait' AS measure, date_part('epoch', kept_at - made_at) / 60 AS amount, person, patron_id, day,
    branch, audience, language
FROM ({PROMISE}) AS promise WHERE due_at >= %(start)s AND due_at < %(end)s AND kept_at IS NOT NULL
UNION ALL
SELECT 'wait', wait_minutes, person, patron_id, day, branch, audience, language
FROM ({LINE} AND kind = 'letter' AND wait_minutes IS NOT NULL) AS line
""")  # noqa: S608  (fixed words)
