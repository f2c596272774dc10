"""Taking an import of loans back: what it made goes, what it changed is as before, what a later import changed stays.

What was let go stays let go: the journal does not know who had a loan, and nothing else does either.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import connection, transaction

from engagement.services.changed_months import note_changed_months, taken_back_on
from engagement.services.imports.applying import KIND
from engagement.services.imports.resolving import ZONES
from engagement.services.recounting import recount_patrons
from engagement.services.working_days import zone_of
from library.models import Branch, ImportRun
from library.services.importing import UndoTooLate
from library.services.staging import drop_tables

CHOSEN = """
CREATE TEMPORARY TABLE loans_undone AS
SELECT change.id, change.loan_id, change.line, change.before, loan.source_key AS key, loan.id IS NULL AS gone,
    coalesce((change.before ->> 'linked')::boolean, false) AS linked,
    EXISTS (
        SELECT 1 FROM engagement_loanchange AS later
        WHERE later.loan_id = change.loan_id AND later.id > change.id AND later.run_id <> change.run_id
    ) AS kept
FROM engagement_loanchange AS change LEFT JOIN engagement_loan AS loan ON loan.id = change.loan_id
WHERE change.run_id = %(run)s
"""
KEPT = """
INSERT INTO library_importissue (run_id, line, field, value, reason, rejected)
SELECT %(run)s, line, '', '', 'Kept: a later import changed this loan.', false
FROM loans_undone WHERE kept AND NOT gone ORDER BY line
"""
COUNTS = """
SELECT count(*), count(*) FILTER (WHERE NOT gone AND NOT kept), count(*) FILTER (WHERE NOT gone AND kept),
    count(*) FILTER (WHERE gone)
FROM loans_undone
"""
ONLY_REVERSED = "DELETE FROM loans_undone WHERE gone OR kept"
TOUCHED = """
SELECT DISTINCT patron_id FROM engagement_interaction
WHERE source_key IN (SELECT key FROM loans_undone) AND patron_id IS NOT NULL
"""
# A day of each month whose lines go, move away, or come back.
DAYS = """
SELECT DISTINCT date_trunc('month', line.day)::date FROM engagement_interaction AS line
JOIN loans_undone AS undone ON undone.key = line.source_key
UNION
SELECT DISTINCT date_trunc('month', (before -> 'line' ->> 'day')::date)::date FROM loans_undone
WHERE before -> 'line' ->> 'day' IS NOT NULL
"""
LOANS_AS_BEFORE = """
UPDATE engagement_loan AS loan
SET title_id = (SELECT id FROM catalog_title WHERE id = (undone.before ->> 'title_id')::bigint),
    branch_id = (SELECT id FROM library_branch WHERE id = (undone.before ->> 'branch_id')::bigint),
    title_words = undone.before ->> 'title_words',
    borrowed_at = (undone.before ->> 'borrowed_at')::timestamptz, borrowed_as = undone.before ->> 'borrowed_as',
    due_at = (undone.before ->> 'due_at')::timestamptz,
    returned_at = (undone.before ->> 'returned_at')::timestamptz, returned_as = undone.before ->> 'returned_as',
    renewals = (undone.before ->> 'renewals')::smallint,
    patron_id = CASE WHEN NOT undone.linked THEN loan.patron_id END
FROM loans_undone AS undone WHERE undone.before IS NOT NULL AND loan.id = undone.loan_id
"""
# Lines this run wrote go; lines it changed follow their loan again.
LINES_GONE = """
DELETE FROM engagement_interaction AS line USING loans_undone AS undone
WHERE line.source_key = undone.key AND line.import_run = %(run)s
"""
LINES_AS_BEFORE = """
UPDATE engagement_interaction AS line
SET day = (undone.before -> 'line' ->> 'day')::date, branch_id = branch.id,
    audience = undone.before -> 'line' ->> 'audience', language = undone.before -> 'line' ->> 'language',
    patron_id = CASE WHEN NOT undone.linked THEN line.patron_id END,
    at = CASE WHEN NOT undone.linked AND line.patron_id IS NOT NULL THEN coalesce(loan.borrowed_at,
        ((undone.before -> 'line' ->> 'day')::date + time '12:00') AT TIME ZONE zone.zone) END,
    title_id = CASE WHEN NOT undone.linked AND line.title_id IS NOT NULL THEN loan.title_id END
FROM loans_undone AS undone
JOIN engagement_loan AS loan ON loan.id = undone.loan_id
LEFT JOIN library_branch AS branch ON branch.id = (undone.before -> 'line' ->> 'branch_id')::bigint
JOIN branch_zones AS zone ON zone.branch_id = coalesce(branch.id, -1)
WHERE line.source_key = undone.key AND undone.before -> 'line' <> 'null'
"""
LOANS_GONE = "DELETE FROM engagement_loan WHERE id IN (SELECT loan_id FROM loans_undone WHERE before IS NULL)"
JOURNAL_GONE = "DELETE FROM engagement_loanchange WHERE run_id = %(run)s"


@transaction.atomic
def undo_loans(*, run: ImportRun, now: datetime) -> Mapping[str, int]:
    """Reverse the run: how many loans were reversed, kept, and are gone already. Raises UndoTooLate."""
    facts = {"run": run.pk}
    drop_tables("loans_undone", "branch_zones")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '128MB'")
        cursor.execute(CHOSEN, facts)
        cursor.execute(COUNTS)
        changes, reversed_, kept, gone = cursor.fetchone()
        if not changes and (run.counts.get("created") or run.counts.get("updated")):
            raise UndoTooLate("What this import changed is no longer known.")
        cursor.execute(KEPT, facts)
        cursor.execute(ONLY_REVERSED)
        cursor.execute("ANALYZE loans_undone")
        cursor.execute(TOUCHED)
        touched = [pk for (pk,) in cursor.fetchall()]
        cursor.execute(DAYS)
        days = [day for (day,) in cursor.fetchall()]
        zones = {-1: zone_of(None).key} | {branch.pk: zone_of(branch).key for branch in Branch.objects.all()}
        cursor.execute(ZONES, [list(zones), list(zones.values())])
        for statement in (LOANS_AS_BEFORE, LINES_GONE, LINES_AS_BEFORE, LOANS_GONE, JOURNAL_GONE):
            cursor.execute(statement, facts)
    note_changed_months(days=days, because=taken_back_on(now), now=now)
    recount_patrons(patrons=touched, now=now, because=KIND)
    drop_tables("loans_undone", "branch_zones")
    return {"reversed": reversed_, "kept": kept, "gone": gone}
