"""Whom and where the words of a file mean: its patrons and branches, looked up once for each number that stands in it.

Both leave a temporary table behind: `said_people` (said, patron_id, audience, language, branch_id, keeps, known) and
`said_branches` (said, branch_id). `known`: profile consent in force; `keeps`: a reading history may be kept.
"""

from __future__ import annotations

from django.db import connection

from engagement.services.history import CONSENTED, KEEPS
from engagement.services.working_days import zone_of
from library.models import Branch, ImportRun
from library.services.places import branches_named
from library.services.reading.maps import system_of
from library.services.settings import current_settings
from library.services.staging import drop_tables

WHO = """
CREATE TEMPORARY TABLE said_persons AS
SELECT said.patron AS said, coalesce(patron.id, former.patron_id, card.patron_id, bare.id) AS patron_id
FROM (
    SELECT patron, CASE %(system)s WHEN '' THEN patron ELSE %(system)s || ':' || patron END AS ils_id
    FROM {table} WHERE patron <> '' GROUP BY patron
) AS said
LEFT JOIN patrons_patron AS patron ON patron.ils_id = said.ils_id AND patron.ils_id <> ''
LEFT JOIN (
    SELECT DISTINCT ON (ils_id) ils_id, patron_id FROM patrons_formernumber WHERE ils_id <> '' ORDER BY ils_id, id DESC
) AS former ON former.ils_id = said.ils_id
LEFT JOIN patrons_card AS card ON card.number = said.patron
LEFT JOIN patrons_patron AS bare ON bare.ils_id = said.patron AND bare.ils_id <> ''
"""
# Whoever adds a line or withdraws a consent waits until the import has ended (see the ledger).
HOLD = """
SELECT count(*) FROM (
    SELECT 1 FROM patrons_consent
    WHERE purpose = 'profile' AND patron_id IN (SELECT patron_id FROM said_persons)
    ORDER BY id FOR NO KEY UPDATE
) AS held
"""
PEOPLE = f"""
CREATE TEMPORARY TABLE said_people AS
SELECT said, patron.id AS patron_id, patron.audience, patron.language, patron.branch_id,
    {KEEPS} AS keeps, {CONSENTED} AS known
FROM said_persons JOIN patrons_patron AS patron ON patron.id = said_persons.patron_id
"""  # noqa: S608  (fixed words)
# Without the number itself: it may be that of someone who was erased.
UNKNOWN_PEOPLE = """
INSERT INTO library_importissue (run_id, line, field, value, reason, rejected)
SELECT %(run)s, min(line), 'patron', '', CASE count(*)
    WHEN 1 THEN 'Nobody here has the number in this line. It comes in without a person.'
    ELSE 'Nobody here has the number in this line. Its ' || count(*) || ' lines come in without a person.' END, false
FROM {table} JOIN said_persons ON said = patron AND said_persons.patron_id IS NULL
GROUP BY patron ORDER BY 2
"""
UNKNOWN_BRANCHES = """
INSERT INTO library_importissue (run_id, line, field, value, reason, rejected)
SELECT %(run)s, min(line), 'branch', left(branch, 200),
    'No branch here has this name or code: ' || count(*) || ' rows without one. Add it to a branch in the settings.',
    false
FROM {table} LEFT JOIN said_branches ON said = branch
WHERE branch <> '' AND said IS NULL GROUP BY branch ORDER BY 2
"""
ZONES = """
CREATE TEMPORARY TABLE branch_zones (branch_id bigint, zone text);
INSERT INTO branch_zones SELECT * FROM unnest(%s::bigint[], %s::text[]);
UPDATE branch_zones SET zone = 'UTC' WHERE zone NOT IN (SELECT name FROM pg_timezone_names);
ANALYZE branch_zones
"""
TABLES = ("said_persons", "said_people", "said_branches", "branch_zones")


def resolve_people(*, run: ImportRun, table: str) -> None:
    """Look up the patrons of a staging table, and hold their consents until the transaction ends.

    By the number in the library system the file comes from, also one of a record that was joined into another; by card;
    by a number that came in without a system.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {table}")
        cursor.execute(WHO.format(table=table), {"system": system_of(run.preset, run.mapping)})
        cursor.execute(HOLD)
        cursor.execute(PEOPLE, {"history": current_settings().reading_history})
        cursor.execute("ANALYZE said_people")
        cursor.execute(UNKNOWN_PEOPLE.format(table=table), {"run": run.pk})


def resolve_branches(*, run: ImportRun, table: str) -> None:
    """Look up the branches of a staging table, and the zones of all branches as PostgreSQL knows them (-1: none)."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT DISTINCT branch FROM {table} WHERE branch <> ''")  # noqa: S608  (a name of our own)
        found = branches_named(said for (said,) in cursor.fetchall())
        cursor.execute("CREATE TEMPORARY TABLE said_branches (said text, branch_id bigint)")
        cursor.execute(
            "INSERT INTO said_branches SELECT * FROM unnest(%s::text[], %s::bigint[])",
            [list(found), list(found.values())],
        )
        cursor.execute("ANALYZE said_branches")
        cursor.execute(UNKNOWN_BRANCHES.format(table=table), {"run": run.pk})
        zones = {-1: zone_of(None).key} | {branch.pk: zone_of(branch).key for branch in Branch.objects.all()}
        cursor.execute(ZONES, [list(zones), list(zones.values())])


def drop_resolved() -> None:
    """Let go of what was looked up."""
    drop_tables(*TABLES)
