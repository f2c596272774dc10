"""The stage ladder (DESIGN section 5): which facts carry a rung, how long, and the set-based re-test.

Every rung keeps the time its own newest fact grows too old (`reactive_until`, `follow_up_until`, `proactive_until`).
A stage holds while its rung and every rung below it hold, so it moves down as well as up, and the order in which
facts are written down makes no difference.

Staff may set a stage until a day (`engagement.services.overriding`): then that is the stage, whatever the facts say,
and the facts decide again when its time has passed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

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
# What `stage_at` asks of a score: the rungs, and what staff set.
HELD = (*RUNGS, "fixed_stage", "fixed_until")
BY_STAFF = "staff"


def holds_until(stage: str, reactive: str, follow_up: str, proactive: str, *, fixed: str = "score.fixed_until") -> str:
    """SQL: how long this stage holds while its rung and every rung below it hold; what staff set, as they said."""
    return (
        f"coalesce({fixed}, CASE {stage} WHEN 'reactive' THEN {reactive}"
        f" WHEN 'follow_up' THEN least({reactive}, {follow_up})"
        f" WHEN 'proactive' THEN least({reactive}, {follow_up}, {proactive}) END)"
    )


# Only scores that have to change are held and written.
STEPS = """
WITH moving AS (
    SELECT patron_id, stage AS before, after, holds, fixed_stage AS was_fixed, staff.fixed, staff.until
    FROM engagement_score AS score
    CROSS JOIN LATERAL (
        SELECT CASE WHEN score.fixed_until > %(now)s THEN score.fixed_stage ELSE '' END AS fixed,
            CASE WHEN score.fixed_until > %(now)s THEN score.fixed_until END AS until
    ) AS staff
    CROSS JOIN LATERAL (
        SELECT CASE WHEN staff.fixed <> '' THEN staff.fixed
            WHEN coalesce(score.reactive_until <= %(now)s, true) THEN 'basic'
            WHEN coalesce(score.follow_up_until <= %(now)s, true) THEN 'reactive'
            WHEN coalesce(score.proactive_until <= %(now)s, true) THEN 'follow_up'
            ELSE 'proactive' END AS after
    ) AS tested
    CROSS JOIN LATERAL (SELECT {holds} AS holds) AS timed
    WHERE (%(patrons)s::bigint[] IS NULL OR patron_id = ANY(%(patrons)s::bigint[]))
        AND (NOT %(due)s OR holds_until <= %(now)s)
        AND (after <> stage OR staff.fixed <> fixed_stage OR holds_until IS DISTINCT FROM holds)
    ORDER BY patron_id
    FOR NO KEY UPDATE OF score
), moved AS (
    UPDATE engagement_score AS score
    SET stage = after, holds_until = holds, fixed_stage = fixed, fixed_until = until,
        stage_since = CASE WHEN after = before THEN score.stage_since ELSE %(now)s END
    FROM moving
    WHERE score.patron_id = moving.patron_id
), told AS (
    INSERT INTO engagement_stagechange (patron_id, before, after, at, because)
    SELECT patron_id, before, after, %(now)s, CASE WHEN fixed <> was_fixed THEN %(staff)s ELSE %(because)s END
    FROM moving WHERE after <> before
    RETURNING 1
)
SELECT count(*) FROM told
"""
SETTLE = STEPS.format(holds=holds_until("after", *(f"score.{rung}" for rung in RUNGS), fixed="staff.until"))


class Standing(NamedTuple):
    """What the stage depends on, as a score has it."""

    stage: str
    reactive_until: datetime | None
    follow_up_until: datetime | None
    proactive_until: datetime | None
    fixed_stage: str
    fixed_until: datetime | None


def stage_at(score: Score | Standing, now: datetime) -> Stage:
    """The stage at `now`, whether or not the tick has been round since: what staff set, else what the facts carry."""
    return Stage(score.fixed_stage) if is_fixed(score, now) else stage_by_facts(score, now)


def is_fixed(score: Score | Standing, now: datetime) -> bool:
    """Whether staff set the stage, and its time has not passed."""
    return bool(score.fixed_stage) and score.fixed_until is not None and score.fixed_until > now


def stage_by_facts(score: Score | Standing, now: datetime) -> Stage:
    """The stage that what happened carries at `now`."""
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

    One statement; returns how many moved. Each move writes a StageChange with `because`: a kind, 'time' or 'rules';
    'staff' where staff set the stage, took that back, or its time has passed.
    """
    some = None if patrons is None else list(patrons)
    facts = {"patrons": some, "due": only_due, "now": now, "because": because, "staff": BY_STAFF}
    with connection.cursor() as cursor:
        cursor.execute(SETTLE, facts)
        (moved,) = cursor.fetchone()
    return int(moved)
