"""Who takes part in an experiment, and who of them is held out: drawn before anything is sent, for thousands at once.

The lot follows from the experiment's salt and the patron's number alone: the same reader always gets the same lot, and
nothing we know of them has a part in it. SQL and Python draw the same lots (tests/engagement/test_experiments.py).
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from django.db import connection

from engagement.models import Draw, Experiment
from engagement.services.proof_statistics import readers_to_draw

LOTS = 2**32
# Every consent the caller's ledger lines will want, in the order in which it takes them: waits, and never crosses.
HOLD = """
SELECT patron_id FROM patrons_consent
WHERE purpose = 'profile' AND withdrawn_at IS NULL
    AND patron_id IN (SELECT patron_id FROM {table} WHERE kind IS NOT NULL)
ORDER BY id FOR NO KEY UPDATE
"""
LOT = "('x' || left(encode(sha256(convert_to(%(salt)s || ':' || {patron}, 'UTF8')), 'hex'), 8))::bit(32)::bigint"
# Where more are due than are still wanted, chance says who takes part, and another chance than the lot.
DRAW = """
WITH due AS (
    SELECT DISTINCT patron_id FROM {table} WHERE kind = %(kind)s AND patron_id = ANY(%(known)s::bigint[])
), before AS (
    SELECT patron_id, arm FROM engagement_draw
    WHERE experiment_id = %(experiment)s AND patron_id IN (SELECT patron_id FROM due)
), chosen AS (
    SELECT patron_id FROM due WHERE patron_id NOT IN (SELECT patron_id FROM before)
    ORDER BY sha256(convert_to(patron_id || ':' || %(salt)s, 'UTF8')) LIMIT %(wanted)s
), drawn AS (
    INSERT INTO engagement_draw (experiment_id, patron_id, arm, drawn_at)
    SELECT %(experiment)s, patron_id, CASE WHEN {lot} * 100 < %(share)s * %(lots)s THEN 'held' ELSE 'sent' END, %(now)s
    FROM chosen ORDER BY patron_id
    RETURNING patron_id, arm
), held AS (
    SELECT patron_id FROM before WHERE arm = 'held' UNION ALL SELECT patron_id FROM drawn WHERE arm = 'held'
)
UPDATE {table} AS step SET kind = NULL
WHERE kind = %(kind)s AND patron_id IN (SELECT patron_id FROM held)
"""


# When enough have been drawn, only they are looked for. Whoever withdrew is no longer named on their draw.
KEEP = """
UPDATE {table} AS step SET kind = NULL
FROM engagement_draw AS draw
WHERE step.kind = %(kind)s AND draw.patron_id = step.patron_id AND draw.experiment_id = %(experiment)s
    AND draw.arm = 'held'
"""


def is_held(*, salt: str, patron: int, share: int) -> bool:
    """Whether this patron's lot falls into the `share` percent that are held out."""
    digest = hashlib.sha256(f"{salt}:{patron}".encode()).digest()
    return int.from_bytes(digest[:4]) * 100 < share * LOTS


def draw_lots(*, subject: str, table: str, kind: str, now: datetime) -> int:
    """Draw for every row of `table` whose `kind` is this one; returns how many rows are held back.

    `table` is a temporary table of the caller (kind, patron_id) with nobody in it who did not agree to the mail
    itself. A row held back loses its kind: nothing is to be sent or recorded for it. Without profile consent a reader
    is not drawn, and nothing is held back from them. Runs in the transaction that queues what is sent; one query
    where no experiment on this subject is running.
    """
    running = Experiment.objects.filter(subject=subject, started_at__lte=now, ended_at=None).first()
    if running is None:
        return 0
    wanted = readers_to_draw(held_percent=running.share) - Draw.objects.filter(experiment=running).count()
    facts: dict[str, Any] = {"experiment": running.pk, "kind": kind}
    with connection.cursor() as cursor:
        if wanted <= 0:
            cursor.execute(KEEP.format(table=table), facts)
            return int(cursor.rowcount)
        cursor.execute(HOLD.format(table=table))
        known = [patron for (patron,) in cursor.fetchall()]
        facts |= {"salt": running.salt, "share": running.share, "lots": LOTS, "known": known, "wanted": wanted}
        cursor.execute(DRAW.format(table=table, lot=LOT.format(patron="patron_id")), facts | {"now": now})
        return int(cursor.rowcount)
