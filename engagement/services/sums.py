"""The statements behind ledger and score. One expression says what a set of lines adds up to; adding one line,
recounting one patron and rebuilding all use the same one, so they cannot drift apart.
"""

from __future__ import annotations

from datetime import datetime
from math import log
from typing import Any

from engagement.services.decay import LANDMARK, RELATIONAL_HALF_LIFE, TRANSACTIONAL_HALF_LIFE
from engagement.services.holding import HOLD
from engagement.services.rules import STILL_IN_FORCE
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
from relcrm.kit.prepared import Prepared

LINE_TYPES = {
    "source_key": "varchar", "older_keys": "varchar[]", "kind": "varchar", "day": "date", "at": "timestamptz",
    "patron": "bigint", "branch": "bigint", "audience": "varchar", "language": "varchar", "started_by": "varchar",
    "tests": "varchar", "answers": "varchar", "transactional": "float8", "relational": "float8", "value": "varchar",
    "wait_minutes": "integer", "minutes": "smallint", "staff": "bigint", "thread": "bigint", "title": "bigint",
    "recorded_at": "date", "rules": "integer", "now": "timestamptz", "table": "bigint", "zone": "varchar",
}  # fmt: skip
# The same for every sum: landmark, decay by the second (2^(s/H) as e^(s ln2/H), which the database has sooner), the
# ladder's kinds and windows.
ALWAYS: dict[str, Any] = {
    "landmark": LANDMARK,
    "slow": log(2) / RELATIONAL_HALF_LIFE.total_seconds(),
    "fast": log(2) / TRANSACTIONAL_HALF_LIFE.total_seconds(),
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
# What lines named `line` add up to, by patron; decay is reckoned only where there are points. `tstzrange_subdiff`: the
# seconds between two times as a double, without the text that date_part reads each time. The five letters of `tests`
# stand in the order of judging.TESTS: what starts with y comes after 'y', what starts with n before it.
SUMS = """
    line.patron_id,
    coalesce(sum(line.relational * exp(tstzrange_subdiff(line.at, %(landmark)s) * %(slow)s::float8))
        FILTER (WHERE line.relational > 0), 0) AS relational,
    coalesce(sum(line.transactional * exp(tstzrange_subdiff(line.at, %(landmark)s) * %(fast)s::float8))
        FILTER (WHERE line.transactional > 0), 0) AS transactional,
    max(line.at) FILTER (WHERE line.tests >= 'y' AND (line.kind = ANY(%(answering)s)
        OR (line.kind = ANY(%(talking)s) AND line.tests >= 'yy'))) + %(lasts)s AS reactive_until,
    max(line.at) FILTER (WHERE line.value = %(closed)s AND line.kind = ANY(%(returning)s)) + %(lasts)s
        AS follow_up_until,
"""
# Whether a contact of ours used what we know: as the table in force judged it.
OURS_USED_KNOWLEDGE = "ours.tests LIKE '__y__'"
SECOND_HALF = "line.kind = %(its_answer)s AND line.value <> %(stop)s"
# The rest of SUMS: the one fact that two lines make together, looked up only where a line may be its second half.
PROACTIVE = f"""
    max(line.at) FILTER (WHERE {SECOND_HALF} AND EXISTS (
        SELECT 1 FROM engagement_interaction AS ours
        WHERE ours.patron_id = line.patron_id AND ours.kind = %(our_contact)s AND ours.thread = line.thread
            AND {OURS_USED_KNOWLEDGE} AND ours.at BETWEEN line.at - %(within)s AND line.at
            AND EXISTS (
                SELECT 1 FROM patrons_consent AS consent
                WHERE consent.patron_id = line.patron_id AND consent.purpose = 'proactive'
                    AND consent.given_at <= ours.at AND coalesce(consent.withdrawn_at > ours.at, true)))) + %(lasts)s
"""  # noqa: S608  (fixed words)
NOT_PROACTIVE = "    NULL::timestamptz"
# A patron who has no score yet begins like this; SUMS and the last rung follow.
INTO = """
    INSERT INTO engagement_score AS score (rules, changed_at, stage, stage_since, fixed_stage, patron_id, relational,
        transactional, reactive_until, follow_up_until, proactive_until)
    SELECT %(rules)s, %(now)s, 'basic', %(now)s, '',
"""
# The patron's profile consent is held first; without it the line names nobody. Where the rule it was judged by is not
# in force any more, nothing is written. Of the line comes back what SUMS reads, and its number: the rest is known to
# whoever writes it.
WRITE_LINE = f"""
WITH held AS MATERIALIZED ({HOLD}),
judged AS MATERIALIZED (SELECT {STILL_IN_FORCE} AS still, EXISTS (SELECT FROM held) AS named),
line AS (
    INSERT INTO engagement_interaction (source_key, kind, day, at, patron_id, branch_id, audience, language, started_by,
        tests, answers, transactional, relational, rules, value, wait_minutes, minutes, staff_id, thread, title_id,
        recorded_at)
    SELECT %(source_key)s, %(kind)s, %(day)s, CASE WHEN named THEN %(at)s END, CASE WHEN named THEN %(patron)s END,
        %(branch)s, %(audience)s, %(language)s, %(started_by)s, %(tests)s, %(answers)s, %(transactional)s,
        %(relational)s, %(rules)s, %(value)s, %(wait_minutes)s, %(minutes)s, %(staff)s,
        CASE WHEN named THEN %(thread)s END, CASE WHEN named THEN %(title)s END, %(recorded_at)s
    FROM judged
    WHERE still AND NOT EXISTS (SELECT 1 FROM engagement_interaction WHERE source_key = ANY(%(older_keys)s))
    ON CONFLICT (source_key) DO NOTHING
    RETURNING id, patron_id, at, kind, tests, value, thread, relational, transactional
), added AS (
"""  # noqa: S608  (fixed words)
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
    RETURNING score.stage AS score_stage, score.reactive_until, score.follow_up_until, score.proactive_until,
        score.fixed_stage, score.fixed_until
)
SELECT still, named, line.id, added.* FROM judged LEFT JOIN line ON true LEFT JOIN added ON true
"""
# What is right already, but for the last bits of a sum, is not written again.
DIFFERENT = """
    abs(score.relational - counted.relational) > 1e-12 * counted.relational
        OR abs(score.transactional - counted.transactional) > 1e-12 * counted.transactional
        OR (score.rules, score.reactive_until, score.follow_up_until, score.proactive_until) IS DISTINCT FROM
            (%(rules)s, counted.reactive_until, counted.follow_up_until, counted.proactive_until)
"""
REPLACE = f"""
    ON CONFLICT (patron_id) DO UPDATE SET
        relational = excluded.relational, transactional = excluded.transactional,
        rules = excluded.rules, changed_at = excluded.changed_at,
        reactive_until = excluded.reactive_until, follow_up_until = excluded.follow_up_until,
        proactive_until = excluded.proactive_until
    WHERE {DIFFERENT.replace("counted.", "excluded.")}
"""
# The second half of the union keeps patrons whose last line is gone: they end at zero instead of staying as they were.
OF_SOME = """
    FROM (
        SELECT patron_id, at, kind, value, tests, thread, relational, transactional FROM engagement_interaction
        WHERE patron_id = ANY(%(patrons)s::bigint[])
        UNION ALL
        SELECT patron_id, NULL, '', '', '', NULL, 0, 0 FROM engagement_score
        WHERE patron_id = ANY(%(patrons)s::bigint[])
    ) AS line
    GROUP BY line.patron_id
"""
# Everybody: what the lines add up to is put down first, because the database adds up with several processes at once
# only for a new table, and not while it writes into one that is there. Second halves lie from the first to the last
# that answered.
STAGING = f"""
CREATE TEMPORARY TABLE engagement_counted ON COMMIT DROP AS
SELECT {SUMS} min(line.at) FILTER (WHERE {SECOND_HALF}) AS first_answered,
    max(line.at) FILTER (WHERE {SECOND_HALF}) AS last_answered
FROM engagement_interaction AS line WHERE line.patron_id IS NOT NULL GROUP BY line.patron_id
"""  # noqa: S608  (fixed words)
OF_ALL = f"""
WITH answer AS (
    SELECT line.patron_id, {PROACTIVE} AS proactive_until
    FROM engagement_counted AS answered JOIN engagement_interaction AS line
        ON line.patron_id = answered.patron_id AND line.at BETWEEN first_answered AND last_answered
    WHERE last_answered IS NOT NULL AND line.kind = %(its_answer)s GROUP BY line.patron_id
)
{INTO} counted.*
FROM engagement_counted AS sums LEFT JOIN answer USING (patron_id)
FULL JOIN engagement_score AS score ON score.patron_id = sums.patron_id
CROSS JOIN LATERAL (
    SELECT coalesce(sums.patron_id, score.patron_id) AS patron_id, coalesce(sums.relational, 0) AS relational,
        coalesce(sums.transactional, 0) AS transactional, sums.reactive_until, sums.follow_up_until,
        answer.proactive_until
) AS counted
WHERE score.patron_id IS NULL OR {DIFFERENT}
"""  # noqa: S608  (fixed words)
# The stage stays what it was and holds as long as its rungs do now; whether it moves is for `stages` to say.
NEWER = ADDITION.format(
    holds=holds_until("score.stage", *(f"greatest(score.{rung}, excluded.{rung})" for rung in RUNGS)),
)
# One new line and its addition to the score; all lines of some patrons, or of everybody, counted anew.
RECORD = Prepared(
    "relcrm_record",
    "".join((WRITE_LINE, INTO, SUMS, NOT_PROACTIVE, OF_LINE, NEWER, TOLD)),
    LINE_TYPES,
    fixed=ALWAYS,
)
RECORD_AN_ANSWER = Prepared(
    "relcrm_record_an_answer",
    "".join((WRITE_LINE, INTO, SUMS, PROACTIVE, OF_LINE, NEWER, TOLD)),
    LINE_TYPES,
    fixed=ALWAYS,
)
RECOUNT = "".join((INTO, SUMS, PROACTIVE, OF_SOME, REPLACE))
REBUILD = OF_ALL + REPLACE


def record_statement(kind: str) -> Prepared:
    """What writes a line of this kind and adds it to the score."""
    return RECORD_AN_ANSWER if kind == ITS_ANSWER else RECORD


def sum_facts(*, rules: int, now: datetime) -> dict[str, Any]:
    """What SUMS needs to know besides the lines."""
    return {**ALWAYS, "rules": rules, "now": now}
