"""Judging lines again: what any rule table makes of every line there is, said once, in SQL.

The points of a line under a table are a function of its kind, of what its event answered and of who started it. So the
ledger can follow a new table, a draft can be tried before it is published, and a score can be told as an older table
made it. A kind the table does not know brings nothing; what would be above the ceiling of its kind counts up to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Protocol

from django.db import connection, transaction

from engagement.models import RuleVersion, Score
from engagement.services.judging import NO, RELATIONAL_FROM, TESTS, TRANSACTIONAL_UP_TO
from engagement.services.rule_table import RuleFacts
from engagement.services.rules import table_of
from engagement.services.stages import OUR_CONTACT
from engagement.services.sums import OURS_USED_KNOWLEDGE, PROACTIVE, SUMS, sum_facts

NOTHING = "nnnnn"
# Every kind of the table, whoever started it and whatever the event answered: some 30,000 rows, made in a moment. Each
# step is put down, else the database would reckon the one before it several times a row.
JUDGED = """
letter (one) AS (VALUES ('y'), ('n'), ('-')),
tested AS MATERIALIZED (
    SELECT rule.kind, concat(a.one, b.one, c.one, d.one, e.one) AS answers, began.started_by, weight, ceiling, concat(
        CASE named WHEN 'event' THEN translate(a.one, '-', 'n') ELSE left(named, 1) END,
        CASE took_part WHEN 'event' THEN CASE b.one WHEN '-' THEN began.letter ELSE b.one END
            ELSE left(took_part, 1) END,
        CASE knowledge WHEN 'event' THEN translate(c.one, '-', 'n') ELSE left(knowledge, 1) END,
        CASE continued WHEN 'event' THEN translate(d.one, '-', 'n') ELSE left(continued, 1) END,
        CASE gave WHEN 'event' THEN translate(e.one, '-', 'n') ELSE left(gave, 1) END) AS tests
    FROM unnest(%(kinds)s::text[], %(named_people)s::text[], %(patron_took_part)s::text[], %(used_knowledge)s::text[],
        %(continued)s::text[], %(gave_something)s::text[], %(weights)s::float8[], %(ceilings)s::float8[])
        AS rule (kind, named, took_part, knowledge, continued, gave, weight, ceiling),
        letter AS a, letter AS b, letter AS c, letter AS d, letter AS e,
        (VALUES ('patron', 'y'), ('library', 'n')) AS began (started_by, letter)
),
counted AS MATERIALIZED (
    SELECT *, length(replace(tests, 'n', '')) AS yes FROM tested
),
weighed AS MATERIALIZED (
    SELECT *, least(CASE WHEN yes <= %(transactional_up_to)s THEN weight ELSE yes * weight END, ceiling) AS total
    FROM counted
),
judged AS MATERIALIZED (
    SELECT kind, answers, started_by, tests,
        CASE WHEN yes >= %(relational_from)s THEN 0 WHEN yes <= %(transactional_up_to)s THEN total
            ELSE total / 2 END AS transactional,
        CASE WHEN yes >= %(relational_from)s THEN total WHEN yes <= %(transactional_up_to)s THEN 0
            ELSE total / 2 END AS relational
    FROM weighed
)
"""
# The lines that name somebody, as the table judges them; SUMS and PROACTIVE can be asked of them.
LINES = """
line AS (
    SELECT stored.id, stored.patron_id, stored.at, stored.kind, stored.value, stored.thread,
        coalesce(judged.tests, %(nothing)s) AS tests, coalesce(judged.relational, 0) AS relational,
        coalesce(judged.transactional, 0) AS transactional
    FROM engagement_interaction AS stored
    LEFT JOIN judged ON judged.kind = stored.kind AND judged.answers = stored.answers
        AND judged.started_by = stored.started_by
    WHERE stored.patron_id IS NOT NULL
        AND (%(patrons)s::bigint[] IS NULL OR stored.patron_id = ANY(%(patrons)s::bigint[]))
)
"""
# Its fact is a contact of ours as this table judges it, not as the one in force does.
PROACTIVE_THEN = PROACTIVE.replace(
    OURS_USED_KNOWLEDGE, "(%(our_fact)s = 'yes' OR %(our_fact)s = 'event' AND ours.answers LIKE '__y__')"
)
# For the statements over the whole ledger: left alone the planner would sort it, on disk, to join some 30,000 rows.
TOGETHER = ("SET LOCAL work_mem = '128MB'", "SET LOCAL enable_mergejoin = off")
SCORES = f"WITH {JUDGED}, {LINES} SELECT {SUMS} {PROACTIVE_THEN} FROM line GROUP BY patron_id"  # noqa: S608  (fixed words)
LINES_OF_ONE = f"WITH {JUDGED}, {LINES} SELECT id, tests, transactional, relational FROM line"  # noqa: S608  (fixed words)


class Judgeable(Protocol):
    """A line of the ledger as far as judging it again reads and changes it."""

    pk: int
    kind: str
    tests: str
    transactional: float
    relational: float


def table_facts(rules: Iterable[RuleFacts]) -> dict[str, Any]:
    """What JUDGED and LINES need to know: a table, published or not."""
    table = list(rules)
    ours = next((rule.verdicts["used_knowledge"] for rule in table if rule.kind == OUR_CONTACT), NO)
    return {
        "kinds": [rule.kind for rule in table],
        **{test: [rule.verdicts[test] for rule in table] for test in TESTS},
        "weights": [rule.weight for rule in table],
        "ceilings": [rule.ceiling for rule in table],
        "transactional_up_to": TRANSACTIONAL_UP_TO,
        "relational_from": RELATIONAL_FROM,
        "nothing": NOTHING,
        "our_fact": ours,
    }


def scores_under(*, rules: RuleVersion, now: datetime, patrons: Sequence[int] | None = None) -> list[Score]:
    """The scores of these patrons (None: of everybody) as a published table makes them of today's ledger.

    Nothing is written. The stage is left to `stages.stage_at`.
    """
    return _scores(table_of(rules), rules, now, None if patrons is None else list(patrons))


def judge_as_then(*, rules: RuleVersion, score: Score, lines: Sequence[Judgeable], now: datetime) -> Score:
    """Put into these lines of one patron what a published table makes of them, and hand back its score.

    Nothing is written. What staff set stands under any table.
    """
    kinds = {line.kind for line in lines} | {OUR_CONTACT}
    table = [rule for rule in table_of(rules) if rule.kind in kinds]
    with connection.cursor() as cursor:
        cursor.execute(LINES_OF_ONE, table_facts(table) | {"patrons": [score.patron_id]})
        judged = {pk: said for pk, *said in cursor.fetchall()}
    for line in lines:
        line.tests, line.transactional, line.relational = judged[line.pk]
    [then] = _scores(table, rules, now, [score.patron_id]) or [Score(patron_id=score.patron_id)]
    then.stage, then.stage_since, then.fixed_stage, then.fixed_until = "", now, score.fixed_stage, score.fixed_until
    return then


@transaction.atomic
def _scores(table: list[RuleFacts], rules: RuleVersion, now: datetime, patrons: list[int] | None) -> list[Score]:
    facts = table_facts(table) | sum_facts(rules=rules.number, now=now)
    with connection.cursor() as cursor:
        for setting in TOGETHER if patrons is None else ():
            cursor.execute(setting)
        cursor.execute(SCORES, facts | {"patrons": patrons})
        rows = cursor.fetchall()
    return [_score(row, rules, now) for row in rows]


def _score(row: tuple[Any, ...], rules: RuleVersion, now: datetime) -> Score:
    """A row of SUMS and PROACTIVE: patron and both sums come first, the three rungs last."""
    patron, relational, transactional = row[:3]
    score = Score(patron_id=patron, relational=relational, transactional=transactional, rules=rules.number)
    score.changed_at = score.stage_since = now
    score.reactive_until, score.follow_up_until, score.proactive_until = row[-3:]
    return score
