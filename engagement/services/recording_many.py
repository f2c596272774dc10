"""The ledger for a crowd: the lines of one kind and one time for every row of a temporary table, in one statement.

What holds for one line (engagement.services.ledger) holds here: a source is written once, the rules in force judge it,
only a patron with profile consent is named, and score and stage follow at once.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from engagement.services.changed_months import LATE, note_changed_months
from engagement.services.lines import SALT, Event, check_event, judge_event
from engagement.services.recounting import recount_patrons
from engagement.services.rules import rule_for
from engagement.services.stages import ITS_ANSWER, MOVING_KINDS, OUR_CONTACT, settle_stages
from engagement.services.sums import INTO, NEWER, NOT_PROACTIVE, OF_LINE, PROACTIVE, SUMS, sum_facts
from engagement.services.working_days import zone_of
from library.models import Branch
from relcrm.kit.insql import digest, digest_blocks, key_blocks

# Whose profile consent is in force; it stays so until the transaction ends, as for a single line.
HOLD = """
SELECT patron_id FROM patrons_consent
WHERE purpose = 'profile' AND withdrawn_at IS NULL
    AND patron_id IN (SELECT patron_id FROM {table} WHERE kind = %(kind)s)
ORDER BY id FOR NO KEY UPDATE
"""
LINES = f"""
WITH line AS (
    INSERT INTO engagement_interaction (source_key, kind, day, at, patron_id, branch_id, audience, language, started_by,
        tests, transactional, relational, rules, value, staff_id, thread, recorded_at)
    SELECT {digest("source", "event.source")}, event.kind, place.day, CASE WHEN known.id IS NOT NULL THEN %(at)s END,
        known.id, event.branch_id, event.audience, event.language, %(started_by)s, %(tests)s, %(transactional)s,
        %(relational)s, %(rules)s, '', event.staff_id, CASE WHEN known.id IS NOT NULL THEN event.thread END,
        place.today
    FROM {{table}} AS event
    LEFT JOIN unnest(%(known)s::bigint[]) AS known (id) ON known.id = event.patron_id
    JOIN unnest(%(places)s::bigint[], %(days)s::date[], %(todays)s::date[]) AS place (id, day, today)
        ON place.id = coalesce(event.branch_id, -1)
    WHERE event.kind = %(kind)s AND NOT EXISTS (
        SELECT 1 FROM unnest(%(older_inner)s::bytea[], %(older_outer)s::bytea[]) AS older (inner_block, outer_block)
        JOIN engagement_interaction AS line ON line.source_key = encode(sha256(older.outer_block
            || sha256(older.inner_block || convert_to(event.source, 'UTF8'))), 'hex'))
    ON CONFLICT (source_key) DO NOTHING
    RETURNING patron_id, at, kind, value, tests, thread, relational, transactional
), added AS (
"""  # noqa: S608  (fixed words)
# In the order of the patrons, as everybody takes the rows of several scores.
REST = "ORDER BY line.patron_id"
COUNTED = "RETURNING 1) SELECT (SELECT count(*) FROM line), (SELECT count(*) FROM added)"
NO_BRANCH = -1


@transaction.atomic
def record_many(*, kind: str, table: str, at: datetime, started_by: str, now: datetime) -> int:
    """Write a line for each row of `table` whose `kind` is this one; returns how many were new.

    `table` is a temporary table of the caller: kind, source, patron_id, branch_id, audience, language, staff_id and
    thread, all as record_interaction takes them, with nothing left to default. The event answers no test.
    Raises UnknownKind, EventInFuture, EventTooOld, BadValue, PointsAboveCeiling; then nothing is written.
    """
    event = Event(kind, "", at, None, started_by, None, "", "", {}, "", None, None, None, None, None)
    check_event(event, now)
    rule = rule_for(kind)
    judged = judge_event(rule, event)
    facts = {"kind": kind, "at": at, "started_by": started_by, **vars(judged), **_days(at, now), **_keys()}
    facts |= sum_facts(rules=rule.version, now=now)
    with connection.cursor() as cursor:
        cursor.execute(HOLD.format(table=table), {"kind": kind})
        known = [patron for (patron,) in cursor.fetchall()]
        cursor.execute(_statement(kind).format(table=table), {**facts, "known": known})
        written, _added = cursor.fetchone()
    if written:
        note_changed_months(days=facts["days"], because=LATE, now=now)
    _follow(kind, known, now)
    return int(written)


def _statement(kind: str) -> str:
    proactive = PROACTIVE if kind == ITS_ANSWER else NOT_PROACTIVE
    return "".join((LINES, INTO, SUMS, proactive, OF_LINE, REST, NEWER, COUNTED))


def _follow(kind: str, patrons: list[int], now: datetime) -> None:
    """Where lines of this kind can move a stage, the stages of those patrons are where their facts put them."""
    if kind == OUR_CONTACT:
        recount_patrons(patrons=patrons, now=now, because=kind)
    elif kind in MOVING_KINDS and patrons:
        settle_stages(now=now, because=kind, patrons=patrons)


def _days(at: datetime, now: datetime) -> dict[str, list[Any]]:
    """Which day it is in each branch."""
    zones = {NO_BRANCH: zone_of(None)} | {branch.pk: zone_of(branch) for branch in Branch.objects.all()}
    days: list[date] = [at.astimezone(zone).date() for zone in zones.values()]
    return {"places": list(zones), "days": days, "todays": [now.astimezone(zone).date() for zone in zones.values()]}


def _keys() -> dict[str, Any]:
    older = [key_blocks(SALT, secret) for secret in settings.SECRET_KEY_FALLBACKS]
    blocks = {"older_inner": [inner for inner, _ in older], "older_outer": [outer for _, outer in older]}
    return {**digest_blocks("source", SALT), **blocks}
