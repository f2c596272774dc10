"""The statements behind an import of copies, in the order in which they run."""

from __future__ import annotations

from library.services.staging import Staging

READ = Staging(
    "copies_read",
    (
        ("line", "integer"),
        ("source_key", 'text COLLATE "C"'),
        ("title", "text"),
        ("isbn", "text"),
        ("branch", "text"),
        ("status", "text"),
        ("call_number", "text"),
        ("as_of", "timestamptz"),
    ),
)
MADE = ("copy_branches", "copy_numbers", "copy_isbns", "copies_planned")
BRANCHES = """
CREATE TEMPORARY TABLE copy_branches (said text, branch_id bigint);
INSERT INTO copy_branches SELECT * FROM unnest(%s::text[], %s::bigint[]);
ANALYZE copies_read, copy_branches
"""
# A title's number may stand behind the name of its column ('biblionumber:12'). One that several catalogues use names
# no title.
TITLES = """
CREATE TEMPORARY TABLE copy_numbers AS
SELECT said, min(id) AS title_id, count(*) AS titles
FROM (
    SELECT id, source_key AS said FROM catalog_title
    UNION
    SELECT id, substring(source_key FROM '^[a-z0-9_]+:(.+)$') FROM catalog_title
) AS title
WHERE said IN (SELECT title FROM copies_read WHERE title <> '') GROUP BY said;
CREATE TEMPORARY TABLE copy_isbns AS
SELECT isbn AS said, min(id) AS title_id
FROM (SELECT id, unnest(isbns) AS isbn FROM catalog_title) AS title
WHERE isbn IN (SELECT isbn FROM copies_read WHERE isbn <> '') GROUP BY isbn;
ANALYZE copy_numbers, copy_isbns
"""
PLANNED = """
CREATE TEMPORARY TABLE copies_planned AS
WITH met AS (
    SELECT row.line, row.source_key, copy AS old, copy.id AS copy_id, left(row.title, 200) AS said_title,
        coalesce(CASE number.titles WHEN 1 THEN number.title_id END, isbn.title_id, copy.title_id) AS title_id,
        coalesce(branch.branch_id, copy.branch_id) AS branch_id,
        coalesce(nullif(row.status, ''), copy.status, 'other') AS status,
        coalesce(nullif(left(row.call_number, 80), ''), copy.call_number, '') AS call_number, row.as_of,
        coalesce(number.titles > 1, false) AS ambiguous,
        first_value(row.line) OVER first AS first_line,
        to_jsonb(row) - 'line' = first_value(to_jsonb(row) - 'line') OVER first AS same
    FROM copies_read AS row
    LEFT JOIN catalog_copy AS copy ON copy.source_key = row.source_key
    LEFT JOIN copy_numbers AS number ON number.said = row.title
    LEFT JOIN copy_isbns AS isbn ON isbn.said = row.isbn
    LEFT JOIN copy_branches AS branch ON branch.said = row.branch
    WINDOW first AS (PARTITION BY row.source_key ORDER BY row.line)
)
SELECT *, CASE
    WHEN line <> first_line THEN CASE WHEN same THEN 'again' ELSE 'clash' END
    WHEN title_id IS NULL THEN 'without_title'
    WHEN copy_id IS NULL THEN 'created'
    WHEN as_of < (old).as_of THEN 'unchanged'
    WHEN (title_id, branch_id, status, call_number)
        IS DISTINCT FROM ((old).title_id, (old).branch_id, (old).status, (old).call_number) THEN 'updated'
    ELSE 'unchanged' END AS act
FROM met
"""
TELL_CLASHES = """
INSERT INTO library_importissue (run_id, line, field, value, reason, rejected)
SELECT %(run)s, line, 'source_key', left(source_key, 200),
    'Line ' || first_line || ' has the same number and says otherwise; that one was taken.', true
FROM copies_planned WHERE act = 'clash' ORDER BY line
"""
TELL_TITLES = """
INSERT INTO library_importissue (run_id, line, field, value, reason, rejected)
SELECT %(run)s, line, 'title', said_title, CASE WHEN ambiguous
    THEN 'Several catalogues here use this number; the copy was left out.'
    ELSE 'No title here has this number or ISBN. Import the titles first.' END, true
FROM copies_planned WHERE act = 'without_title' ORDER BY line
"""
TELL_BRANCHES = """
INSERT INTO library_importissue (run_id, line, field, value, reason, rejected)
SELECT %(run)s, min(line), 'branch', left(branch, 200),
    'No branch here has this name or code: ' || count(*) || ' rows without one. Add it to a branch in the settings.',
    false
FROM copies_read LEFT JOIN copy_branches ON said = branch
WHERE branch <> '' AND said IS NULL GROUP BY branch ORDER BY 2
"""
NAMES = ("created", "updated", "unchanged", "rejected", "ambiguous")
COUNTS = """
SELECT count(*) FILTER (WHERE act = 'created'), count(*) FILTER (WHERE act = 'updated'),
    count(*) FILTER (WHERE act IN ('unchanged', 'again')),
    count(*) FILTER (WHERE act IN ('clash', 'without_title')), count(*) FILTER (WHERE ambiguous)
FROM copies_planned
"""
COUNT_GONE = """
SELECT count(*) FROM catalog_copy AS copy
WHERE NOT EXISTS (SELECT 1 FROM copies_read AS row WHERE row.source_key = copy.source_key)
"""
JOURNAL = """
INSERT INTO catalog_catalogchange (run_id, copy_id, line, before, after)
SELECT %(run)s, copy_id, line, to_jsonb(old), '{}' FROM copies_planned WHERE act = 'updated' ORDER BY line
"""
CREATED = """
INSERT INTO catalog_copy (title_id, branch_id, source_key, status, call_number, as_of)
SELECT title_id, branch_id, source_key, status, call_number, as_of FROM copies_planned WHERE act = 'created'
ORDER BY line
"""
JOURNAL_NEW = """
INSERT INTO catalog_catalogchange (run_id, copy_id, line, before, after)
SELECT %(run)s, copy.id, line, NULL, '{}'
FROM copies_planned AS plan JOIN catalog_copy AS copy USING (source_key) WHERE act = 'created' ORDER BY line
"""
UPDATED = """
UPDATE catalog_copy AS copy SET title_id = plan.title_id, branch_id = plan.branch_id, status = plan.status,
    call_number = plan.call_number, as_of = plan.as_of
FROM copies_planned AS plan WHERE plan.act = 'updated' AND copy.id = plan.copy_id
"""
SEEN_AGAIN = """
UPDATE catalog_copy AS copy SET as_of = plan.as_of
FROM copies_planned AS plan WHERE plan.act = 'unchanged' AND copy.id = plan.copy_id AND plan.as_of > copy.as_of
"""
JOURNAL_GONE = """
INSERT INTO catalog_catalogchange (run_id, copy_id, line, before, after)
SELECT %(run)s, NULL, 0, to_jsonb(copy), '{"gone": true}' FROM catalog_copy AS copy
WHERE NOT EXISTS (SELECT 1 FROM copies_read AS row WHERE row.source_key = copy.source_key)
"""
GONE = """
DELETE FROM catalog_copy AS copy
WHERE NOT EXISTS (SELECT 1 FROM copies_read AS row WHERE row.source_key = copy.source_key)
"""
UNDONE = """
CREATE TEMPORARY TABLE copies_undone AS
SELECT change.id, change.line, change.before, change.after ? 'gone' AS was_gone, coalesce(copy.id, again.id) AS copy_id,
    CASE
        WHEN change.after ? 'gone' THEN CASE WHEN again.id IS NULL AND title.id IS NOT NULL THEN 'back' ELSE 'kept' END
        WHEN copy.id IS NULL THEN 'gone'
        WHEN EXISTS (SELECT 1 FROM catalog_catalogchange AS later WHERE later.copy_id = copy.id
            AND later.id > change.id AND later.run_id <> change.run_id) THEN 'kept'
        WHEN change.before IS NULL THEN 'made' ELSE 'changed' END AS act
FROM catalog_catalogchange AS change
LEFT JOIN catalog_copy AS copy ON copy.id = change.copy_id
LEFT JOIN catalog_copy AS again ON change.after ? 'gone' AND again.source_key = change.before ->> 'source_key'
LEFT JOIN catalog_title AS title ON title.id = (change.before ->> 'title_id')::bigint
WHERE change.run_id = %(run)s
"""
UNDO_COUNTS = """
SELECT count(*), count(*) FILTER (WHERE act IN ('made', 'changed', 'back')), count(*) FILTER (WHERE act = 'kept'),
    count(*) FILTER (WHERE act = 'gone')
FROM copies_undone
"""
UNDO = (
    """
    INSERT INTO library_importissue (run_id, line, field, value, reason, rejected)
    SELECT %(run)s, line, '', '', 'Kept: a later import changed this copy.', false FROM copies_undone WHERE act = 'kept'
    """,
    "DELETE FROM catalog_copy WHERE id IN (SELECT copy_id FROM copies_undone WHERE act = 'made')",
    """
    UPDATE catalog_copy AS copy SET title_id = coalesce(title.id, copy.title_id), branch_id = branch.id,
        status = undone.before ->> 'status', call_number = undone.before ->> 'call_number',
        as_of = (undone.before ->> 'as_of')::timestamptz
    FROM copies_undone AS undone
    LEFT JOIN catalog_title AS title ON title.id = (undone.before ->> 'title_id')::bigint
    LEFT JOIN library_branch AS branch ON branch.id = (undone.before ->> 'branch_id')::bigint
    WHERE undone.act = 'changed' AND copy.id = undone.copy_id
    """,
    """
    INSERT INTO catalog_copy (title_id, branch_id, source_key, status, call_number, as_of)
    SELECT (before ->> 'title_id')::bigint, branch.id, before ->> 'source_key', before ->> 'status',
        before ->> 'call_number', (before ->> 'as_of')::timestamptz
    FROM copies_undone LEFT JOIN library_branch AS branch ON branch.id = (before ->> 'branch_id')::bigint
    WHERE act = 'back'
    """,
    "DELETE FROM catalog_catalogchange WHERE run_id = %(run)s",
)
