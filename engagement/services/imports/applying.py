"""Writing what was planned: loans, their lines in the ledger, the journal, and the scores of the readers they name.

The lines are what `engagement.services.ledger.record_interaction` would write, a million of them in one statement.
A renewal is no line of its own: a file says how often, not when, and a day would be a guess. Its number stays with
the loan.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection

from engagement.services.changed_months import imported_on, note_changed_months
from engagement.services.history import let_go_of
from engagement.services.judging import answer_tests, weigh
from engagement.services.recounting import recount_patrons
from engagement.services.rules import rule_for
from library.models import ImportRun

KIND = "loan"
LOANS = """
INSERT INTO engagement_loan (id, source_key, patron_id, title_id, title_words, branch_id, borrowed_at, borrowed_as,
    due_at, returned_at, returned_as, renewals, let_go)
SELECT loan_id, key, patron_id, title_id, title_words, branch_id, borrowed_at, borrowed_as, due_at, returned_at,
    returned_as, renewals, let_go
FROM loans_planned WHERE act = 'created'
"""
# The journal never says who had the loan, only whether it did.
NEW = """
INSERT INTO engagement_loanchange (run_id, loan_id, line, before, after)
SELECT %(run)s, loan_id, line, NULL, '{}' FROM loans_planned WHERE act = 'created'
"""
CHANGED = """
INSERT INTO engagement_loanchange (run_id, loan_id, line, before, after)
SELECT %(run)s, loan.id, plan.line, to_jsonb(loan) - 'id' - 'source_key' - 'patron_id' - 'let_go'
    || jsonb_build_object('linked', plan.linked, 'line', (
        SELECT to_jsonb(ledger) FROM (
            SELECT day, branch_id, audience, language FROM engagement_interaction WHERE source_key = plan.key
        ) AS ledger)), '{}'
FROM loans_planned AS plan JOIN engagement_loan AS loan ON loan.id = plan.loan_id
WHERE plan.act = 'updated'
"""
UPDATED = """
UPDATE engagement_loan AS loan
SET patron_id = plan.patron_id, title_id = plan.title_id, title_words = plan.title_words, branch_id = plan.branch_id,
    borrowed_at = plan.borrowed_at, borrowed_as = plan.borrowed_as, due_at = plan.due_at,
    returned_at = plan.returned_at, returned_as = plan.returned_as, renewals = plan.renewals, let_go = plan.let_go
FROM loans_planned AS plan WHERE plan.act = 'updated' AND loan.id = plan.loan_id
"""
# In the order of the days: reports look for days, and find them together.
LINES = """
INSERT INTO engagement_interaction (source_key, kind, day, at, patron_id, branch_id, audience, language, started_by,
    tests, transactional, relational, rules, value, title_id, recorded_at, import_run)
SELECT key, %(kind)s, (moment AT TIME ZONE zone)::date, CASE WHEN known THEN moment END,
    CASE WHEN known THEN person END, coalesce(branch_id, home), coalesce(audience, ''), coalesce(language, ''),
    'patron', %(tests)s, %(transactional)s, %(relational)s, %(rules)s, '', CASE WHEN known AND keeps THEN title_id END,
    (%(now)s AT TIME ZONE zone)::date, %(run)s
FROM loans_planned WHERE act = ANY(%(acts)s) AND moment IS NOT NULL ORDER BY moment
ON CONFLICT (source_key) DO NOTHING
"""
# A line that is there keeps its person or none; an import that first says who had the loan says it here too.
FOLLOWED = """
UPDATE engagement_interaction AS line
SET day = (plan.moment AT TIME ZONE plan.zone)::date,
    patron_id = coalesce(line.patron_id, now_known.person),
    at = CASE WHEN coalesce(line.patron_id, now_known.person) IS NOT NULL THEN plan.moment END,
    title_id = CASE WHEN coalesce(line.patron_id, now_known.person) IS NULL OR NOT plan.keeps THEN NULL
        WHEN plan.keeps THEN plan.title_id ELSE line.title_id END,
    branch_id = coalesce(plan.branch_id, line.branch_id, plan.home),
    audience = CASE WHEN plan.linked THEN plan.audience ELSE line.audience END,
    language = CASE WHEN plan.linked THEN plan.language ELSE line.language END
FROM loans_planned AS plan
CROSS JOIN LATERAL (SELECT CASE WHEN plan.linked AND plan.known THEN plan.person END AS person) AS now_known
WHERE plan.act = 'updated' AND line.source_key = plan.key AND plan.moment IS NOT NULL
"""
TOUCHED = """
SELECT DISTINCT line.patron_id FROM loans_planned AS plan
JOIN engagement_interaction AS line ON line.source_key = plan.key
WHERE plan.act = 'updated' AND line.patron_id IS NOT NULL
UNION
SELECT DISTINCT person FROM loans_planned WHERE act <> 'unchanged' AND known
"""
# Somebody stands on the loan whom this file does not name.
UNNAMED = """
SELECT DISTINCT patron_id FROM loans_planned WHERE act = 'updated' AND person IS NULL AND patron_id IS NOT NULL
"""
# A day of each month in which lines of changed loans stood, and in which those of new and changed ones stand.
STOOD = """
SELECT DISTINCT date_trunc('month', line.day)::date FROM loans_planned AS plan
JOIN engagement_interaction AS line ON line.source_key = plan.key WHERE plan.act = 'updated'
"""
STANDS = """
SELECT DISTINCT date_trunc('month', moment AT TIME ZONE zone)::date FROM loans_planned
WHERE act <> 'unchanged' AND moment IS NOT NULL
"""


def apply_loans(*, run: ImportRun, counts: dict[str, int], now: datetime) -> None:
    """Write what `plan_loans` found, in the transaction that planned it."""
    facts = {"run": run.pk, "now": now, "kind": KIND, **judged()}
    with connection.cursor() as cursor:
        if counts["created"]:
            cursor.execute(LOANS)
            cursor.execute(NEW, facts)
        if counts["updated"]:
            cursor.execute(CHANGED, facts)
            _note_days(STOOD, now)
            cursor.execute(UPDATED)
            cursor.execute(FOLLOWED)
        if counts["created"] or counts["updated"]:
            cursor.execute(LINES, facts | {"acts": ["created", "updated"]})
            _note_days(STANDS, now)
            _follow(now)


def judged() -> dict[str, Any]:
    """How the rules in force judge a loan: the reader began it, and no file answers more."""
    rule = rule_for(KIND)
    points = weigh(answer_tests(rule.verdicts, {"patron_took_part": True}), weight=rule.weight, ceiling=rule.ceiling)
    return {
        "rules": rule.version,
        "tests": points.tests,
        "transactional": points.transactional,
        "relational": points.relational,
    }


def _note_days(statement: str, now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        note_changed_months(days=[day for (day,) in cursor.fetchall()], because=imported_on(now), now=now)


def _follow(now: datetime) -> None:
    """Scores of the readers named, and the history of those a loan names without the file."""
    with connection.cursor() as cursor:
        cursor.execute(UNNAMED)
        unnamed = [pk for (pk,) in cursor.fetchall()]
        cursor.execute(TOUCHED)
        touched = [pk for (pk,) in cursor.fetchall()]
    if unnamed:
        let_go_of(unnamed)
    recount_patrons(patrons=touched, now=now, because=KIND)
