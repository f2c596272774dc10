"""Comparing a file with what is here, set-based: what would be made, changed, left as it is, and who is gone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from library.services.reading.maps import SYSTEMS
from patrons.services.imports import journal
from patrons.services.imports.matching import match_rows
from patrons.services.imports.staging import read_sql, run_sql

# What a file calls a branch: its name, its slug or one of its codes.
BRANCHES = """
CREATE TEMPORARY TABLE import_branch AS
SELECT code.branch AS code, min(b.id) AS id, code.line, code.rows
FROM (SELECT branch, min(line) AS line, count(*) AS rows FROM import_row WHERE branch <> '' GROUP BY branch) AS code
LEFT JOIN library_branch AS b ON lower(code.branch) IN (lower(b.name), lower(b.slug))
    OR lower(code.branch) IN (SELECT lower(known) FROM unnest(b.ils_codes) AS known)
GROUP BY code.branch, code.line, code.rows
"""
NO_BRANCH = """
INSERT INTO import_issue (line, field, value, reason, rejected)
SELECT line, 'branch', code, 'No branch has this name or code ('
    || CASE rows WHEN 1 THEN '1 row' ELSE rows || ' rows' END
    || '); their branch was left as it is. Add the code to a branch and import again.', false
FROM import_branch WHERE id IS NULL
"""
HOUSEHOLDS = """
CREATE TEMPORARY TABLE import_household AS
SELECT wanted.household AS key, coalesce(h.id, nextval(pg_get_serial_sequence('patrons_household', 'id'))) AS id,
    h.id IS NULL AS fresh
FROM (SELECT DISTINCT household FROM import_row WHERE household <> '') AS wanted
LEFT JOIN patrons_household AS h ON h.source_key = wanted.household
"""
NEW = """
CREATE TEMPORARY TABLE import_new AS
SELECT s.line, nextval(pg_get_serial_sequence('patrons_patron', 'id')) AS id, NULL::text AS public_id
FROM import_row AS s
WHERE NOT s.deleted AND NOT EXISTS (SELECT 1 FROM import_match AS m WHERE m.line = s.line)
    AND NOT EXISTS (SELECT 1 FROM import_left_out AS o WHERE o.line = s.line)
"""
LEFT_BEFORE = """
INSERT INTO import_issue (line, field, value, reason, rejected)
SELECT s.line, '', '', 'Deleted in the library system and never known here; not taken in.', false
FROM import_row AS s
WHERE s.deleted AND NOT EXISTS (SELECT 1 FROM import_match AS m WHERE m.line = s.line)
    AND NOT EXISTS (SELECT 1 FROM import_left_out AS o WHERE o.line = s.line)
"""
JOINS = """
FROM import_match AS m JOIN import_row AS s ON s.line = m.line JOIN patrons_patron AS p ON p.id = m.patron_id
LEFT JOIN import_branch AS b ON b.code = s.branch LEFT JOIN import_household AS h ON h.key = s.household
"""
CHANGE = (
    "CREATE TEMPORARY TABLE import_change AS SELECT c.*, "  # noqa: S608  (names of our own)
    + f"{journal.BEFORE} AS before, {journal.AFTER} AS after"
    + f" FROM (SELECT m.line, p.id, p.xmin AS seen, {journal.NEW_VALUES} {JOINS} WHERE {journal.ANY_CHANGE}) AS c"
    + " JOIN patrons_patron AS p ON p.id = c.id"
)
KEPT = (
    "SELECT "
    + ", ".join(f"count(*) FILTER (WHERE {journal.kept(one)})" for one in journal.FIELDS)
    + f" {JOINS} WHERE p.by_hand <> '{{}}' AND ({journal.ANY_KEPT})"  # noqa: S608  (names of our own)
)
# Cards that are new here, or with another reader so far.
CARDS = """
CREATE TEMPORARY TABLE import_moved AS
SELECT c.line, c.number, whose.id, whose.known, k.patron_id AS was_with
FROM import_card AS c
JOIN (SELECT line, patron_id AS id, true AS known FROM import_match
    UNION ALL SELECT line, id, false FROM import_new) AS whose ON whose.line = c.line
LEFT JOIN patrons_card AS k ON k.number = c.number
WHERE k.patron_id IS DISTINCT FROM whose.id
"""
MOVED = """
INSERT INTO import_issue (line, field, value, reason, rejected)
SELECT line, 'card', number, CASE WHEN known
    THEN 'This card was with another record here; it moved to the one with this number in the library system. '
        'They may be one person: see Duplicates.'
    ELSE 'This card was with another reader here; it moved to the one the library system names now.' END, false
FROM import_moved WHERE was_with IS NOT NULL
"""
GONE = """
CREATE TEMPORARY TABLE import_gone AS
SELECT p.id, p.xmin AS seen FROM patrons_patron AS p
WHERE %(full)s AND p.gone_at IS NULL
    AND CASE WHEN split_part(p.ils_id, ':', 1) = ANY(%(systems)s) THEN split_part(p.ils_id, ':', 1) = %(system)s
        WHEN p.ils_id <> '' THEN %(system)s = ''
        ELSE EXISTS (SELECT 1 FROM patrons_card AS k WHERE k.patron_id = p.id) END
    AND NOT EXISTS (SELECT 1 FROM import_found AS f WHERE f.patron_id = p.id)
"""
COUNTS = """
SELECT (SELECT count(*) FROM import_row), (SELECT count(*) FROM import_new),
    (SELECT count(*) FROM (SELECT id FROM import_change UNION SELECT id FROM import_moved WHERE known) AS changed),
    (SELECT count(*) FROM import_left_out WHERE rejected),
    (SELECT count(DISTINCT line) FROM import_issue WHERE rejected), (SELECT count(*) FROM import_gone)
"""


@dataclass(slots=True)
class Plan:
    """What a run would do. `kept_by_hand`: how often a value changed here stays although the file has another."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    gone: int = 0
    kept_by_hand: dict[str, int] = field(default_factory=dict)
    consents: dict[str, int] = field(default_factory=dict)

    def as_counts(self) -> dict[str, Any]:
        return {
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "rejected": self.rejected,
            "gone": self.gone,
            "repaired": 0,
            "ambiguous": 0,
            "kept_by_hand": self.kept_by_hand,
            "consents": self.consents,
        }


def plan_rows(*, ils_wins: list[str], full: bool, now: datetime, beat: Callable[[], None], system: str = "") -> Plan:
    """Match and compare what is staged; the tables import_new, _change, _moved and _gone say what is to be done."""
    facts: dict[str, object] = {"ils_wins": ils_wins, "full": full, "now": now, "system": system}
    facts["systems"] = list(SYSTEMS)
    match_rows()
    beat()
    for statement in (BRANCHES, NO_BRANCH, HOUSEHOLDS, NEW, LEFT_BEFORE):
        run_sql(statement)
    run_sql("ANALYZE import_branch, import_household, import_new")
    beat()
    run_sql(CHANGE, facts)
    beat()
    for statement in (CARDS, MOVED):
        run_sql(statement)
    run_sql(GONE, facts)
    run_sql("ANALYZE import_change, import_moved, import_gone")
    beat()
    return _counted(facts)


def _counted(facts: dict[str, object]) -> Plan:
    (rows, created, updated, left_out, rejected, gone) = (_number(n) for n in read_sql(COUNTS)[0])
    stays = zip(journal.FIELDS, read_sql(KEPT, facts)[0], strict=True)
    return Plan(
        created=created,
        updated=updated,
        unchanged=rows - left_out - created - updated,
        rejected=rejected,
        gone=gone,
        kept_by_hand={one.name: _number(count) for one, count in stays if count},
    )


def _number(value: object) -> int:
    return int(str(value))
