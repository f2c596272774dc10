"""Check-ins by the hundred thousand, each with its reader, request, letter, books and the letter's mail, written by
the database itself. One number goes through all: patron, thread, request, letter and check-in n belong together.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from library.models import Branch, User

BOOKS = 2000
PLACES = 20
LANGUAGES = ["en", "es", "fr", "pt", "af"]
PATRONS = """
INSERT INTO patrons_patron (id, public_id, name, search_text, email, phone, language, audience, branch_id, standing,
    time_zone, link_generation, my_page_opened, created_at, ils_id, postal_address, category, preferred_channel,
    frequency, reading_history, by_hand, proved_at)
SELECT n, 'B-' || n, 'Reader ' || n, ' reader ' || n, 'reader' || n || '@example.org', '', (%(languages)s)[1 + n %% 5],
    'adult', (%(branches)s)[1 + n %% cardinality(%(branches)s)], 'own', 'UTC', 1, 0, %(then)s, '', '', '', 'email',
    'any', 'default', '{}', %(then)s
FROM generate_series(1, %(count)s) AS n
"""
CONSENTS = """
INSERT INTO patrons_consent (patron_id, purpose, wording, wording_version, language, how, given_at)
SELECT n, purpose, 'Yes.', 'bench', 'en', 'form', %(then)s
FROM generate_series(1, %(count)s) AS n, unnest(ARRAY['check_in', 'profile']) AS purpose
WHERE purpose = 'check_in' OR n %% 2 = 0
"""
THREADS = """
INSERT INTO outreach_thread (id, patron_id, subject, started_at, generation_shift, channel, author, page, address,
    source_key, draft, draft_version)
SELECT n, n, 'Reading suggestions', %(then)s, 0, 'mail', '', '', '', '', '', 0 FROM generate_series(1, %(count)s) AS n
"""
REQUESTS = """
INSERT INTO outreach_request (id, reference, nonce, thread_id, patron_id, branch_id, language, audience, reads,
    card_number, mood, limits, length, formats, about, state, held_because, asked_at, answered_at)
SELECT n, 'R' || n, 'bench-' || n, n, n, (%(branches)s)[1 + n %% cardinality(%(branches)s)],
    (%(languages)s)[1 + n %% 5], 'adult', 'both', '', '{}', '{}', '', '{}', '', 'answered', '', %(then)s, %(then)s
FROM generate_series(1, %(count)s) AS n
"""
LETTERS = """
INSERT INTO outreach_letter (id, request_id, librarian_id, note, check_in_days, version, saved_at, sent_at)
SELECT n, n, %(librarian)s, 'Dear reader', 21, 1, %(then)s, %(then)s FROM generate_series(1, %(count)s) AS n
"""
TITLES = """
INSERT INTO catalog_title (id, name, authors, original_name, language, audience, isbns, formats, source, source_key,
    search_text)
SELECT n, 'A book with a name of usual length, ' || n, '{}', '', 'eng', '', '{}', '{}', 'bench', n::text, ''
FROM generate_series(1, %(books)s) AS n
"""
PICKS = """
INSERT INTO outreach_pick (letter_id, title_id, position, why, stretch)
SELECT n, 1 + (n * 7 + place * 13) %% %(books)s, place, 'The sea.', false
FROM generate_series(1, %(count)s) AS n, generate_series(0, 2) AS place
"""
MAILS = """
INSERT INTO outreach_message (purpose, object_key, step, kind, consent, patron_id, thread_id, language, to_address,
    to_name, from_name, reply_to, subject, body_text, body_html, template, facts, in_reply_to, links, message_id, state,
    reason, queued_at, due_at, not_after, attempt, refusals, phase, sent_at, receipt, provider_id, fate, fate_words)
SELECT 'letter', n::text, 1, 'answering', '', n, n, 'en', 'reader' || n || '@example.org', 'Reader ' || n, 'Amara', '',
    'Your books', 'Dear reader', '<p>Dear reader</p>', '', '{}', '', '{}', '<letter.' || n || '@example.org>', 'sent',
    '', %(then)s, %(then)s, %(then)s, 1, 0, 'data', %(then)s, '250 OK', '', '', ''
FROM generate_series(1, %(count)s) AS n
"""
CHECK_INS = """
INSERT INTO outreach_checkin (id, letter_id, next_step, next_at, ended_because, comment)
SELECT n, n, 'ask', %(due)s + n * interval '1 millisecond', '', '' FROM generate_series(1, %(count)s) AS n
"""
TABLES = ("patrons_patron", "outreach_thread", "catalog_title", "library_auditline")


@contextmanager
def planned(count: int, *, due: datetime, books: bool = True) -> Iterator[None]:
    """So many check-ins due from `due` on, committed; gone at the end, and gone too if the run before was killed.

    Without `books` nobody picked any: for those that are not asked yet.
    """
    wipe()
    try:
        branches = Branch.objects.bulk_create([Branch(name=f"Place {n}", slug=f"place-{n}") for n in range(PLACES)])
        librarian = User.objects.create_user(username="bench", name="Amara", role="librarian")
        facts: dict[str, Any] = {
            "count": count,
            "books": BOOKS,
            "due": due,
            "then": due - timedelta(days=21),
            "languages": LANGUAGES,
            "branches": [branch.pk for branch in branches],
            "librarian": librarian.pk,
        }
        with connection.cursor() as cursor:
            # The rows fit together by their numbers; having the database look each up again takes minutes.
            cursor.execute("SET session_replication_role = replica")
            for table in (PATRONS, CONSENTS, THREADS, REQUESTS, LETTERS, MAILS, CHECK_INS):
                cursor.execute(table, facts)
            for table in (TITLES, PICKS) if books else ():
                cursor.execute(table, facts)
            cursor.execute("SET session_replication_role = DEFAULT")
            cursor.execute("VACUUM (ANALYZE)")
        yield
    finally:
        wipe()


def wipe() -> None:
    """Empty what `planned` filled, and everything that hangs on it."""
    with connection.cursor() as cursor:
        cursor.execute("RESET session_replication_role")
        cursor.execute(f"TRUNCATE {', '.join(TABLES)} CASCADE")
    # Not so: the rules in force name who published them.
    User.objects.filter(username="bench").delete()
    Branch.objects.filter(slug__startswith="place-").delete()
