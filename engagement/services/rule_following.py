"""The ledger follows a newly published table: every older line judged again, then all scores counted anew.

A worker does it piece by piece, so that it can be watched, and taken up by another where it was left. A line is written
only where its points differ; until the last piece is done, scores stay as they were. Months that were over and count
otherwise now are marked, so that their reports are counted again.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from engagement.models import Rule, RuleVersion
from engagement.services.changed_months import running_month
from engagement.services.recounting import rebuild_scores
from engagement.services.rejudging import JUDGED, TOGETHER, table_facts
from engagement.services.rules import rules_in_force, table_of

PIECE = 200_000
DEAD_AFTER = timedelta(minutes=10)
EVERY_LINE = 9_223_372_036_854_775_807
# What a report sorts a kind by; a change of these changes no points, but what was counted.
SORTED_BY = ("kind", "group", "outcome", "shows_use")
FOLLOW = f"""
WITH {JUDGED},
differs AS (
    SELECT stored.id, coalesce(judged.tests, %(nothing)s) AS tests,
        coalesce(judged.transactional, 0) AS transactional, coalesce(judged.relational, 0) AS relational
    FROM engagement_interaction AS stored
    LEFT JOIN judged ON judged.kind = stored.kind AND judged.answers = stored.answers
        AND judged.started_by = stored.started_by
    WHERE stored.id > %(after)s AND stored.id <= %(upto)s AND stored.rules <> %(number)s
        AND (stored.tests, stored.transactional, stored.relational) IS DISTINCT FROM
            (coalesce(judged.tests, %(nothing)s), coalesce(judged.transactional, 0), coalesce(judged.relational, 0))
),
changed AS (
    UPDATE engagement_interaction AS line
    SET tests = differs.tests, transactional = differs.transactional, relational = differs.relational,
        rules = %(number)s
    FROM differs WHERE line.id = differs.id
    RETURNING line.day
),
month AS (
    SELECT date_trunc('month', day)::date AS first FROM changed
    UNION
    SELECT date_trunc('month', day)::date FROM engagement_interaction
    WHERE id > %(after)s AND id <= %(upto)s AND kind = ANY(%(sorted_anew)s::text[])
),
marked AS (
    INSERT INTO engagement_changedmonth (month, because, at)
    SELECT first, %(because)s, %(now)s FROM month WHERE first < %(this_month)s
)
SELECT count(*) FROM changed
"""  # noqa: S608  (fixed words)
Clock = Callable[[], datetime]


def rules_to_follow(*, now: datetime) -> bool:
    """Whether a table was published that the ledger does not follow yet, and nobody is at work on it."""
    return _left(now).exists()


def follow_rules(*, clock: Clock) -> int | None:
    """Judge every older line by the table in force; how many changed. None: done already, or somebody is at it.

    Ends early, and leaves the rest to the next, where another table is published meanwhile.
    """
    version = _claim(clock())
    if version is None:
        return None
    facts = _facts(version)
    changed = 0
    while version.judged_to < version.judged_of:
        if rules_in_force().pk != version.pk:
            return changed
        changed += _do_piece(version, facts, clock())
    return changed + _finish(version, facts, clock())


def _left(now: datetime) -> QuerySet[RuleVersion]:
    unattended = Q(beat_at=None) | Q(beat_at__lt=now - DEAD_AFTER)
    return RuleVersion.objects.filter(unattended, pk=rules_in_force().pk, judged_at=None)


def _claim(now: datetime) -> RuleVersion | None:
    return rules_in_force() if _left(now).update(beat_at=now) else None


def _facts(version: RuleVersion) -> dict[str, Any]:
    facts = table_facts(table_of(version))
    because = f"rules {version.number} published"
    return facts | {"number": version.number, "because": because, "sorted_anew": _sorted_anew(version)}


def _sorted_anew(version: RuleVersion) -> list[str]:
    """Kinds that reports sort otherwise than under the table the ledger followed last."""
    before = RuleVersion.objects.exclude(judged_at=None).filter(number__lt=version.number).order_by("-number").first()
    if before is None:
        return []
    now, then = (set(Rule.objects.filter(version=one).values_list(*SORTED_BY)) for one in (version, before))
    return sorted({row[0] for row in now ^ then})


@transaction.atomic
def _do_piece(version: RuleVersion, facts: dict[str, Any], now: datetime) -> int:
    """The next lines; that they are done is kept in the same transaction."""
    upto = min(version.judged_to + PIECE, version.judged_of)
    changed = _judge(facts, version.judged_to, upto, now)
    version.judged_to, version.beat_at = upto, now
    version.save(update_fields=["judged_to", "beat_at"])
    return changed


@transaction.atomic
def _finish(version: RuleVersion, facts: dict[str, Any], now: datetime) -> int:
    """Lines that were on their way when it was published, and then the scores: nobody writes meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE engagement_interaction, engagement_score IN SHARE ROW EXCLUSIVE MODE")
    changed = _judge(facts, version.judged_to, EVERY_LINE, now)
    rebuild_scores(now=now)
    RuleVersion.objects.filter(judged_at=None, number__lte=version.number).update(judged_at=now)
    return changed


def _judge(facts: dict[str, Any], after: int, upto: int, now: datetime) -> int:
    with connection.cursor() as cursor:
        for setting in TOGETHER:
            cursor.execute(setting)
        cursor.execute(FOLLOW, facts | {"after": after, "upto": upto, "now": now, "this_month": running_month(now)})
        (changed,) = cursor.fetchone()
    return int(changed)
