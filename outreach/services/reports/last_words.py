"""The last words exchanged with readers: theirs or ours, whichever are newer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

LENGTH = 240
# Each source is read through its index on the reader, one row at most; `{reader}` is the reader's number.
LATEST_OF = f"""
    SELECT who, left(words, {LENGTH}) AS words, at FROM (
        (SELECT '' AS who, text AS words, received_at AS at FROM outreach_reply
        WHERE patron_id = {{reader}} AND kind = 'reply' AND text <> '' ORDER BY received_at DESC LIMIT 1)
        UNION ALL
        (SELECT '', about, asked_at FROM outreach_request
        WHERE patron_id = {{reader}} AND about <> '' ORDER BY asked_at DESC LIMIT 1)
        UNION ALL
        (SELECT CASE WHEN said.theirs THEN '' ELSE coalesce(nullif(staff.name, ''), staff.username) END,
            said.words, said.at
        FROM outreach_request AS request
        JOIN outreach_letter AS letter ON letter.request_id = request.id AND letter.sent_at IS NOT NULL
        JOIN library_user AS staff ON staff.id = letter.librarian_id
        LEFT JOIN outreach_checkin AS check_in ON check_in.letter_id = letter.id
        CROSS JOIN LATERAL (
            SELECT false AS theirs, letter.note AS words, letter.sent_at AS at
            UNION ALL SELECT true, check_in.comment, check_in.answered_at WHERE check_in.comment <> ''
            UNION ALL SELECT true, answer.why, answer.changed_at FROM outreach_pick AS pick
                JOIN outreach_answer AS answer ON answer.pick_id = pick.id
                WHERE pick.letter_id = letter.id AND answer.why <> ''
        ) AS said
        WHERE request.patron_id = {{reader}} ORDER BY said.at DESC LIMIT 1)
        UNION ALL
        (SELECT coalesce(nullif(staff.name, ''), staff.username, ''), turn.words, turn.at FROM outreach_thread AS thread
        JOIN outreach_threadturn AS turn ON turn.thread_id = thread.id AND turn.way <> 'done' AND turn.words <> ''
        LEFT JOIN library_user AS staff ON staff.id = turn.by_id
        WHERE thread.patron_id = {{reader}} ORDER BY turn.at DESC LIMIT 1)
        ORDER BY at DESC LIMIT 1
    ) AS latest
"""  # noqa: S608  (fixed words)
LATEST = f"""
SELECT reader.id, said.who, said.words, said.at FROM unnest(%(readers)s::bigint[]) AS reader (id)
CROSS JOIN LATERAL ({LATEST_OF.format(reader="reader.id")}) AS said
"""  # noqa: S608  (fixed words)


@dataclass(frozen=True)
class LastWords:
    """`who` is the librarian, or empty for the reader's own words."""

    who: str
    words: str
    at: datetime


def last_words_of(readers: Sequence[int]) -> dict[int, LastWords]:
    """By the reader's number; one query, none for nobody."""
    if not readers:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(LATEST, {"readers": list(readers)})
        return {reader: LastWords(who, words.strip(), at) for reader, who, words, at in cursor.fetchall()}
