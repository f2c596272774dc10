"""The one statement behind a reader's timeline: the newest of each source from a position on, and of these the newest.

A line of the ledger whose loan or note is told anyway says so (`again`) and is left out of the page it stands on.
(LIMIT 1 there keeps the database from reading all loans of the library at once.)

A position is time, place of the source, number: where two things happened at once, the higher place is told first. Each
source is read through its index on patron and time, and never further than one page.
"""

# ruff: noqa: S608  (every statement here is put together from fixed words; what varies is a parameter)

from __future__ import annotations

from outreach.querysets import OURS

TONE = (
    "CASE WHEN {0}.relational > 0 AND {0}.transactional > 0 THEN 'mix' WHEN {0}.relational > 0 THEN 'rel'"
    " WHEN {0}.transactional > 0 THEN 'tra' ELSE 'plain' END"
)
BRANCH = """(
    SELECT {at} AS at, {place} AS place, {pk} AS pk, '{what}' AS what, {facts} AS facts
    FROM {rows}
    WHERE {mine} AND {at} <= %(at)s::timestamptz AND ({at}, {place}, {pk}) < (%(at)s::timestamptz, %(place)s, %(pk)s)
    ORDER BY {at} DESC, {pk} DESC LIMIT %(page)s
)"""

STAFF_NAME = "coalesce(nullif(staff.name, ''), staff.username, '')"


def tone_of(kinds: str, patron: str, at: str) -> str:
    """How the ledger judged it, where it has a line of one of these kinds, and that time, for this patron."""
    return (
        f"coalesce((SELECT {TONE.format('line')} FROM engagement_interaction AS line"
        f" WHERE line.patron_id = {patron} AND line.at = {at} AND line.kind = ANY('{{{kinds}}}') LIMIT 1), 'plain')"
    )


def _of_loop(what: str, place: int, kinds: str, at: str, rows: str) -> str:
    """A step of request, letter and check-in; its tone is that of its line in the ledger, where there is one."""
    facts = f"jsonb_build_object('request', request.id, 'tone', {tone_of(kinds, '%(patron)s', at)})"
    mine = f"request.patron_id = %(patron)s AND {at} IS NOT NULL"
    return BRANCH.format(what=what, place=place, at=at, pk="request.id", rows=rows, facts=facts, mine=mine)


def _of(table: str, what: str, place: int, at: str, facts: str, *, joins: str = "", also: str = "true") -> str:
    mine = f"item.patron_id = %(patron)s AND {also}"
    rows = f"{table} AS item {joins}"
    return BRANCH.format(what=what, place=place, at=at, pk="item.id", rows=rows, facts=facts, mine=mine)


ASKED = f"(SELECT * FROM outreach_request WHERE state <> ALL('{{{','.join(OURS)}}}')) AS request"
LETTER = "outreach_request AS request JOIN outreach_letter AS letter ON letter.request_id = request.id"
CHECK_IN = LETTER + " JOIN outreach_checkin AS check_in ON check_in.letter_id = letter.id"
IN_FORCE = "(SELECT id FROM engagement_ruleversion ORDER BY number DESC LIMIT 1)"
LOAN_FACTS = """jsonb_build_object('title', coalesce(nullif(title.name, ''), item.title_words), 'due', item.due_at,
    'borrowed', item.borrowed_as, 'returned', coalesce(item.returned_at::date::text, nullif(item.returned_as, '')))"""
VIEWS = """(SELECT jsonb_agg(jsonb_build_object('who', seen.who, 'at', seen.at)) FROM (
    SELECT coalesce(nullif(reader.name, ''), reader.username, 'someone who has left') AS who, look.at
    FROM engagement_noteview AS look LEFT JOIN library_user AS reader ON reader.id = look.by_id
    WHERE look.note_id = item.id ORDER BY look.at DESC LIMIT 20) AS seen)"""
NOTE_TONE = f"""(SELECT {TONE.format("line")} FROM engagement_interaction AS line
    WHERE line.patron_id = item.patron_id AND line.at = item.at AND line.kind = ANY(%(noted)s)
        AND line.staff_id IS NOT DISTINCT FROM item.by_id LIMIT 1)"""
BRANCHES = (
    _of(
        "engagement_interaction",
        "ledger",
        90,
        "item.at",
        f"""jsonb_build_object('kind', item.kind, 'label', coalesce(rule.label, item.kind), 'title', title.name,
            'minutes', item.minutes, 'staff', {STAFF_NAME}, 'tone', {TONE.format("item")},
            'again', coalesce(
                (SELECT true FROM engagement_loan AS loan
                WHERE loan.source_key = item.source_key AND loan.patron_id = item.patron_id LIMIT 1),
                (SELECT true FROM engagement_note AS note WHERE note.patron_id = item.patron_id AND note.at = item.at
                AND note.by_id IS NOT DISTINCT FROM item.staff_id AND item.kind = ANY(%(noted)s) LIMIT 1),
                (SELECT true FROM outreach_reply AS reply WHERE item.kind = 'reply'
                AND reply.patron_id = item.patron_id AND reply.received_at = item.at LIMIT 1),
                (SELECT true FROM outreach_threadturn AS turn WHERE item.kind = 'reply_answered'
                AND turn.thread_id = item.thread AND turn.at = item.at LIMIT 1), false))""",
        joins=f"""LEFT JOIN catalog_title AS title ON title.id = item.title_id
            LEFT JOIN library_user AS staff ON staff.id = item.staff_id
            LEFT JOIN engagement_rule AS rule ON rule.version_id = {IN_FORCE} AND rule.kind = item.kind""",
        also="item.kind <> ALL(%(told)s)",
    ),
    _of(
        "engagement_note",
        "note",
        80,
        "item.at",
        f"""jsonb_build_object('channel', item.channel, 'started_by', item.started_by, 'minutes', item.minutes,
            'staff', {STAFF_NAME}, 'by', item.by_id, 'written_at', item.written_at, 'views', {VIEWS},
            'tone', coalesce({NOTE_TONE}, 'plain'))""",
        joins="LEFT JOIN library_user AS staff ON staff.id = item.by_id",
    ),
    _of_loop("answered", 70, "check_in_answer", "check_in.answered_at", CHECK_IN),
    _of_loop("asked", 69, "check_in", "check_in.asked_at", CHECK_IN),
    _of_loop("letter", 68, "letter,proactive_letter", "letter.sent_at", LETTER),
    _of_loop("withdrawn", 67, "", "request.withdrawn_at", "outreach_request AS request"),
    _of_loop("request", 66, "request", "request.asked_at", ASKED),
    _of(
        "engagement_loan",
        "loan",
        50,
        "item.borrowed_at",
        LOAN_FACTS,
        joins="LEFT JOIN catalog_title AS title ON title.id = item.title_id",
        also="item.borrowed_at IS NOT NULL",
    ),
    _of(
        "outreach_reply",
        "wrote",
        61,
        "item.received_at",
        f"""jsonb_build_object('thread', item.thread_id, 'words', left(item.text, 300), 'page', thread.page,
            'tone', {tone_of("reply,proactive_answer", "item.patron_id", "item.received_at")})""",
        joins="LEFT JOIN outreach_thread AS thread ON thread.id = item.thread_id",
        also="item.kind = 'reply'",
    ),
    BRANCH.format(
        what="we_answered",
        place=60,
        at="turn.at",
        pk="turn.id",
        rows="""outreach_thread AS thread JOIN outreach_threadturn AS turn ON turn.thread_id = thread.id
            LEFT JOIN library_user AS staff ON staff.id = turn.by_id""",
        facts=f"""jsonb_build_object('thread', thread.id, 'words', left(turn.words, 300), 'way', turn.way,
            'staff', {STAFF_NAME}, 'tone', {tone_of("reply_answered", "thread.patron_id", "turn.at")})""",
        mine="thread.patron_id = %(patron)s AND turn.way <> 'done'",
    ),
    _of(
        "outreach_message",
        "message",
        40,
        "item.queued_at",
        "jsonb_build_object('subject', item.subject, 'state', item.state, 'message', item.id)",
        also="item.purpose NOT IN ('letter', 'check_in', 'reply')",
    ),
    _of(
        "engagement_needask",
        "need",
        35,
        "item.at",
        "jsonb_build_object('need', need.name, 'met', item.met)",
        joins="JOIN engagement_need AS need ON need.id = item.need_id",
    ),
    _of(
        "engagement_stagechange",
        "stage",
        30,
        "item.at",
        "jsonb_build_object('before', item.before, 'after', item.after)",
    ),
    _of(
        "patrons_patronchange",
        "import",
        20,
        "run.started_at",
        """jsonb_build_object('new', item.before IS NULL, 'fields', (SELECT jsonb_agg(name) FROM (
            SELECT jsonb_object_keys(item.after) AS name WHERE jsonb_typeof(item.after) = 'object') AS names))""",
        joins="JOIN library_importrun AS run ON run.id = item.run_id",
    ),
    _of(
        "engagement_loan",
        "undated",
        10,
        "%(earliest)s::timestamptz",
        LOAN_FACTS,
        joins="LEFT JOIN catalog_title AS title ON title.id = item.title_id",
        also="item.borrowed_at IS NULL",
    ),
)
STATEMENT = (
    "SELECT at, place, pk, what, facts FROM ("
    + " UNION ALL ".join(BRANCHES)
    + (") AS told ORDER BY at DESC, place DESC, pk DESC LIMIT %(page)s")
)
