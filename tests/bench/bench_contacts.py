"""Whom to contact next: how many welcome contacts the list finds beside chance, and how long its page's rows take."""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from library.models import User
from outreach.models import ContactReason
from outreach.services.contact_finding import find_contacts
from outreach.services.contact_worth import reckon_worth
from outreach.services.reports.contact_list import read_contacts

READERS, PAST, A_DAY, DAYS = 100_000, 20_000, 8, 250
GOAL, GOAL_MS = 2.0, 150.0
NOW = datetime(2026, 6, 15, 9, 0, tzinfo=UTC)
# How often a contact of each kind is truly welcome; the published table knows nothing of it. One reader in three
# answers nearly twice as often as the others.
TRUTH = {"not_thanked": 0.55, "back": 0.2, "drifting": 0.12, "anniversary": 0.1, "card_ends": 0.3, "first_days": 0.35}
CHANCE = """
    least(0.95, (%(chances)s::float8[])[1 + n %% %(kinds)s] * CASE WHEN reader %% 3 = 0 THEN 1.8 ELSE 0.6 END)
"""
STATEMENTS = (
    """
    INSERT INTO patrons_patron (id, public_id, name, search_text, email, phone, language, audience, standing, time_zone,
        link_generation, my_page_opened, created_at, joined_on, ils_id, postal_address, category, preferred_channel,
        frequency, reading_history, by_hand)
    SELECT n, 'B-' || n, 'Reader ' || n, ' reader ' || n, n || '@example.org', '', 'en', 'adult', 'own', 'UTC', 1, 0,
        %(now)s - interval '3 years', (%(now)s - n * interval '1 hour')::date, '', '', '', 'email', 'any',
        'default', '{}'
    FROM generate_series(1, %(readers)s) AS n
    """,
    """
    INSERT INTO patrons_consent (patron_id, purpose, wording, wording_version, language, how, given_at)
    SELECT n, purpose, 'Yes.', 'bench', 'en', 'form', %(now)s
    FROM generate_series(1, %(readers)s) AS n, unnest(ARRAY['profile', 'proactive']) AS purpose
    """,
    # What was tried before, with what came of it: the first of every five readers, twice each.
    f"""
    INSERT INTO outreach_contactreason (patron_id, kind, facts, source_key, opened_at, closed_at, strength,
        reader_factor, worth, ending, because, welcomed)
    SELECT reader, (%(names)s::text[])[1 + n %% %(kinds)s], '{{}}', 'past:' || n, %(now)s - interval '100 days',
        %(now)s - interval '90 days', 1, 1, 0, 'wrote', '',
        (hashint8extended(n, 1) & 1048575) / 1048576.0 < {CHANCE}
    FROM (SELECT n, 1 + 5 * (n / 2) %% %(readers)s AS reader FROM generate_series(1, %(past)s) AS n) AS tried
    """,  # noqa: S608  (fixed words)
    """
    INSERT INTO outreach_contactreason (patron_id, kind, facts, source_key, opened_at, strength, reader_factor, worth,
        ending, because)
    SELECT n, (%(names)s::text[])[1 + n %% %(kinds)s], jsonb_build_object('years', 5, 'day', %(now)s::date,
        'before', %(now)s::date - 300, 'gift', 'Gave time'), 'open:' || n, %(now)s, 1, 1, 0, '', ''
    FROM generate_series(1, %(readers)s) AS n
    """,
)
TRULY = f"""
SELECT reader FROM (SELECT n, n AS reader FROM generate_series(1, %(readers)s) AS n) AS open
WHERE (hashint8extended(n, 2) & 1048575) / 1048576.0 < {CHANCE}
"""  # noqa: S608  (fixed words)


def bench_contact_rank() -> dict[str, Any]:
    """Welcome contacts in the first 250 days' worth of rows beside the same number drawn at random."""
    facts: dict[str, Any] = {
        "now": NOW,
        "readers": READERS,
        "past": PAST,
        "kinds": len(TRUTH),
        "names": list(TRUTH),
        "chances": list(TRUTH.values()),
    }
    with transaction.atomic():
        with connection.cursor() as cursor:
            for statement in STATEMENTS:
                cursor.execute(statement, facts)
            cursor.execute(TRULY, facts)
            welcome = {reader for (reader,) in cursor.fetchall()}
        by = User.objects.create(username="bench-contacts", role="librarian", contacts_a_day=A_DAY)
        reckon_worth()
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE outreach_contactreason, patrons_patron, patrons_consent")
        first = ContactReason.objects.filter(closed_at=None).order_by("-worth", "pk").values_list("patron", flat=True)
        listed = list(first[: A_DAY * DAYS])
        shown = _page_times(by)
        began = time.perf_counter()
        found = find_contacts(now=NOW)
        night = time.perf_counter() - began
        transaction.set_rollback(True)
    hits = sum(reader in welcome for reader in listed) / len(listed)
    chance = len(welcome) / READERS
    others = {"page_ms": round(shown, 1), "page_goal_ms": GOAL_MS, "night_seconds": round(night, 1), "found": found}
    sys.stderr.write(json.dumps({"readers": READERS, **others}) + "\n")
    return {
        "bench": "contact-rank",
        "value": round(hits, 4),
        "unit": "share welcome",
        "baseline": round(chance, 4),
        "ratio": round(hits / chance, 2),
        "goal": GOAL,
        "ok": hits >= GOAL * chance and shown <= GOAL_MS,
    }


def _page_times(by: User) -> float:
    """The slowest of twenty looks at the list after the first, in milliseconds."""
    times = []
    for look in range(21):
        began = time.perf_counter()
        rows = read_contacts(user=by, now=NOW + timedelta(seconds=look)).rows
        times.append(1000 * (time.perf_counter() - began))
        if len(rows) != A_DAY:
            raise AssertionError(len(rows))
    return max(times[1:])
