"""Visits, programmes, holds, database use and gifts from a file: straight into the ledger, each source once.

A line that is there stays as it is: what happened, happened. The points are those of the rules in force, with the
reader as the one who began it unless the rules say that the library did; a question the rules leave to the event is
answered with no, since no file answers it. A file may name the version of the rules it was made for, and one only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from engagement.models import Interaction, Rule, RuleVersion
from engagement.services.changed_months import imported_on, note_months_of_run, taken_back_on
from engagement.services.decay import EARLIEST
from engagement.services.imports.presets import INTERACTION_FIELDS as FIELDS
from engagement.services.imports.resolving import drop_resolved, resolve_branches, resolve_people
from engagement.services.imports.rows import CleanInteraction
from engagement.services.imports.sources import INTERACTION_PRESETS as PRESETS
from engagement.services.imports.sources import read_interactions
from engagement.services.imports.sources import recognise_interactions as recognise
from engagement.services.judging import NO, TESTS
from engagement.services.lines import AHEAD, digest_source, judge_answers, source_keys
from engagement.services.recounting import recount_patrons
from engagement.services.rules import RuleInForce, rules_in_force
from library.models import ImportRun
from library.services.audit import write_line
from library.services.importing import Clock, Preview, UnreadableFile
from library.services.imports import (
    Issue,
    add_issues,
    beat,
    ended_by_errors,
    finish_run,
    hold_run,
    one_at_a_time,
    start_run,
)
from library.services.staging import Staging, drop_tables, stage_rows
from library.services.table_imports import check_undo, finish_undo, open_rows, preview_table

WHAT = "interactions"
Phase = ImportRun.Phase
StartedBy = Interaction.StartedBy
__all__ = ["FIELDS", "PRESETS", "WHAT", "preview_file", "recognise", "run_import", "undo_import"]

READ = Staging(
    "events_read",
    (
        ("line", "integer"),
        ("key", 'text COLLATE "C"'),
        ("older", "text"),
        ("kind", "text"),
        ("patron", "text"),
        ("at", "timestamptz"),
        ("minutes", "integer"),
        ("value", "text"),
        ("branch", "text"),
        ("rules", "integer"),
        ("points", "float8"),
    ),
)
RULES = """
CREATE TEMPORARY TABLE event_rules (kind text, started_by text, tests text, transactional float8, relational float8,
    ceiling float8, rules integer);
INSERT INTO event_rules SELECT *, %s FROM
    unnest(%s::text[], %s::text[], %s::text[], %s::float8[], %s::float8[], %s::float8[]);
ANALYZE event_rules
"""
WRONG = """
CREATE TEMPORARY TABLE events_wrong AS
SELECT line, CASE WHEN rule.kind IS NULL THEN 'kind'
        WHEN row.at BETWEEN %(earliest)s AND %(latest)s THEN 'points' ELSE 'at' END AS field,
    CASE WHEN rule.kind IS NULL THEN left(row.kind, 200)
        WHEN row.at BETWEEN %(earliest)s AND %(latest)s THEN row.points::text ELSE row.at::date::text END AS value,
    CASE WHEN rule.kind IS NULL THEN 'The rules know no interaction of this kind.'
        WHEN row.at IS NULL THEN 'There is no time.'
        WHEN row.at < %(earliest)s THEN 'This day is before 1890.'
        WHEN row.at > %(latest)s THEN 'This day is later than tomorrow.'
        ELSE 'One event of this kind brings at most ' || rule.ceiling || ' points. Leave the points out: they come '
            'from the rules.' END AS reason
FROM events_read AS row LEFT JOIN event_rules AS rule ON rule.kind = row.kind
WHERE rule.kind IS NULL OR row.at IS NULL OR row.at NOT BETWEEN %(earliest)s AND %(latest)s
    OR row.points > rule.ceiling
"""
TELL_WRONG = """
INSERT INTO library_importissue (run_id, line, field, value, reason, rejected)
SELECT %(run)s, line, field, coalesce(value, ''), reason, true FROM events_wrong ORDER BY line
"""
WITHOUT_WRONG = "DELETE FROM events_read WHERE line IN (SELECT line FROM events_wrong)"
NEW = """
CREATE TEMPORARY TABLE events_new AS
SELECT DISTINCT ON (key) row.*, person.patron_id AS person, coalesce(person.known, false) AS known, person.audience,
    person.language, coalesce(branch.branch_id, person.branch_id) AS branch_id
FROM events_read AS row
LEFT JOIN said_people AS person ON person.said = row.patron
LEFT JOIN said_branches AS branch ON branch.said = row.branch
WHERE NOT EXISTS (SELECT 1 FROM engagement_interaction AS line WHERE line.source_key = row.key)
    AND (row.older = '' OR NOT EXISTS (
        SELECT 1 FROM engagement_interaction AS line WHERE line.source_key = ANY(string_to_array(row.older, ' '))))
ORDER BY key, line
"""
COUNTS = """
SELECT (SELECT count(*) FROM events_new), (SELECT count(*) FROM events_read),
    (SELECT count(*) FROM events_new WHERE person IS NULL)
"""
LINES = """
INSERT INTO engagement_interaction (source_key, kind, day, at, patron_id, branch_id, audience, language, started_by,
    tests, transactional, relational, rules, value, minutes, recorded_at, import_run)
SELECT event.key, event.kind, (at AT TIME ZONE zone)::date, CASE WHEN known THEN at END,
    CASE WHEN known THEN person END, event.branch_id, coalesce(audience, ''), coalesce(language, ''),
    rule.started_by, rule.tests, rule.transactional, rule.relational, rule.rules, left(value, 40),
    least(minutes, 32767), (%(now)s AT TIME ZONE zone)::date, %(run)s
FROM events_new AS event
JOIN event_rules AS rule ON rule.kind = event.kind
JOIN branch_zones AS zone ON zone.branch_id = coalesce(event.branch_id, -1)
ORDER BY at
ON CONFLICT (source_key) DO NOTHING
"""
VERSIONS = "SELECT rules, min(line) FROM events_read WHERE rules IS NOT NULL GROUP BY rules ORDER BY 2 LIMIT 2"
TWO_VERSIONS = (
    "This file names two versions of the rules: {0} in line {1} and {2} in line {3}. One import is judged by one table:"
    " make a file for each, or leave the column out."
)
NO_SUCH_VERSION = "Line {1} names rules {0}, which are not published here; the newest are {2}. Nothing was written."
OLDER_VERSION = "The file was made for other rules; its points are those of rules {}, which are in force."
MADE = ("event_rules", "events_wrong", "events_new")


def preview_file(*, path: Path, preset: str, mapping: Mapping[str, Any], now: datetime) -> Preview:
    """The first rows of a file as they would come in; nothing is written. Raises UnreadableFile."""
    return preview_table(
        path=path, preset=preset, mapping=mapping, recognise=recognise, read=read_interactions, now=now
    )


def run_import(*, run: ImportRun, path: Path, clock: Clock) -> ImportRun:
    """Read, judge and write a file of interactions. Raises Cancelled and UnreadableFile with the run ended."""
    table, items = open_rows(run=run, path=path, recognise=recognise, read=read_interactions, clock=clock)
    return bring_in(run=run, items=items, clock=clock, read=table.bytes_read)


def bring_in(*, run: ImportRun, items: Iterable[CleanInteraction | Issue], clock: Clock, read: Any = int) -> ImportRun:
    """Stage what a reader hands on, then write what is new in one transaction; a dry run only counts."""
    with ended_by_errors(run, clock), one_at_a_time(WHAT), READ.made():
        start_run(run=run, phase=Phase.READING, now=clock())
        staged = stage_rows(run=run, staging=READ, items=items, columns_of=_columns(), read=read, clock=clock)
        beat(run=run, phase=Phase.WRITING, now=clock())
        with transaction.atomic():
            hold_run(run=run)
            now = clock()
            counts = _plan(run, now)
            counts["rejected"] += staged.rejected
            if not run.dry_run:
                _write(run, now)
                write_line(what="import.run", thing="import", reference=str(run.pk), by=run.by, now=now)
            _drop()
            finish_run(run=run, counts=counts, now=clock())
    return run


@transaction.atomic
def undo_import(*, run: ImportRun, now: datetime) -> Mapping[str, int]:
    """Take the lines of a run out of the ledger again; their readers are recounted. Raises UndoTooLate."""
    check_undo(run=run, what=WHAT, now=now)
    lines = Interaction.objects.filter(import_run=run.pk)
    touched = list(lines.exclude(patron=None).values_list("patron", flat=True).distinct())
    note_months_of_run(run=run.pk, because=taken_back_on(now), now=now)
    reversed_, _by_table = lines.delete()
    recount_patrons(patrons=touched, now=now, because="undo")
    counts = {"reversed": reversed_, "kept": 0, "gone": int(run.counts.get("created", 0)) - reversed_}
    finish_undo(run=run, counts=counts, now=now)
    return counts


def _columns() -> Any:
    digest, fallbacks = digest_source(), bool(settings.SECRET_KEY_FALLBACKS)

    def columns_of(row: CleanInteraction) -> Sequence[Any]:
        source = f"interaction:{row.source}"
        older = " ".join(source_keys(source)[1:]) if fallbacks else ""
        return (row.line, digest(source), older, *row[2:])

    return columns_of


def _plan(run: ImportRun, now: datetime) -> dict[str, int]:
    """What is new, and how many of each sort."""
    facts: dict[str, Any] = {"run": run.pk, "earliest": EARLIEST, "latest": now + AHEAD}
    _drop()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '128MB'")
        _check_version(run, cursor)
        cursor.execute(RULES, _judgements())
        cursor.execute(WRONG, facts)
        rejected = cursor.rowcount
        cursor.execute(TELL_WRONG, facts)
        cursor.execute(WITHOUT_WRONG)
        resolve_people(run=run, table=READ.table)
        resolve_branches(run=run, table=READ.table)
        cursor.execute(NEW)
        cursor.execute(COUNTS)
        new, taken, without = cursor.fetchone()
    counts = {"created": new, "updated": 0, "unchanged": taken - new, "rejected": rejected, "gone": 0, "repaired": 0}
    return counts | {"ambiguous": 0, "without_person": without}


def _check_version(run: ImportRun, cursor: Any) -> None:
    """A file that names a version of the rules names one that is published, and no other. Raises UnreadableFile."""
    cursor.execute(VERSIONS)
    named, newest = cursor.fetchall(), rules_in_force().number
    if len(named) > 1:
        raise UnreadableFile(TWO_VERSIONS.format(*named[0], *named[1]))
    for number, line in named:
        if not RuleVersion.objects.filter(number=number).exists():
            raise UnreadableFile(NO_SUCH_VERSION.format(number, line, newest))
        if number != newest:
            add_issues(
                run=run, issues=[Issue(line, "rules", str(number), OLDER_VERSION.format(newest), rejected=False)]
            )


def _judgements() -> list[Any]:
    """How the rules in force judge each kind when nothing is known but who began it."""
    version = rules_in_force()
    columns: list[list[Any]] = [[], [], [], [], [], []]
    for rule in Rule.objects.filter(version=version):
        verdicts = {test: getattr(rule, test) for test in TESTS}
        began = StartedBy.LIBRARY if rule.patron_took_part == NO else StartedBy.PATRON
        row = RuleInForce(version.number, rule.weight, rule.ceiling, verdicts)
        judged = judge_answers(row, {}, began)
        facts = (rule.kind, str(began), judged.tests, judged.transactional, judged.relational, rule.ceiling)
        for column, value in zip(columns, facts, strict=True):
            column.append(value)
    return [version.number, *columns]


def _write(run: ImportRun, now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(LINES, {"run": run.pk, "now": now})
        cursor.execute("SELECT DISTINCT person FROM events_new WHERE known")
        touched = [pk for (pk,) in cursor.fetchall()]
    note_months_of_run(run=run.pk, because=imported_on(now), now=now)
    recount_patrons(patrons=touched, now=now, because=WHAT)


def _drop() -> None:
    drop_tables(*MADE)
    drop_resolved()
