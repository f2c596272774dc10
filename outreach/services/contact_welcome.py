"""Whom we may contact unasked, said once in SQL: for the night's search, and again for every row that is shown.

What a reader asked or was promised is not held back by any of this; only suppression and erasure hold that back.
"""

# ruff: noqa: S608  (every statement here is put together from fixed words; what varies is a parameter)

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from library.models import LibrarySettings
from outreach.services.contact_kinds import PROFILED, SAID
from outreach.services.restraint import BUDGET_DAYS
from patrons.services.wishes import PAUSES

# After a contact, and after a letter of any kind, a reader is left in peace for a while.
PEACE = timedelta(days=14)
GROWN_UP = 18
# Where a library has set nothing.
USUAL_BUDGET: int = LibrarySettings._meta.get_field("contact_budget").default
TOUCHED = "('wrote', 'called', 'ticket', 'done')"

REACHABLE = """
    patron.gone_at IS NULL AND NOT EXISTS (
        SELECT FROM patrons_suppression AS stopped
        WHERE stopped.address = lower(btrim(patron.email)) AND stopped.lifted_at IS NULL AND patron.email <> '')
"""
# A minor is whoever the record says is one; a birth year says it only once they may still be under age all year.
GROWN = f"""
    patron.audience = 'adult' AND coalesce(patron.birth_year + {GROWN_UP} < %(year)s, true)
"""
BEGUN = """
    SELECT FROM outreach_message AS message
    WHERE message.patron_id = patron.id AND message.kind = 'library_started'
        AND message.state IN ('queued', 'sending', 'sent', 'unknown')
"""
IN_BUDGET = f"""
    (SELECT count(*) FROM outreach_message AS message
    WHERE message.patron_id = patron.id AND message.kind = 'library_started'
        AND message.state IN ('queued', 'sending', 'sent', 'unknown')
        AND coalesce(message.sent_at, message.due_at) > %(budget_since)s)
        < coalesce((SELECT contact_budget FROM library_librarysettings WHERE id = 1), %(budget)s)
    AND NOT (patron.frequency <> 'any' AND EXISTS ({BEGUN}
        AND coalesce(message.sent_at, message.due_at) > CASE patron.frequency
            WHEN 'monthly' THEN %(month)s::timestamptz ELSE %(quarter)s::timestamptz END))
"""
IN_PEACE = f"""
    NOT EXISTS (SELECT FROM outreach_contactreason AS touched WHERE touched.patron_id = patron.id
        AND touched.closed_at > %(peace)s
        AND (touched.ending IN {TOUCHED} OR touched.because IN ('too_soon', 'knows')))
    AND NOT EXISTS (SELECT FROM outreach_request AS request WHERE request.patron_id = patron.id
        AND (request.answered_at > %(peace)s OR request.state IN ('waiting', 'held')))
    AND NOT EXISTS (SELECT FROM outreach_thread AS thread
        WHERE thread.patron_id = patron.id AND thread.waiting_since IS NOT NULL)
"""
NOT_HELD_OUT = """
    NOT EXISTS (SELECT FROM engagement_draw AS draw
        WHERE draw.patron_id = patron.id AND draw.arm = 'held' AND draw.looked_at IS NULL)
"""
AGREED = """
    EXISTS (SELECT FROM patrons_consent AS agreed
        WHERE agreed.patron_id = patron.id AND agreed.purpose = 'proactive' AND agreed.withdrawn_at IS NULL)
"""
MEASURED = AGREED.replace("'proactive'", "'profile'")
ANY_WAY = "(patron.email <> '' OR patron.preferred_channel <> 'email')"
# Of a patron called `patron`.
WELCOME = " AND ".join(
    (AGREED, "patron.standing = 'own'", ANY_WAY, REACHABLE, GROWN, IN_BUDGET, IN_PEACE, NOT_HELD_OUT)
)
# A row is shown while this holds: what the reader said, or something we may begin and may know.
MAY_SHOW = f"""
    (reason.kind = ANY(%(said)s) AND {REACHABLE})
    OR (reason.kind <> ALL(%(said)s) AND {WELCOME} AND (reason.kind <> ALL(%(profiled)s) OR {MEASURED}))
"""


def facts_of_calm(now: datetime) -> dict[str, Any]:
    """The parameters of these conditions at `now`."""
    month, quarter = PAUSES.values()
    return {
        "year": now.year,
        "budget": USUAL_BUDGET,
        "budget_since": now - BUDGET_DAYS,
        "month": now - month,
        "quarter": now - quarter,
        "peace": now - PEACE,
        "said": list(SAID),
        "profiled": list(PROFILED),
    }
