"""A catalogue of 100,000 titles with their terms, and a million loans of it, written by the database itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import connection

TITLES, LOANS, READERS, AUTHORS, TERMS = 100_000, 1_000_000, 30_000, 30_000, 4_000
# A few titles are lent very often and most seldom: the first of them about three thousand times.
STATEMENTS = (
    """
    INSERT INTO catalog_title (id, name, authors, original_name, language, audience, isbns, formats, source, source_key,
        search_text, year, pages, violence)
    SELECT n, name, ARRAY[author], '', (ARRAY['eng', 'eng', 'eng', ''])[1 + n %% 4],
        (ARRAY['adult', '', 'adult', 'teen'])[1 + n %% 4], '{}',
        CASE n %% 5 WHEN 0 THEN '{}'::text[] WHEN 1 THEN ARRAY['ebook'] ELSE ARRAY['print'] END, 'bench', n::text,
        ' ' || name || ' | ' || author, 1950 + n %% 70, 100 + n %% 500, n %% 9 = 0
    FROM (
        SELECT n, left(md5(n::text), 5) || ' ' || right(md5(n::text), 7) AS name,
            left(md5('given' || who %% 3000), 5) || ' ' || left(md5('family' || who), 7) AS author
        FROM (SELECT n, 1 + (hashint4extended(n, 1) & 65535) %% %(authors)s AS who
            FROM generate_series(1, %(titles)s) AS n) AS numbered
    ) AS named
    """,
    """
    INSERT INTO catalog_term (id, kind, name)
    SELECT n, (ARRAY['appeal', 'subject', 'genre'])[1 + n %% 3], 'term ' || n FROM generate_series(1, %(terms)s) AS n
    """,
    """
    INSERT INTO catalog_title_terms (title_id, term_id)
    SELECT n, 1 + floor(%(terms)s * power((hashint8extended(n * 8 + place, 5) & 1048575) / 1048576.0::float8, 2))::int
    FROM generate_series(1, %(titles)s) AS n, generate_series(0, 5) AS place ON CONFLICT DO NOTHING
    """,
    """
    INSERT INTO patrons_patron (id, public_id, name, search_text, email, phone, language, audience, standing, time_zone,
        link_generation, my_page_opened, created_at, ils_id, postal_address, category, preferred_channel, frequency,
        reading_history, by_hand)
    SELECT n, 'B-' || n, 'Reader ' || n, ' reader ' || n, '', '', 'en', 'adult', 'own', 'UTC', 1, 0, %(now)s, '', '',
        '', 'email', 'any', 'default', '{}'
    FROM generate_series(1, %(readers)s) AS n
    """,
    """
    INSERT INTO patrons_consent (patron_id, purpose, wording, wording_version, language, how, given_at)
    SELECT n, 'profile', 'Yes.', 'bench', 'en', 'form', %(now)s FROM generate_series(1, %(readers)s) AS n
    WHERE n %% 10 < 7
    """,
    """
    INSERT INTO engagement_loan (source_key, patron_id, title_id, title_words, borrowed_at, borrowed_as, returned_as,
        renewals, let_go)
    SELECT 'bench' || n, 1 + floor(%(readers)s * power(drawn.reader, 1.5))::int,
        1 + floor(%(titles)s * power(drawn.title, 2))::int, '', %(now)s - n * (interval '4 years' / %(loans)s), '', '',
        0, false
    FROM (
        SELECT n, (hashint8extended(n, 1) & 1048575) / 1048576.0::float8 AS reader,
            ((hashint8extended(n, 2) & 1048575) + (hashint8extended(n, 3) & 1048575) / 1048576.0) / 1048576.0::float8
            AS title
        FROM generate_series(1, %(loans)s) AS n
    ) AS drawn
    """,
)


@contextmanager
def reading_library(now: datetime) -> Iterator[None]:
    """Committed and vacuumed, as a library of some age is; gone at the end, also where the run before was killed."""
    wipe()
    facts: dict[str, Any] = {
        "titles": TITLES,
        "loans": LOANS,
        "readers": READERS,
        "authors": AUTHORS,
        "terms": TERMS,
        "now": now,
    }
    try:
        with connection.cursor() as cursor:
            # The rows fit together by their numbers; having the database look each up again takes minutes.
            cursor.execute("SET session_replication_role = replica")
            for statement in STATEMENTS:
                cursor.execute(statement, facts)
            cursor.execute("SET session_replication_role = DEFAULT")
            cursor.execute("VACUUM (ANALYZE)")
        yield
    finally:
        wipe()


def wipe() -> None:
    """Empty what was filled, and everything that hangs on it."""
    with connection.cursor() as cursor:
        cursor.execute("RESET session_replication_role")
        cursor.execute("TRUNCATE patrons_patron, outreach_thread, catalog_title, catalog_term CASCADE")
