"""Reasons to contact somebody, found every night: set-based, each occasion once, what no longer holds goes again."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import batched

from django.db import connection, transaction

from engagement.services.drifting import kinds_of_use
from library.services.staging import drop_tables
from outreach.models import ContactReason
from outreach.services.contact_kinds import FOUND
from outreach.services.contact_statements import WELCOME_TABLE, WELCOMED, statement_of
from outreach.services.contact_welcome import facts_of_calm
from outreach.services.contact_worth import REMEMBERED, reckon_worth, settle_outcomes
from patrons.models import Consent
from patrons.services.tombstones import mails_stopped

FOUND_TABLE = "contact_found"
PUT_DOWN = f"CREATE TEMPORARY TABLE {FOUND_TABLE} AS "
# One that somebody dealt with stays as it is; one that is open follows its facts.
KEEP = f"""
INSERT INTO outreach_contactreason (patron_id, kind, pick_id, title_id, facts, source_key, opened_at, strength,
    reader_factor, worth, ending, because)
SELECT patron_id, %(kind)s, pick_id, title_id, facts, %(kind)s || ':' || key, %(now)s, strength, 1, 0, '', ''
FROM {FOUND_TABLE}
ON CONFLICT (source_key) DO UPDATE SET facts = excluded.facts, strength = excluded.strength
WHERE outreach_contactreason.closed_at IS NULL
    AND (outreach_contactreason.facts, outreach_contactreason.strength)
        IS DISTINCT FROM (excluded.facts, excluded.strength)
"""  # noqa: S608  (fixed words)
# What a letter was begun for stays until that letter is sent or put away.
LET_GO = f"""
DELETE FROM outreach_contactreason AS reason
WHERE reason.kind = %(kind)s AND reason.closed_at IS NULL
    AND NOT EXISTS (SELECT FROM outreach_request AS begun WHERE begun.id = reason.letter_id AND begun.state = 'begun')
    AND NOT EXISTS (SELECT FROM {FOUND_TABLE} AS found WHERE %(kind)s || ':' || found.key = reason.source_key)
"""  # noqa: S608  (fixed words)
# What was dealt with is a lesson for two years, and its facts are nobody's business for longer than a season.
FORGET = (
    "UPDATE outreach_contactreason SET facts = '{}', title_id = NULL WHERE closed_at < %(season)s AND facts <> '{}'",
    "DELETE FROM outreach_contactreason WHERE closed_at < %(over)s",
)
SEASON = timedelta(days=90)
HOW_MANY = "SELECT count(*) FROM outreach_contactreason WHERE closed_at IS NULL"
PIECE = 5_000


@transaction.atomic
def find_contacts(*, now: datetime) -> int:
    """Find and reckon anew; how many reasons are open afterwards. The same data give the same list."""
    settle_outcomes(now=now)
    facts = facts_of_calm(now) | {"now": now, "use": kinds_of_use()}
    with connection.cursor() as cursor:
        drop_tables(WELCOMED)
        for statement in FORGET:
            cursor.execute(statement, {"season": now - SEASON, "over": now - REMEMBERED})
        cursor.execute(WELCOME_TABLE, facts)
        cursor.execute(f"CREATE INDEX ON {WELCOMED} (patron_id)")
        cursor.execute(f"ANALYZE {WELCOMED}")
        for kind in FOUND:
            drop_tables(FOUND_TABLE)
            cursor.execute(PUT_DOWN + statement_of(kind), facts)
            cursor.execute(KEEP, {"kind": kind, "now": now})
            cursor.execute(LET_GO, {"kind": kind})
        drop_tables(FOUND_TABLE, WELCOMED)
        _leave_erased_alone()
        reckon_worth()
        cursor.execute("ANALYZE outreach_contactreason")  # the lists are read from its indexes from now on
        cursor.execute(HOW_MANY)
        return int(cursor.fetchone()[0])


def _leave_erased_alone() -> None:
    """Somebody was erased and came back with an import, but has not said that they want to hear from us again."""
    found = ContactReason.objects.filter(kind__in=FOUND, closed_at=None).exclude(patron__email="").order_by("patron")
    asked = found.values_list("patron", "patron__email").distinct().iterator(PIECE)
    for piece in batched(asked, PIECE):
        stopped = mails_stopped((patron, email, Consent.Purpose.PROACTIVE.value) for patron, email in piece)
        found.filter(patron__in={patron for patron, _, _ in stopped}).delete()
