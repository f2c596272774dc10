"""Taking a whole import back: each patron reversed, or kept because something happened to them since."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.db import transaction
from django.db.models import ForeignKey

from library.models import ImportRun
from library.services.audit import write_line
from library.services.importing import UndoTooLate
from library.services.imports import hold_run, one_at_a_time
from library.services.settings import current_settings
from patrons.models import AuditReference, Card, Consent, Duplicate, Patron, PatronChange
from patrons.services.imports.journal import COLUMNS
from patrons.services.imports.staging import read_sql, run_sql

CHANGED = "Changed since the import, so it stays: %s."
USED = "Something belongs to this new reader by now, so the record stays."
TOUCHED = "This new reader was changed since, so the record stays."
# What goes with a patron that is taken back, and so is no reason to keep one.
OWN_PARTS = (PatronChange, Card, Consent, Duplicate, AuditReference)

JOURNAL = """
CREATE TEMPORARY TABLE undo_change AS
SELECT j.id, j.patron_id, j.line, j.before, j.after - 'cards' - 'moved' AS after, j.after -> 'cards' AS cards,
    j.after -> 'moved' AS moved, NULL::text AS reason
FROM patrons_patronchange AS j JOIN patrons_patron AS p ON p.id = j.patron_id WHERE j.run_id = %(run)s
"""
# Nobody changes or uses them until this is over.
LOCK = """
SELECT count(*) FROM (SELECT p.id FROM patrons_patron AS p JOIN patrons_patronchange AS j ON j.patron_id = p.id
    WHERE j.run_id = %(run)s ORDER BY p.id FOR UPDATE OF p) AS locked
"""
# `by_hand` only ever loses names by an import; what was added since is not lost by putting the others back.
SINCE = """
UPDATE undo_change AS u SET reason = replace(%(changed)s, '%%s', differs.names)
FROM (
    SELECT c.id, string_agg(one.name, ', ' ORDER BY one.name) AS names
    FROM undo_change AS c JOIN patrons_patron AS p ON p.id = c.patron_id
    CROSS JOIN LATERAL jsonb_each(c.after) AS one (name, value)
    WHERE c.before IS NOT NULL AND NOT to_jsonb(p) @> (c.after - 'by_hand')
        AND one.name <> 'by_hand' AND to_jsonb(p) -> one.name IS DISTINCT FROM one.value
    GROUP BY c.id
) AS differs
WHERE u.id = differs.id
"""
TOUCHED_SINCE = """
UPDATE undo_change AS u SET reason = %(touched)s FROM patrons_patron AS p
WHERE p.id = u.patron_id AND u.before IS NULL AND u.reason IS NULL
    AND (p.by_hand <> '{}' OR p.link_generation > 1 OR p.my_page_opened > 0 OR p.proved_at IS NOT NULL
        OR p.preferred_channel <> 'email' OR p.frequency <> 'any' OR p.time_zone <> ''
        OR EXISTS (SELECT 1 FROM patrons_patronchange AS j WHERE j.patron_id = p.id AND j.run_id <> %(run)s)
        OR EXISTS (SELECT 1 FROM patrons_consent AS c WHERE c.patron_id = p.id
            AND (c.how <> 'import' OR c.given_at <> %(at)s OR c.withdrawn_at IS NOT NULL)))
"""
KEPT = """
INSERT INTO library_importissue (run_id, line, field, value, reason, rejected)
SELECT %(run)s, line, '', '', left(reason, 300), false FROM undo_change WHERE reason IS NOT NULL ORDER BY line
"""
BACK = (
    "UPDATE patrons_patron AS p SET ("  # noqa: S608  (names of our own)
    + ", ".join(COLUMNS)
    + ") = (SELECT "
    + ", ".join(f"was.{column}" for column in COLUMNS)
    + " FROM jsonb_populate_record(p, u.before) AS was),"
    " link_generation = p.link_generation + (u.before ? 'email' AND u.before ->> 'email' <> p.email)::integer"
    " FROM undo_change AS u WHERE u.patron_id = p.id AND u.reason IS NULL AND u.before IS NOT NULL"
    " AND u.before <> '{}'"
)
# A card that was with somebody else goes back to them, unless they are gone or it moved on.
CARDS_BACK = """
UPDATE patrons_card AS k SET patron_id = was.id
FROM undo_change AS u CROSS JOIN LATERAL jsonb_each_text(u.moved) AS card (number, was_with)
JOIN patrons_patron AS was ON was.id = card.was_with::bigint
WHERE u.reason IS NULL AND u.moved <> 'null' AND k.number = card.number AND k.patron_id = u.patron_id
"""
CARDS_GONE = """
DELETE FROM patrons_card AS k USING undo_change AS u CROSS JOIN LATERAL jsonb_array_elements_text(u.cards) AS card
WHERE u.reason IS NULL AND u.cards <> 'null' AND k.number = card AND k.patron_id = u.patron_id
"""
CONSENTS_BACK = """
UPDATE patrons_consent AS c SET withdrawn_at = NULL FROM undo_change AS u
WHERE u.reason IS NULL AND u.after ->> 'audience' = 'child' AND c.patron_id = u.patron_id AND c.withdrawn_at = %(at)s
"""
CONSENTS_GONE = """
DELETE FROM patrons_consent AS c WHERE c.how = 'import' AND c.given_at = %(at)s AND c.withdrawn_at IS NULL
    AND c.patron_id IN (SELECT patron_id FROM undo_change WHERE reason IS NULL)
"""
PARTS_GONE = """
DELETE FROM {table} WHERE {column} IN (SELECT patron_id FROM undo_change WHERE reason IS NULL AND before IS NULL)
"""
USED_BY = """
UPDATE undo_change AS u SET reason = %(used)s WHERE u.before IS NULL AND u.reason IS NULL
    AND EXISTS (SELECT 1 FROM {table} AS other WHERE other.{column} = u.patron_id)
"""
PATRONS_GONE = """
DELETE FROM patrons_patron WHERE id IN (SELECT patron_id FROM undo_change WHERE reason IS NULL AND before IS NULL)
"""
HOUSEHOLDS_GONE = """
DELETE FROM patrons_household AS h WHERE h.created_at = %(at)s AND h.source_key <> '' AND h.name = ''
    AND NOT EXISTS (SELECT 1 FROM patrons_patron AS p WHERE p.household_id = h.id)
"""
FORGET = "DELETE FROM patrons_patronchange WHERE run_id = %(run)s"


def undo_run(*, run: ImportRun, now: datetime) -> dict[str, int]:
    """Reverse a run of patrons: {'reversed', 'kept', 'gone'}, with the reason of each kept one among its issues.

    Gone are those erased since. Raises UndoTooLate, and AnotherRunning while patrons are being imported.
    """
    with one_at_a_time("patrons"), transaction.atomic():
        hold_run(run=run)
        run.refresh_from_db()
        changed = _check(run, now)
        facts: dict[str, object] = {
            "run": run.pk,
            "at": run.started_at,
            "changed": CHANGED,
            "used": USED,
            "touched": TOUCHED,
        }
        counts = _reverse(facts, changed)
        run.state, run.undone_at, run.undone_counts = ImportRun.State.UNDONE, now, counts
        run.save(update_fields=["state", "undone_at", "undone_counts"])
        write_line(what="import.undone", thing="import", reference=str(run.pk), by=run.by, now=now)
        return counts


def _check(run: ImportRun, now: datetime) -> int:
    """How many patrons the run touched. Raises UndoTooLate."""
    if run.what != "patrons" or run.dry_run or run.state != ImportRun.State.DONE:
        raise UndoTooLate("Only an import of patrons that was written and not undone yet can be undone.")
    days = current_settings().keep_undo_days
    if (run.finished_at or run.started_at) + timedelta(days=days) < now:
        raise UndoTooLate(f"An import can be undone for {days} days; what was here before is no longer kept.")
    return sum(int(run.counts.get(name, 0)) for name in ("created", "updated", "gone"))


def _reverse(facts: dict[str, object], changed: int) -> dict[str, int]:
    run_sql("DROP TABLE IF EXISTS pg_temp.undo_change")
    run_sql(LOCK, facts)
    journalled = run_sql(JOURNAL, facts)
    run_sql("ANALYZE undo_change")
    for statement in (SINCE, TOUCHED_SINCE):
        run_sql(statement, facts)
    for table, column in _references():
        run_sql(USED_BY.format(table=table, column=column), facts)
    run_sql(KEPT, facts)
    for statement in (BACK, CARDS_BACK, CARDS_GONE, CONSENTS_BACK, CONSENTS_GONE):
        run_sql(statement, facts)
    for table, column in _own_parts():
        run_sql(PARTS_GONE.format(table=table, column=column))
    run_sql(PATRONS_GONE)
    run_sql(HOUSEHOLDS_GONE, facts)
    kept = int(str(read_sql("SELECT count(*) FROM undo_change WHERE reason IS NOT NULL")[0][0]))
    run_sql(FORGET, facts)
    run_sql("DROP TABLE undo_change")
    return {"reversed": journalled - kept, "kept": kept, "gone": max(0, changed - journalled)}


def _references() -> list[tuple[str, str]]:
    """Table and column of every link to a patron, in all apps, but for what goes with the record."""
    return [(field.model._meta.db_table, field.column) for field in _links() if field.model not in OWN_PARTS]


def _own_parts() -> list[tuple[str, str]]:
    return [(field.model._meta.db_table, field.column) for field in _links() if field.model in OWN_PARTS]


def _links() -> Iterator[ForeignKey[Any, Any]]:
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.local_concrete_fields:
            if isinstance(field, ForeignKey) and field.related_model is Patron:
                yield field
