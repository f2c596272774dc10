"""The stage ladder (DESIGN section 5): which facts carry a rung, how long, and the set-based re-test.

Every rung keeps the time its own newest fact grows too old (`reactive_until`, `follow_up_until`, `proactive_until`).
A stage holds while its rung and every rung below it hold, so it moves down as well as up, and the order in which
facts are written down makes no difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection

from engagement.models import Score
from engagement.models.score import Stage

FACT_LASTS = timedelta(days=365)
ANSWERED_WITHIN = timedelta(days=60)
# A named person answered what the patron asked or said.
ANSWERING_KINDS = frozenset({"letter", "letter_on_paper", "reply_answered", "complaint_resolved"})
# A talk answers when there are named people on both sides and the patron began it or took part.
TALKING_KINDS = frozenset({"desk_talk", "phone_call"})
# We came back, and got an answer: the line's value is CLOSED.
RETURNING_KINDS = frozenset({"check_in_answer", "desk_talk", "phone_call"})
CLOSED = "closed"
OUR_CONTACT, ITS_ANSWER, STOP = "proactive_letter", "proactive_answer", "stop"
MOVING_KINDS = ANSWERING_KINDS | TALKING_KINDS | RETURNING_KINDS | {OUR_CONTACT, ITS_ANSWER}

RUNGS = ("reactive_until", "follow_up_until", "proactive_until")


def holds_until(stage: str, reactive: str, follow_up: str, proactive: str) -> str:
    """SQL: how long this stage holds while its rung and every rung below it hold."""
    return (
        f"CASE {stage} WHEN 'reactive' THEN {reactive} WHEN 'follow_up' THEN least({reactive}, {follow_up})"
        f" WHEN 'proactive' THEN least({reactive}, {follow_up}, {proactive}) END"
    )


STEPS = """
WITH held AS (
    SELECT patron_id, stage, reactive_until AS r, follow_up_until AS f, proactive_until AS p
    FROM engagement_score
    WHERE (%(patrons)s::bigint[] IS NULL OR patron_id = ANY(%(patrons)s::bigint[]))
        AND (NOT %(due)s OR holds_until <= %(now)s)
    ORDER BY patron_id
    FOR NO KEY UPDATE
), tested AS (
    SELECT patron_id, stage AS before, r, f, p,
        CASE WHEN coalesce(r <= %(now)s, true) THEN 'basic'
             WHEN coalesce(f <= %(now)s, true) THEN 'reactive'
             WHEN coalesce(p <= %(now)s, true) THEN 'follow_up'
             ELSE 'proactive' END AS after
    FROM held
), timed AS (
    SELECT *, {holds} AS holds
    FROM tested
), moved AS (
    UPDATE engagement_score AS score
    SET stage = timed.after, holds_until = timed.holds,
        stage_since = CASE WHEN timed.after = timed.before THEN score.stage_since ELSE %(now)s END
    FROM timed
    WHERE score.patron_id = timed.patron_id
        AND (timed.after <> timed.before OR score.holds_until IS DISTINCT FROM timed.holds)
), told AS (
    INSERT INTO engagement_stagechange (patron_id, before, after, at, because)
    SELECT patron_id, before, after, %(now)s, %(because)s FROM timed WHERE after <> before
    RETURNING 1
)
SELECT count(*) FROM told
"""
SETTLE = STEPS.format(holds=holds_until("after", "r", "f", "p"))


def stage_at(score: Score, now: datetime) -> Stage:
    """The stage these facts carry at `now`, whether or not the tick has been round since."""
    ladder = (
        (score.reactive_until, Stage.REACTIVE),
        (score.follow_up_until, Stage.FOLLOW_UP),
        (score.proactive_until, Stage.PROACTIVE),
    )
    stage = Stage.BASIC
    for until, rung in ladder:
        if until is None or until <= now:
            break
        stage = rung
    return stage


def settle_stages(*, now: datetime, because: str, patrons: Sequence[int] | None = None, only_due: bool = False) -> int:
    """Put every stage (or those of some patrons, or those whose time has passed) where its facts put it.

    One statement; returns how many moved. Each move writes a StageChange with `because`: a kind, 'time' or 'rules'.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            SETTLE,
            {"patrons": None if patrons is None else list(patrons), "due": only_due, "now": now, "because": because},
        )
        (moved,) = cursor.fetchone()
    return int(moved)
