"""Writing what was planned, set-based, in one transaction: all of it or nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime

from django.db import connection

from library.models import ImportRun
from patrons.models.patron import ALPHABET
from patrons.services.consents import WORDING_VERSION, WORDINGS, wording
from patrons.services.imports import journal
from patrons.services.imports.planning import Plan
from patrons.services.imports.staging import read_sql, run_sql

LANGUAGES = ("en", "es", "fr", "pt", "af")
ELSEWHERE = "Given on paper or in the library system, wording {version}."
MEANWHILE = "Somebody changed this reader while the file was read; nothing was taken. Import the file again."
# Readers and writers are not held up. Statistics gathered meanwhile would not count what is not committed yet, and
# make a plan of every row with every row.
UNCOUNTED = "LOCK TABLE patrons_patron, patrons_card IN SHARE UPDATE EXCLUSIVE MODE"
# A random name from 8 of the random bytes of a UUID (all but the 7th and 9th are random).
PUBLIC_ID = """
UPDATE import_new SET public_id = 'P-' || (
    SELECT string_agg(substr(%(alphabet)s, 1 + get_byte(bytes.random, place) %% %(letters)s, 1), '')
    FROM (SELECT uuid_send(gen_random_uuid()) AS random WHERE import_new.id IS NOT NULL) AS bytes,
        unnest(ARRAY[0, 1, 2, 3, 4, 5, 10, 11]) AS place)
WHERE public_id IS NULL
"""
TAKEN_IDS = """
UPDATE import_new SET public_id = NULL
WHERE public_id IN (SELECT public_id FROM patrons_patron)
    OR id IN (SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY public_id ORDER BY id) AS place
        FROM import_new WHERE public_id IN
            (SELECT public_id FROM import_new GROUP BY public_id HAVING count(*) > 1)) AS again WHERE place > 1)
"""
HOUSEHOLDS = """
INSERT INTO patrons_household (id, name, source_key, created_at)
SELECT id, '', key, %(now)s FROM import_household AS h
WHERE fresh AND (EXISTS
        (SELECT 1 FROM import_row AS s JOIN import_new AS n ON n.line = s.line WHERE s.household = h.key)
    OR EXISTS (SELECT 1 FROM import_change AS c WHERE c.household_id = h.id))
"""
CREATE = """
INSERT INTO patrons_patron (id, public_id, name, search_text, email, language, audience, branch_id, time_zone, standing,
    link_generation, my_page_opened, created_at, ils_id, phone, postal_address, birth_year, category, joined_on,
    card_expires_on, preferred_channel, frequency, reading_history, by_hand, household_id, gone_at)
SELECT n.id, n.public_id, s.name, s.search_text, s.email, coalesce(nullif(s.language, ''), 'en'),
    coalesce(nullif(s.audience, ''), 'adult'), b.id, '', 'own', 1, 0, %(now)s, s.ils_id, s.phone, s.postal_address,
    s.birth_year, s.category, s.joined_on, s.card_expires_on, 'email', 'any',
    coalesce(nullif(s.reading_history, ''), 'default'), '{}', h.id, CASE WHEN s.is_left THEN %(now)s::timestamptz END
FROM import_new AS n JOIN import_row AS s ON s.line = n.line
LEFT JOIN import_branch AS b ON b.code = s.branch LEFT JOIN import_household AS h ON h.key = s.household
ORDER BY n.id
"""
CREATED = """
INSERT INTO patrons_patronchange (run_id, patron_id, line, before, after)
SELECT %(run)s, n.id, n.line, NULL, coalesce(jsonb_build_object('moved', m.moved), '{}')
FROM import_new AS n LEFT JOIN (SELECT id, jsonb_object_agg(number, was_with) AS moved FROM import_moved
    WHERE was_with IS NOT NULL GROUP BY id) AS m ON m.id = n.id
"""
# Only rows that nobody touched since they were compared: what the journal calls "before" is still true.
CHANGE = (
    "WITH changed AS (UPDATE patrons_patron AS p SET"  # noqa: S608  (names of our own)
    " link_generation = p.link_generation + c.links_end, "
    + ", ".join(f"{column} = c.{column}" for column in journal.COLUMNS)
    + " FROM import_change AS c WHERE p.id = c.id AND p.xmin = c.seen RETURNING p.id)"
    " INSERT INTO patrons_patronchange (run_id, patron_id, line, before, after)"
    " SELECT %(run)s, c.id, c.line, c.before, c.after FROM changed JOIN import_change AS c USING (id)"
)
TOO_LATE = """
WITH late AS (
    SELECT c.line, c.id FROM import_change AS c WHERE NOT EXISTS
        (SELECT 1 FROM patrons_patronchange AS j WHERE j.run_id = %(run)s AND j.patron_id = c.id)
), cards AS (DELETE FROM import_moved WHERE id IN (SELECT id FROM late))
INSERT INTO import_issue (line, field, value, reason, rejected) SELECT line, '', '', %(reason)s, true FROM late
"""
GONE = """
WITH gone AS (UPDATE patrons_patron AS p SET gone_at = %(now)s FROM import_gone AS g
    WHERE p.id = g.id AND p.xmin = g.seen RETURNING p.id)
INSERT INTO patrons_patronchange (run_id, patron_id, line, before, after)
SELECT %(run)s, id, 0, '{"gone_at": null}', jsonb_build_object('gone_at', %(now)s::timestamptz) FROM gone
"""
NEW_CARDS = """
INSERT INTO patrons_card (patron_id, number) SELECT id, number FROM import_moved WHERE was_with IS NULL ORDER BY line
"""
MOVED_CARDS = """
UPDATE patrons_card AS k SET patron_id = m.id FROM import_moved AS m
WHERE m.was_with IS NOT NULL AND k.number = m.number AND k.patron_id = m.was_with
"""
# Beside what changed in the patron's own row, which cards came, and from whom.
CARDS_OF_KNOWN = """
WITH came AS (
    SELECT id, min(line) AS line, jsonb_strip_nulls(jsonb_build_object(
        'cards', jsonb_agg(number) FILTER (WHERE was_with IS NULL),
        'moved', jsonb_object_agg(number, was_with) FILTER (WHERE was_with IS NOT NULL))) AS cards
    FROM import_moved WHERE known GROUP BY id
), noted AS (
    UPDATE patrons_patronchange AS j SET after = j.after || came.cards FROM came
    WHERE j.run_id = %(run)s AND j.patron_id = came.id RETURNING came.id
)
INSERT INTO patrons_patronchange (run_id, patron_id, line, before, after)
SELECT %(run)s, id, line, '{}', cards FROM came WHERE id NOT IN (SELECT id FROM noted)
"""
DUPLICATES = """
INSERT INTO patrons_duplicate (first_id, second_id, reason, found_at)
SELECT DISTINCT least(id, was_with), greatest(id, was_with), 'changed card', %(now)s::timestamptz FROM import_moved
WHERE was_with IS NOT NULL AND known ON CONFLICT DO NOTHING
"""
CONSENTS = """
INSERT INTO patrons_consent (patron_id, purpose, wording, wording_version, language, how, given_at)
SELECT p.id, %(purpose)s, coalesce(%(words)s::jsonb ->> p.language, %(elsewhere)s), %(version)s, p.language,
    'import', %(now)s
FROM (SELECT patron_id AS id FROM import_match UNION ALL SELECT id FROM import_new) AS taken
JOIN patrons_patron AS p ON p.id = taken.id
WHERE p.audience <> 'child'
    AND NOT EXISTS (SELECT 1 FROM patrons_consent AS c WHERE c.patron_id = p.id AND c.purpose = %(purpose)s)
"""
NO_LONGER = """
UPDATE patrons_consent AS c SET withdrawn_at = %(now)s FROM import_change AS i
WHERE c.patron_id = i.id AND i.after ->> 'audience' = 'child' AND c.withdrawn_at IS NULL
"""
ISSUES = """
INSERT INTO library_importissue (run_id, line, field, value, reason, rejected)
SELECT %(run)s, line, field, value, reason, rejected FROM import_issue ORDER BY line
"""


def write_plan(*, run: ImportRun, plan: Plan, consents: Mapping[str, str], beat: Callable[[], None]) -> Plan:
    """Write all that was planned, with the journal; `consents` are purpose and version of the words.

    To be called in the transaction that also ends the run. Returns the plan as it came out in the end.
    """
    now = run.started_at
    facts: dict[str, object] = {"run": run.pk, "now": now, "reason": MEANWHILE}
    run_sql(UNCOUNTED)
    _name_new()
    for statement in (HOUSEHOLDS, CREATE, CREATED):
        run_sql(statement, facts)
    beat()
    changed = run_sql(CHANGE, facts)
    late = run_sql(TOO_LATE, facts) if changed < read_changes() else 0
    plan.updated, plan.rejected = plan.updated - late, plan.rejected + late
    plan.gone = run_sql(GONE, facts)
    beat()
    for statement in (MOVED_CARDS, NEW_CARDS, CARDS_OF_KNOWN, DUPLICATES, NO_LONGER):
        run_sql(statement, facts)
    plan.consents = {purpose: _give(purpose, version, now) for purpose, version in consents.items()}
    beat()
    return plan


def write_issues(*, run: ImportRun) -> int:
    """Keep what was wrong with the file with its run, in the place of what a dry run had found."""
    run.issues.all().delete()
    return run_sql(ISSUES, {"run": run.pk})


def read_changes() -> int:
    """How many known patrons were to be changed."""
    return int(str(read_sql("SELECT count(*) FROM import_change")[0][0]))


def _name_new() -> None:
    """Public ids for the new; drawn again where one is taken already."""
    facts: dict[str, object] = {"alphabet": ALPHABET, "letters": len(ALPHABET)}
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE import_new")
    while run_sql(PUBLIC_ID, facts):
        run_sql(TAKEN_IDS)


def _give(purpose: str, version: str, now: datetime) -> int:
    ours = version == WORDING_VERSION and purpose in WORDINGS
    words = {language: wording(purpose, language) for language in LANGUAGES} if ours else {}
    return run_sql(
        CONSENTS,
        {
            "purpose": purpose,
            "words": json.dumps(words),
            "elsewhere": ELSEWHERE.format(version=version),
            "version": version,
            "now": now,
        },
    )
