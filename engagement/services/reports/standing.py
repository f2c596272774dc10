"""Promises and stages, counted by people: raw numbers that never leave `services/reports`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from engagement.services.reports.cells import BEFORE, NOW
from engagement.services.reports.periods import Period
from engagement.services.working_days import zone_of
from library.models import Branch

UNMEASURED = ""

PROMISES = """
WITH due AS (
    SELECT CASE WHEN due_at >= %(start)s THEN 'now' ELSE 'before' END AS part,
        coalesce(kept_at <= due_at, false) AS kept,
        coalesce(nullif(lower(patron.email), ''), patron.public_id, '') AS person
    FROM engagement_promise AS promise LEFT JOIN patrons_patron AS patron ON patron.id = promise.patron_id
    WHERE promise.withdrawn_at IS NULL AND due_at >= %(before)s AND due_at < %(end)s
        AND (promise.kept_at IS NOT NULL OR due_at <= %(now)s)
        AND (%(branch)s::bigint IS NULL OR promise.branch_id = %(branch)s)
)
SELECT part, kept, count(*), count(DISTINCT person) FROM due GROUP BY part, kept
"""
# An open promise that is not due yet is neither kept nor late, so it is not counted at all.
STAGES = """
SELECT CASE WHEN consent.id IS NULL THEN '' ELSE coalesce(score.stage, 'basic') END AS stage, count(*)
FROM patrons_patron AS patron
LEFT JOIN patrons_consent AS consent
    ON consent.patron_id = patron.id AND consent.purpose = 'profile' AND consent.withdrawn_at IS NULL
LEFT JOIN engagement_score AS score ON score.patron_id = patron.id
WHERE %(branch)s::bigint IS NULL OR patron.branch_id = %(branch)s
GROUP BY 1
"""


@dataclass(frozen=True)
class Promised:
    """Promises due in a period, and how many people had them."""

    kept: int = 0
    kept_people: int = 0
    missed: int = 0
    missed_people: int = 0


def read_promises(period: Period, branch: Branch | None, now: datetime) -> Mapping[str, Promised]:
    """Promises due in the period and in the one before, by part (1 query); late means late or still open."""
    start, end = period.moments(zone_of(branch))
    before = period.before.moments(zone_of(branch))[0] if period.before else start
    facts = {"start": start, "end": end, "before": before, "now": now, "branch": branch.pk if branch else None}
    with connection.cursor() as cursor:
        cursor.execute(PROMISES, facts)
        rows = {(part, kept): (count, people) for part, kept, count, people in cursor.fetchall()}
    return {part: Promised(*rows.get((part, True), (0, 0)), *rows.get((part, False), (0, 0))) for part in (NOW, BEFORE)}


def read_stages(branch: Branch | None) -> Mapping[str, int]:
    """People by stage as they stand now, and under UNMEASURED those without profile consent (1 query)."""
    with connection.cursor() as cursor:
        cursor.execute(STAGES, {"branch": branch.pk if branch else None})
        return dict(cursor.fetchall())
