"""The statements behind ledger and score. One expression says what a set of lines adds up to; adding one line,
recounting one patron and rebuilding all use the same one, so they cannot drift apart.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from engagement.services.decay import LANDMARK, RELATIONAL_HALF_LIFE, TRANSACTIONAL_HALF_LIFE
from engagement.services.stages import (
    ANSWERED_WITHIN,
    ANSWERING_KINDS,
    CLOSED,
    FACT_LASTS,
    ITS_ANSWER,
    OUR_CONTACT,
    RETURNING_KINDS,
    RUNGS,
    STOP,
    TALKING_KINDS,
    holds_until,
)

# What lines named `line` add up to, by patron. The five letters of `tests` stand in the order of judging.TESTS.
SUMS = """
    line.patron_id,
    coalesce(sum(line.relational
        * power(2::float8, (date_part('epoch', line.at) - %(landmark)s) / %(slow)s)), 0),
    coalesce(sum(line.transactional
        * power(2::float8, (date_part('epoch', line.at) - %(landmark)s) / %(fast)s)), 0),
    %(rules)s, %(now)s, 'basic', %(now)s,
    max(line.at) FILTER (WHERE (line.kind = ANY(%(answering)s) AND line.tests LIKE 'y____')
        OR (line.kind = ANY(%(talking)s) AND line.tests LIKE 'yy___')) + %(lasts)s,
    max(line.at) FILTER (WHERE line.kind = ANY(%(returning)s) AND line.value = %(closed)s) + %(lasts)s,
"""
# The rest of SUMS: the one fact that two lines make together, looked up only where a line may be its second half.
PROACTIVE = """
    max(line.at) FILTER (WHERE line.kind = %(its_answer)s AND line.value <> %(stop)s AND EXISTS (
        SELECT 1 FROM engagement_interaction AS ours
        WHERE ours.patron_id = line.patron_id AND ours.kind = %(our_contact)s AND ours.thread = line.thread
            AND ours.tests LIKE '__y__' AND ours.at BETWEEN line.at - %(within)s AND line.at
            AND EXISTS (
                SELECT 1 FROM patrons_consent AS consent
                WHERE consent.patron_id = line.patron_id AND consent.purpose = 'proactive'
                    AND consent.given_at <= ours.at AND coalesce(consent.withdrawn_at > ours.at, true)))) + %(lasts)s
"""
NOT_PROACTIVE = "    NULL::timestamptz"
INTO = """
    INSERT INTO engagement_score AS score (patron_id, relational, transactional, rules, changed_at, stage, stage_since,
        reactive_until, follow_up_until, proactive_until)
    SELECT
"""
WRITE_LINE = """
WITH line AS (
    INSERT INTO engagement_interaction (source_key, kind, day, at, patron_id, branch_id, audience, language, started_by,
        tests, transactional, relational, rules, value, wait_minutes, minutes, staff_id, thread, title_id, recorded_at)
    SELECT %(source_key)s, %(kind)s, %(day)s::date, %(at)s::timestamptz, %(patron)s::bigint, %(branch)s::bigint,
        %(audience)s, %(language)s, %(started_by)s, %(tests)s, %(transactional)s::float8, %(relational)s::float8,
        %(rules)s, %(value)s, %(wait_minutes)s::integer, %(minutes)s::smallint, %(staff)s::bigint, %(thread)s::bigint,
        %(title)s::bigint, %(recorded_at)s::date
    WHERE NOT EXISTS (SELECT 1 FROM engagement_interaction WHERE source_key = ANY(%(older_keys)s::varchar[]))
    ON CONFLICT (source_key) DO NOTHING
    RETURNING *
), added AS (
"""
ADDITION = """
    ON CONFLICT (patron_id) DO UPDATE SET
        relational = score.relational + excluded.relational,
        transactional = score.transactional + excluded.transactional,
        rules = excluded.rules, changed_at = excluded.changed_at,
        reactive_until = greatest(score.reactive_until, excluded.reactive_until),
        follow_up_until = greatest(score.follow_up_until, excluded.follow_up_until),
        proactive_until = greatest(score.proactive_until, excluded.proactive_until),
        holds_until = {holds}
"""
OF_LINE = """
    FROM line WHERE line.patron_id IS NOT NULL GROUP BY line.patron_id
"""
TOLD = """
    RETURNING score.stage AS score_stage, score.reactive_until, score.follow_up_until, score.proactive_until
)
SELECT line.*, added.* FROM line LEFT JOIN added ON true
"""
# The second half of the union keeps patrons whose last line is gone: they end at zero instead of staying as they were.
# What is right already, but for the last bits of a sum, is not written again.
REPLACE = """
    FROM (
        SELECT patron_id, at, kind, value, tests, thread, relational, transactional FROM engagement_interaction
        WHERE patron_id IS NOT NULL AND (%(patrons)s::bigint[] IS NULL OR patron_id = ANY(%(patrons)s::bigint[]))
        UNION ALL
        SELECT patron_id, NULL, '', '', '', NULL, 0, 0 FROM engagement_score
        WHERE %(patrons)s::bigint[] IS NULL OR patron_id = ANY(%(patrons)s::bigint[])
    ) AS line
    GROUP BY line.patron_id
    ON CONFLICT (patron_id) DO UPDATE SET
        relational = excluded.relational, transactional = excluded.transactional,
        rules = excluded.rules, changed_at = excluded.changed_at,
        reactive_until = excluded.reactive_until, follow_up_until = excluded.follow_up_until,
        proactive_until = excluded.proactive_until
    WHERE abs(score.relational - excluded.relational) > 1e-12 * excluded.relational
        OR abs(score.transactional - excluded.transactional) > 1e-12 * excluded.transactional
        OR (score.rules, score.reactive_until, score.follow_up_until, score.proactive_until) IS DISTINCT FROM
            (excluded.rules, excluded.reactive_until, excluded.follow_up_until, excluded.proactive_until)
"""
# The stage stays what it was and holds as long as its rungs do now; whether it moves is for `stages` to say.
NEWER = ADDITION.format(
    holds=holds_until("score.stage", *(f"greatest(score.{rung}, excluded.{rung})" for rung in RUNGS)),
)
# One new line and its addition to the score; all lines of some patrons, or of everybody, counted anew.
RECORD = "".join((WRITE_LINE, INTO, SUMS, NOT_PROACTIVE, OF_LINE, NEWER, TOLD))
RECORD_AN_ANSWER = "".join((WRITE_LINE, INTO, SUMS, PROACTIVE, OF_LINE, NEWER, TOLD))
RECOUNT = "".join((INTO, SUMS, PROACTIVE, REPLACE))


def record_statement(kind: str) -> str:
    """What writes a line of this kind and adds it to the score."""
    return RECORD_AN_ANSWER if kind == ITS_ANSWER else RECORD


def sum_facts(*, rules: int, now: datetime) -> dict[str, Any]:
    """What SUMS needs to know besides the lines: landmark, half-lives in seconds, the ladder's kinds and windows."""
    return {
        "landmark": LANDMARK.timestamp(),
        "slow": RELATIONAL_HALF_LIFE.total_seconds(),
        "fast": TRANSACTIONAL_HALF_LIFE.total_seconds(),
        "rules": rules,
        "now": now,
        "answering": sorted(ANSWERING_KINDS),
        "talking": sorted(TALKING_KINDS),
        "returning": sorted(RETURNING_KINDS),
        "closed": CLOSED,
        "its_answer": ITS_ANSWER,
        "our_contact": OUR_CONTACT,
        "stop": STOP,
        "lasts": FACT_LASTS,
        "within": ANSWERED_WITHIN,
    }
