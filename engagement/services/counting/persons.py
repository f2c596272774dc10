"""The frame of counters that count readers: each in the branch, audience and language their record names.

Readers are put together by place first and the few hundred places then sliced, so that a million of them take a second
or two. Whoever shares an address with an earlier record adds nobody to those known behind a cell, in whatever cell they
are: that errs towards hiding (docs/decisions/0007-small-numbers.md).
"""

from __future__ import annotations

from engagement.services.counting.slicing import Counting

AGAIN = """
SELECT patron.id FROM (
    SELECT lower(email) AS address, min(id) AS first FROM patrons_patron
    WHERE email <> '' GROUP BY lower(email) HAVING count(*) > 1
) AS shared JOIN patrons_patron AS patron ON lower(patron.email) = shared.address AND patron.id <> shared.first
"""
FRAME = """
WITH again AS ({again}), told AS ({rows}), placed AS (
    SELECT measure, coalesce(patron.branch_id::text, '') AS branch, patron.audience, patron.language,
        count(*) AS readers, count(*) FILTER (WHERE again.id IS NULL) AS known
    FROM told JOIN patrons_patron AS patron ON patron.id = told.patron_id
    LEFT JOIN again ON again.id = told.patron_id
    GROUP BY measure, patron.branch_id, patron.audience, patron.language
)
SELECT measure, by, slice, sum(readers)::float8, sum(known)::integer, 0
FROM placed, LATERAL (VALUES ('', ''), ('branch', branch), ('audience', audience), ('language', language))
    AS part (by, slice)
GROUP BY measure, by, slice
"""
# Readers with profile consent.
CONSENTING = """
SELECT patron_id, given_at FROM patrons_consent WHERE purpose = 'profile' AND withdrawn_at IS NULL
"""


# A state has no day.
TOLD = """
SELECT told.measure, 1 AS amount, told.patron_id, NULL::date AS day, coalesce(patron.branch_id::text, '') AS branch,
    patron.audience, patron.language
FROM ({rows}) AS told JOIN patrons_patron AS patron ON patron.id = told.patron_id
"""


def readers_of(rows: str) -> Counting:
    """Counts `rows`: a SELECT of patron_id and measure, each pair once."""
    return Counting(FRAME.format(rows=rows, again=AGAIN), TOLD.format(rows=rows))
