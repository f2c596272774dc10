"""What a file of loans would change: every row beside the loan that is here, in one temporary table.

`loans_read` holds the cleaned rows, `loans_planned` one row for each loan with what it is to be: `act` says created,
updated or unchanged; the columns of the loan; `person`, `known`, `keeps` of the reader; `linked` where an import says
for the first time who had it; `moment` for the ledger's line.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection

from engagement.services.decay import EARLIEST
from engagement.services.imports.resolving import TABLES, resolve_branches, resolve_people
from engagement.services.lines import AHEAD
from library.models import ImportRun
from library.services.staging import Staging, drop_tables

READ = Staging(
    "loans_read",
    (
        ("line", "integer"),
        ("key", 'text COLLATE "C"'),
        ("older", "text"),
        ("patron", "text"),
        ("title", "text"),
        ("isbn", "text"),
        ("title_words", "text"),
        ("copy", "text"),
        ("branch", "text"),
        ("borrowed_at", "timestamptz"),
        ("borrowed_as", "text"),
        ("due_at", "timestamptz"),
        ("returned_at", "timestamptz"),
        ("returned_as", "text"),
        ("renewals", "integer"),
    ),
)
# A loan written down under a key that is no longer the first keeps its number.
OLDER_KEYS = """
UPDATE loans_read AS row SET key = loan.source_key
FROM engagement_loan AS loan WHERE loan.source_key = ANY(string_to_array(row.older, ' '))
"""
REPEATED = """
CREATE TEMPORARY TABLE loans_repeated AS
SELECT key, line, first_line FROM (
    SELECT key, line, min(line) OVER (PARTITION BY key) AS first_line FROM loans_read
) AS row WHERE line <> first_line
"""
CLASHES = """
INSERT INTO library_importissue (run_id, line, field, value, reason, rejected)
SELECT %(run)s, row.line, 'loan_id', '',
    'Line ' || first.line || ' has the same number and says otherwise; that one was taken.', true
FROM loans_repeated AS repeated
JOIN loans_read AS row USING (key, line)
JOIN loans_read AS first ON first.key = row.key AND first.line = repeated.first_line
WHERE to_jsonb(row) - 'line' <> to_jsonb(first) - 'line'
ORDER BY row.line
"""
WITHOUT_REPEATED = """
DELETE FROM loans_read AS row USING loans_repeated AS repeated WHERE row.key = repeated.key AND row.line = repeated.line
"""
OUT_OF_RANGE = """
INSERT INTO library_importissue (run_id, line, field, value, reason, rejected)
SELECT %(run)s, line, 'borrowed_at', borrowed_at::date::text, CASE WHEN borrowed_at < %(earliest)s
    THEN 'This day is before 1890.' ELSE 'This day is later than tomorrow.' END, true
FROM loans_read WHERE borrowed_at NOT BETWEEN %(earliest)s AND %(latest)s ORDER BY line
"""
WITHOUT_THEM = "DELETE FROM loans_read WHERE borrowed_at NOT BETWEEN %(earliest)s AND %(latest)s"
# A title's number may stand behind the name of its column ('biblionumber:12'). One that several catalogues use names
# no title.
TITLES = """
CREATE TEMPORARY TABLE said_numbers AS
SELECT said, min(id) AS title_id, count(*) AS titles
FROM (
    SELECT id, source_key AS said FROM catalog_title
    UNION
    SELECT id, substring(source_key FROM '^[a-z0-9_]+:(.+)$') FROM catalog_title
) AS title
WHERE EXISTS (SELECT 1 FROM loans_read WHERE title <> '') AND said IN (SELECT title FROM loans_read WHERE title <> '')
GROUP BY said;
CREATE TEMPORARY TABLE said_isbns AS
SELECT isbn AS said, min(id) AS title_id
FROM (SELECT id, unnest(isbns) AS isbn FROM catalog_title) AS title
WHERE EXISTS (SELECT 1 FROM loans_read WHERE isbn <> '') GROUP BY isbn;
CREATE TEMPORARY TABLE said_copies AS
SELECT source_key AS said, title_id FROM catalog_copy WHERE EXISTS (SELECT 1 FROM loans_read WHERE copy <> '');
ANALYZE said_numbers, said_isbns, said_copies
"""
PLANNED = """
CREATE TEMPORARY TABLE loans_planned AS
WITH met AS (
    SELECT row.line, row.key, loan AS old, loan.id AS old_id, person.patron_id AS person, person.known, person.keeps,
        person.audience, person.language, person.branch_id AS home, loan.patron_id AS old_patron,
        coalesce(loan.let_go, false) AS was_let_go,
        coalesce(CASE number.titles WHEN 1 THEN number.title_id END, isbn.title_id, copy.title_id, loan.title_id)
            AS title_id,
        coalesce(nullif(left(row.title_words, 200), ''), loan.title_words, '') AS title_words,
        coalesce(branch.branch_id, loan.branch_id) AS branch_id,
        coalesce(row.borrowed_at, loan.borrowed_at) AS borrowed_at,
        coalesce(nullif(left(row.borrowed_as, 10), ''), loan.borrowed_as, '') AS borrowed_as,
        coalesce(row.due_at, loan.due_at) AS due_at,
        coalesce(row.returned_at, loan.returned_at) AS returned_at,
        coalesce(nullif(left(row.returned_as, 10), ''), loan.returned_as, '') AS returned_as,
        coalesce(nullif(least(row.renewals, 32767), 0), loan.renewals, 0) AS renewals,
        number.titles > 1 AS ambiguous
    FROM loans_read AS row
    LEFT JOIN engagement_loan AS loan ON loan.source_key = row.key
    LEFT JOIN said_people AS person ON person.said = row.patron
    LEFT JOIN said_branches AS branch ON branch.said = row.branch
    LEFT JOIN said_numbers AS number ON number.said = row.title
    LEFT JOIN said_isbns AS isbn ON isbn.said = row.isbn
    LEFT JOIN said_copies AS copy ON copy.said = row.copy
), judged AS (
    SELECT *, returned_at IS NOT NULL OR returned_as <> '' AS returned FROM met
), kept AS (
    SELECT *, was_let_go OR (returned AND person IS NOT NULL AND NOT keeps) AS let_go FROM judged
), said AS (
    SELECT line, key, old, old_id, old_patron, person, coalesce(known, false) AS known, keeps, audience, language, home,
        title_id, branch_id, borrowed_at, due_at, returned_at, renewals, let_go, ambiguous,
        CASE WHEN title_id IS NULL THEN title_words ELSE '' END AS title_words,
        CASE WHEN borrowed_at IS NULL THEN borrowed_as ELSE '' END AS borrowed_as,
        CASE WHEN returned_at IS NULL THEN returned_as ELSE '' END AS returned_as,
        CASE WHEN NOT let_go THEN coalesce(person, old_patron) END AS patron_id,
        old_patron IS NULL AND NOT was_let_go AND person IS NOT NULL AS linked
    FROM kept
)
SELECT line, key, coalesce(old_id, nextval(pg_get_serial_sequence('engagement_loan', 'id'))) AS loan_id, person, known,
    keeps, audience, language, home, patron_id, title_id, title_words, said.branch_id, borrowed_at, borrowed_as, due_at,
    returned_at, returned_as, renewals, let_go, linked, ambiguous, zone.zone,
    coalesce(borrowed_at, CASE WHEN borrowed_as ~ '^(189|19[0-9]|20[0-9]|21[0-9])[0-9](-(0[1-9]|1[0-2]))?$'
        THEN (rpad(borrowed_as, 10, '-01-01')::date + time '12:00') AT TIME ZONE zone.zone END) AS moment,
    CASE WHEN old_id IS NULL THEN 'created'
        WHEN (patron_id, let_go, title_id, title_words, said.branch_id, borrowed_at, borrowed_as, due_at, returned_at,
            returned_as, renewals)
        IS DISTINCT FROM ((old).patron_id, (old).let_go, (old).title_id, (old).title_words, (old).branch_id,
            (old).borrowed_at, (old).borrowed_as, (old).due_at, (old).returned_at, (old).returned_as, (old).renewals)
        THEN 'updated' ELSE 'unchanged' END AS act
FROM said JOIN branch_zones AS zone ON zone.branch_id = coalesce(said.branch_id, said.home, -1)
"""
COUNTS = """
SELECT count(*) FILTER (WHERE act = 'created'), count(*) FILTER (WHERE act = 'updated'),
    count(*) FILTER (WHERE act = 'unchanged'), count(*) FILTER (WHERE moment IS NULL),
    count(*) FILTER (WHERE person IS NULL), count(*) FILTER (WHERE ambiguous)
FROM loans_planned
"""
MADE = ("loans_repeated", "said_numbers", "said_isbns", "said_copies", "loans_planned", *TABLES)
NAMES = ("created", "updated", "unchanged", "without_day", "without_person", "ambiguous")


def plan_loans(*, run: ImportRun, now: datetime) -> dict[str, int]:
    """Compare what was read with what is here; counts of what would come of it. Within the transaction of the run."""
    facts: dict[str, Any] = {"run": run.pk, "earliest": EARLIEST, "latest": now + AHEAD}
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '128MB'")
        if settings.SECRET_KEY_FALLBACKS:
            cursor.execute(OLDER_KEYS)
        again, clashing = _take_repeated(facts)
        cursor.execute(OUT_OF_RANGE, facts)
        rejected = cursor.rowcount
        if rejected:
            cursor.execute(WITHOUT_THEM, facts)
        resolve_people(run=run, table=READ.table)
        resolve_branches(run=run, table=READ.table)
        cursor.execute(TITLES)
        cursor.execute(PLANNED)
        cursor.execute("ANALYZE loans_planned")
        cursor.execute(COUNTS)
        counts = dict(zip(NAMES, cursor.fetchone(), strict=True))
    counts["unchanged"] += again
    return counts | {"rejected": rejected + clashing, "gone": 0, "repaired": 0}


def _take_repeated(facts: dict[str, Any]) -> tuple[int, int]:
    """Leave out rows whose number came before in this file: how many say the same, how many say otherwise."""
    with connection.cursor() as cursor:
        cursor.execute(REPEATED)
        repeated = cursor.rowcount
        if not repeated:
            return 0, 0
        cursor.execute(CLASHES, facts)
        clashing = cursor.rowcount
        cursor.execute(WITHOUT_REPEATED)
    return repeated - clashing, clashing


def forget_plan() -> None:
    """Let go of every table made while planning."""
    drop_tables(*MADE)
