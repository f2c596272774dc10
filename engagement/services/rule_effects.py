"""What publishing the draft would change: how far the numbers of readers move, and the kinds that do most of it.

Counted set-based over the whole ledger by a worker, with the same SQL that judges lines again; nothing is written but
the answer, and that is suppressed before it is kept (docs/decisions/0007-small-numbers.md).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from engagement.models import RuleDraft
from engagement.services.decay import RELATIONAL_HALF_LIFE, TRANSACTIONAL_HALF_LIFE, value_at
from engagement.services.rejudging import JUDGED, LINES, PROACTIVE_THEN, TOGETHER, table_facts
from engagement.services.reports.small_numbers import HIDDEN, Shown, hidden_groups, show_count, show_people
from engagement.services.rule_drafts import rows_of, state_of
from engagement.services.rules import rules_in_force
from engagement.services.sums import SUMS, sum_facts

DEAD_AFTER = timedelta(minutes=30)
MOST_KINDS = 10
YEAR = timedelta(days=365)
# A stored sum as the number on screen (decay.shown). Past 2^-100 the number is 100 whatever the sum.
SHOWN = "round(100 * (1 - power(2::float8, greatest(-{sum} * %({fades})s / %({s50})s, -100))))"
MOVES = f"""
WITH {JUDGED}, {LINES},
fresh (patron_id, relational, transactional, reactive, follow_up, proactive) AS (
    SELECT {SUMS} {PROACTIVE_THEN} FROM line GROUP BY patron_id
),
compared AS (
    SELECT coalesce(nullif(lower(patron.email), ''), patron.public_id) AS person,
        {SHOWN.format(sum="coalesce(fresh.relational, 0)", fades="slow_fades", s50="s50_relational")}
            - {SHOWN.format(sum="score.relational", fades="slow_fades", s50="s50_relational_now")} AS relational,
        {SHOWN.format(sum="coalesce(fresh.transactional, 0)", fades="fast_fades", s50="s50_transactional")}
            - {SHOWN.format(sum="score.transactional", fades="fast_fades", s50="s50_transactional_now")}
            AS transactional,
        array_position(%(ladder)s::text[], score.stage::text) AS before,
        array_position(%(ladder)s::text[], CASE WHEN score.fixed_until > %(now)s THEN score.stage::text
            WHEN coalesce(reactive <= %(now)s, true) THEN 'basic'
            WHEN coalesce(follow_up <= %(now)s, true) THEN 'reactive'
            WHEN coalesce(proactive <= %(now)s, true) THEN 'follow_up' ELSE 'proactive' END) AS after
    FROM engagement_score AS score
    JOIN patrons_patron AS patron ON patron.id = score.patron_id
    LEFT JOIN fresh ON fresh.patron_id = score.patron_id
)
SELECT what, how, count(DISTINCT person) FROM compared, LATERAL (VALUES
    ('all', ''),
    ('relational', {{relational}}),
    ('transactional', {{transactional}}),
    ('stage', CASE WHEN after > before THEN 'up' WHEN after < before THEN 'down' ELSE 'same' END)) AS said (what, how)
GROUP BY what, how
"""  # noqa: S608  (fixed words)
HOW_FAR = (
    "CASE WHEN {0} <= -10 THEN 'down_much' WHEN {0} < 0 THEN 'down' WHEN {0} = 0 THEN 'same'"
    " WHEN {0} < 10 THEN 'up' ELSE 'up_much' END"
)
MOVES = MOVES.format(relational=HOW_FAR.format("relational"), transactional=HOW_FAR.format("transactional"))
# The points of a year, without fading, as reports show them. Alike lines of a patron are added up, then judged.
KINDS = f"""
WITH {JUDGED},
alike AS (
    SELECT kind, answers, started_by, patron_id, count(*) AS lines, sum(transactional + relational) AS points
    FROM engagement_interaction WHERE day > %(since)s GROUP BY kind, answers, started_by, patron_id
),
said AS (
    SELECT alike.kind, sum(lines) AS lines, sum(points) AS before,
        coalesce(sum(lines * (judged.transactional + judged.relational)), 0) AS after,
        count(DISTINCT coalesce(nullif(lower(patron.email), ''), patron.public_id)) AS known,
        coalesce(sum(lines) FILTER (WHERE patron.id IS NULL), 0) AS unknown
    FROM alike
    LEFT JOIN judged ON judged.kind = alike.kind AND judged.answers = alike.answers
        AND judged.started_by = alike.started_by
    LEFT JOIN patrons_patron AS patron ON patron.id = alike.patron_id
    GROUP BY alike.kind
)
SELECT kind, lines::bigint, before, after, known, unknown::bigint FROM said
ORDER BY abs(after - before) DESC, after DESC, kind LIMIT %(most)s
"""  # noqa: S608  (fixed words)
LADDER = ["basic", "reactive", "follow_up", "proactive"]
FAR = ("down_much", "down", "same", "up", "up_much")
HOW: dict[str, tuple[str, ...]] = {"relational": FAR, "transactional": FAR, "stage": ("down", "same", "up")}
Clock = Callable[[], datetime]


@transaction.atomic
def ask_effect(*, now: datetime) -> bool:
    """Have the effect of the open draft counted; False: there is none."""
    drafts = RuleDraft.objects.filter(set_aside_at=None)
    return drafts.update(effect_asked_at=now, effect_beat_at=None) > 0


def effect_waits(*, now: datetime) -> bool:
    """Whether an effect was asked for that nobody is counting."""
    return _waiting(now).exists()


def count_effect(*, clock: Clock) -> bool:
    """Count what was asked for and keep it with the draft; False: nothing waits, or somebody is at it."""
    now = clock()
    if not _waiting(now).update(effect_beat_at=now):
        return False
    draft = RuleDraft.objects.get(pk=1)
    effect = read_effect(draft=draft, now=now)
    done = RuleDraft.objects.filter(pk=1, effect_asked_at=draft.effect_asked_at)
    done.update(effect=effect, effect_asked_at=None, effect_beat_at=None)
    return True


@transaction.atomic
def read_effect(*, draft: RuleDraft, now: datetime) -> dict[str, Any]:
    """The effect as it may be shown: readers by how far they move, and the kinds whose points change most."""
    rules = rules_in_force()
    facts = table_facts(rows_of(draft)) | sum_facts(rules=rules.number, now=now) | {"patrons": None}
    facts |= _scales(draft, now) | {"since": now.date() - YEAR, "most": MOST_KINDS, "ladder": LADDER}
    facts |= {"s50_relational_now": rules.s50_relational, "s50_transactional_now": rules.s50_transactional}
    with connection.cursor() as cursor:
        for setting in TOGETHER:
            cursor.execute(setting)
        cursor.execute(MOVES, facts)
        people = {(what, how): int(count) for what, how, count in cursor.fetchall()}
        cursor.execute(KINDS, facts)
        kinds = [_kind(row) for row in cursor.fetchall()]
    moves = {what: _moves(what, people) for what in HOW}
    covered = show_people(people.get(("all", ""), 0))
    return {"of": state_of(draft), "at": now.isoformat(), "covered": covered, **moves, "kinds": kinds}


def _waiting(now: datetime) -> QuerySet[RuleDraft]:
    unattended = Q(effect_beat_at=None) | Q(effect_beat_at__lt=now - DEAD_AFTER)
    return RuleDraft.objects.filter(unattended, set_aside_at=None).exclude(effect_asked_at=None)


def _scales(draft: RuleDraft, now: datetime) -> dict[str, Any]:
    """What a stored sum is worth now, and how many points show as 50 under the draft."""
    return {
        "slow_fades": value_at(1, now, RELATIONAL_HALF_LIFE),
        "fast_fades": value_at(1, now, TRANSACTIONAL_HALF_LIFE),
        "s50_relational": draft.s50_relational,
        "s50_transactional": draft.s50_transactional,
    }


def _moves(what: str, people: dict[tuple[str, str], int]) -> dict[str, Shown]:
    counts = {how: people.get((what, how), 0) for how in HOW[what]}
    hidden = hidden_groups(counts)
    return {how: HIDDEN if how in hidden else show_people(count) for how, count in counts.items()}


def _kind(row: tuple[Any, ...]) -> dict[str, Shown]:
    """Both sums of points are shown, or neither: the change of one reader's points would tell of that reader."""
    kind, lines, before, after, known, unknown = row
    people = max(known, 1 if unknown else 0)
    points = {"before": _plain(before), "after": _plain(after)}
    shown = {name: show_count(value, people) for name, value in points.items()}
    if HIDDEN in shown.values():
        shown = dict.fromkeys(points, HIDDEN)
    return {"kind": kind, "lines": show_count(lines, people), **shown}


def _plain(points: float) -> int | float:
    """One decimal where there is one."""
    rounded = round(points, 1)
    return int(rounded) if rounded.is_integer() else rounded
