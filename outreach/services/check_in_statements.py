"""The statements that queue check-ins, many thousand in each: what is due is looked at once, in a temporary table,
and everything that follows is written from there.

The words, addresses and keys are those that queue_message and compose_check_in make (tests/outreach/test_queueing.py
holds them side by side).
"""

from __future__ import annotations

from outreach.mail.checkin import ASKED, ASKED_AGAIN, BUTTONS, REMINDED, TITLE_LENGTH
from relcrm.kit import insql

TABLE = "check_ins_due"


def _plain(words: str) -> str:
    """As outreach.mail.checkin does it to typed words that stand on one line."""
    return f"replace({words}, '{{link', '{{ link')"


# Room to sort and join a batch in memory, and what is in memory already costs little to read by number.
ROOM = """
SET LOCAL work_mem = '64MB'; SET LOCAL random_page_cost = 1.1; SET LOCAL jit = off;
SET LOCAL default_statistics_target = 10
"""
# The request too: whoever erases a reader or takes a request back holds it first, and waits for us or is left alone.
LOCK = """
SELECT check_in.id FROM outreach_checkin AS check_in
JOIN outreach_letter AS letter ON letter.id = check_in.letter_id
JOIN outreach_request AS request ON request.id = letter.request_id
WHERE check_in.next_at <= %(now)s AND check_in.id <> ALL(%(broken)s::bigint[])
    AND (%(some)s::bigint[] IS NULL OR check_in.id = ANY(%(some)s::bigint[]))
ORDER BY check_in.next_at, check_in.id LIMIT %(most)s
FOR NO KEY UPDATE OF check_in, request SKIP LOCKED
"""
# One row for each check-in: what a mail and a line of the ledger need, and why this step must not be taken, if so.
# The words of librarians, branches and titles are put right once each; OFFSET 0 keeps work from being done twice.
LOOK = f"""
CREATE TEMPORARY TABLE {TABLE} AS
WITH due AS MATERIALIZED (
    SELECT id, letter_id, next_step, answered_at
    FROM unnest(%(ids)s::bigint[]) AS locked (id) JOIN outreach_checkin USING (id)
), librarians AS MATERIALIZED (
    SELECT id, {insql.one_line("name")} AS name
    FROM (SELECT id, coalesce(nullif(name, ''), username) AS name FROM library_user) AS staff
), branches AS MATERIALIZED (
    SELECT id, {insql.one_line("name")} AS name FROM library_branch
), chosen AS MATERIALIZED (
    SELECT pick.letter_id, pick.position, pick.id, pick.title_id
    FROM due
    JOIN outreach_pick AS pick ON pick.letter_id = due.letter_id
    LEFT JOIN outreach_answer AS answer ON answer.pick_id = pick.id
    WHERE due.next_step <> 'again' OR answer.value = 'not_yet'
), titles AS MATERIALIZED (
    SELECT id, book, to_json(book)::text AS said FROM (
        SELECT id, {insql.cut("name", TITLE_LENGTH)} AS book FROM (
            SELECT id, coalesce(nullif({_plain(insql.one_line("name"))}, ''), '…') AS name FROM catalog_title
            WHERE id IN (SELECT title_id FROM chosen) OFFSET 0
        ) AS put_right OFFSET 0
    ) AS short
), picked AS MATERIALIZED (
    SELECT letter_id, (array_agg(book ORDER BY position, chosen.id))[1:{BUTTONS}] AS names,
        (array_agg('[' || chosen.id || ',' || said || ']' ORDER BY position, chosen.id))[1:{BUTTONS}] AS books
    FROM chosen JOIN titles ON titles.id = chosen.title_id
    GROUP BY letter_id
)
SELECT looked.*, because = '' AND earlier IN ('queued', 'sending') AS waits,
    CASE WHEN because <> '' OR earlier IN ('queued', 'sending') THEN NULL
        ELSE CASE step WHEN 'ask' THEN '{ASKED}' WHEN 'remind' THEN '{REMINDED}' ELSE '{ASKED_AGAIN}' END END AS kind
FROM (
    SELECT check_in.id, check_in.next_step AS step, 'check_in:' || check_in.id AS object_key,
        'check_in:' || check_in.id || ':' || check_in.next_step AS source,
        reader.id AS patron_id, request.thread_id AS thread, letter.librarian_id AS staff_id,
        coalesce(request.branch_id, reader.branch_id) AS branch_id,
        coalesce(nullif(request.audience, ''), reader.audience) AS audience,
        coalesce(nullif(request.language, ''), reader.language) AS language, reader.language AS spoken,
        reader.address AS to_address, reader.name AS to_name, left(librarian.name, 120) AS from_name,
        {_plain("reader.name")} AS patron, coalesce({_plain("branch.name")}, '') AS branch,
        {_plain("librarian.name")} AS librarian, picked.names, array_to_string(picked.books, ',') AS books,
        earlier.state AS earlier, coalesce(first.message_id, '') AS in_reply_to,
        CASE WHEN request.state = 'withdrawn' THEN 'the request was withdrawn'
            WHEN check_in.next_step = 'remind' AND check_in.answered_at IS NOT NULL THEN 'the reader answered'
            WHEN picked.names IS NULL THEN 'no book is left to ask about'
            WHEN reader.address = '' THEN 'the reader has no address'
            WHEN agreed.id IS NULL THEN 'the reader turned check-ins off'
            WHEN stopped.id IS NOT NULL THEN 'the address gets no mail'
            WHEN coalesce(earlier.state, '') NOT IN ('sent', 'unknown', 'queued', 'sending')
                THEN 'the mail before it was not delivered'
            ELSE '' END AS because
    FROM due AS check_in
    JOIN outreach_letter AS letter ON letter.id = check_in.letter_id
    JOIN librarians AS librarian ON librarian.id = letter.librarian_id
    JOIN outreach_request AS request ON request.id = letter.request_id
    JOIN LATERAL (
        SELECT patron.id, patron.branch_id, patron.audience, patron.language, {insql.one_line("patron.name")} AS name,
            {insql.one_blank("patron.email")} AS address
        FROM patrons_patron AS patron WHERE patron.id = request.patron_id OFFSET 0
    ) AS reader ON true
    LEFT JOIN patrons_consent AS agreed
        ON agreed.patron_id = reader.id AND agreed.purpose = 'check_in' AND agreed.withdrawn_at IS NULL
    LEFT JOIN patrons_suppression AS stopped ON stopped.address = lower(reader.address) AND stopped.lifted_at IS NULL
    LEFT JOIN branches AS branch ON branch.id = request.branch_id
    LEFT JOIN picked ON picked.letter_id = letter.id
    -- The mail this step follows: the letter for a first question, else the first question.
    LEFT JOIN LATERAL (
        SELECT state FROM outreach_message
        WHERE purpose = CASE check_in.next_step WHEN 'ask' THEN 'letter' ELSE '{ASKED}' END
            AND object_key = CASE check_in.next_step WHEN 'ask' THEN letter.id::text ELSE 'check_in:' || check_in.id END
        LIMIT 1
    ) AS earlier ON true
    LEFT JOIN LATERAL (
        SELECT message_id FROM outreach_message
        WHERE thread_id = request.thread_id AND state = 'sent' ORDER BY id LIMIT 1
    ) AS first ON true
    ORDER BY check_in.id
) AS looked
"""  # noqa: S608  (fixed words)
# What the statements after it join by.
COUNT = f"ANALYZE {TABLE} (id, kind, patron_id)"
# Which mails there are to write: words differ by template, language and what there is to say, not by reader.
SHAPES = f"""
SELECT DISTINCT step, spoken, patron <> '', librarian <> '', branch <> '', cardinality(names)
FROM {TABLE} WHERE kind IS NOT NULL
"""  # noqa: S608  (fixed words)
# What a check-in says; `{columns}` and `{values}` are all others of a new message.
SAID = (
    "purpose, object_key, kind, consent, patron_id, thread_id, branch_id, language, to_address, to_name, from_name,"
    " reply_to, in_reply_to, subject, template, facts, links, message_id, queued_at, due_at, not_after"
)
# Written as text and read as JSON once: building it piece by piece takes the database longer.
FACTS = (
    """'{{"patron":' || to_json(due.patron) || ',"librarian":' || to_json(due.librarian) || ',"branch":'"""
    """ || to_json(due.branch) || ',"books":[' || due.books || '],"version":' || due.version || '}}'"""
)
LINKS = """'{{"checkin":"' || due.id || '","unsubscribe":"' || due.patron_id || '-check_in"}}'"""
QUEUE = f"""
INSERT INTO outreach_message ({SAID}, {{columns}})
SELECT due.kind, due.object_key, 'asked_for', 'check_in', due.patron_id, due.thread, due.branch_id, due.spoken,
    due.to_address, due.to_name, due.from_name,
    'reply+t' || due.thread || '.' || left({insql.digest("thread", "'t' || due.thread")}, 16) || '@' || %(replies)s,
    due.in_reply_to, left(CASE WHEN strpos(due.subject, '  ') > 0
        THEN regexp_replace(due.subject, '  +', ' ', 'g') ELSE due.subject END, 250),
    due.template, ({FACTS})::jsonb, ({LINKS})::jsonb,
    '<' || due.kind || '.' || left({insql.digest("message", "due.kind || '|' || due.object_key || '|1'")}, 40)
        || '@' || %(domain)s || '>',
    %(now)s, %(now)s, %(not_after)s, {{values}}
FROM (
    SELECT due.*, words.template, words.version,
        btrim(format(words.subject, VARIADIC ARRAY[due.patron, due.librarian, due.branch] || due.names)) AS subject
    FROM {TABLE} AS due
    JOIN unnest(%(steps)s::text[], %(languages)s::text[], %(readers)s::boolean[], %(librarians)s::boolean[],
        %(branches)s::boolean[], %(books)s::integer[], %(templates)s::text[], %(versions)s::integer[],
        %(subjects)s::text[]) AS words (step, language, reader, librarian, branch, books, template, version, subject)
        ON words.step = due.step AND words.language = due.spoken AND words.reader = (due.patron <> '')
        AND words.librarian = (due.librarian <> '') AND words.branch = (due.branch <> '')
        AND words.books = cardinality(due.names)
    WHERE due.kind IS NOT NULL
    OFFSET 0
) AS due
ON CONFLICT (purpose, object_key, step) DO NOTHING
"""  # noqa: S608  (fixed words)
# After the first question one reminder; after any other step silence, also after a reminder that an experiment held
# back: the rest of a check-in goes on as if it had been sent. What waits, waits a day.
GO_ON = f"""
UPDATE outreach_checkin AS check_in
SET asked_at = CASE WHEN due.kind = '{ASKED}' THEN %(now)s ELSE check_in.asked_at END,
    next_step = CASE WHEN waits THEN check_in.next_step WHEN due.kind = '{ASKED}' THEN 'remind' ELSE 'done' END,
    next_at = CASE WHEN waits THEN %(later)s WHEN due.kind = '{ASKED}' THEN %(remind_at)s END,
    ended_because = CASE WHEN because <> '' THEN because ELSE check_in.ended_because END
FROM {TABLE} AS due WHERE due.id = check_in.id
"""  # noqa: S608  (fixed words)
