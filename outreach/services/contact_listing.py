"""Which open reasons stand on a librarian's list at this moment: those worth most whose readers may be contacted."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from catalog.models import Title
from library.models import User
from outreach.models import ContactReason, Pick
from outreach.services.contact_welcome import MAY_SHOW, facts_of_calm
from outreach.services.quiet import zone_of
from outreach.services.reports.last_words import LATEST_OF, LastWords
from patrons.models import Patron

# The best of hers, and the best of nobody's, straight from the index `contact_open`.
BEST = """
        (SELECT * FROM outreach_contactreason
        WHERE closed_at IS NULL AND {hers} AND coalesce(later_until <= %(now)s, true)
        ORDER BY hand_id, worth DESC, id LIMIT %(looked_at)s)"""
# Asked again at every look: a reader who took a consent back an hour ago is gone from the list. One reader at a time
# (OFFSET 0), each by the indexes; for many at once the database would read whole tables.
LISTED = f"""
SELECT listed.*, book.id, book.name, patron.id, patron.public_id, patron.name, patron.email, patron.language,
    patron.preferred_channel, patron.phone, patron.postal_address, said.who, said.words, said.at
FROM (
    SELECT reason.id, reason.kind, reason.facts, reason.strength, reason.reader_factor, reason.worth, reason.opened_at,
        begun.id AS letter_id, reason.pick_id, reason.patron_id
    FROM (
        {BEST.format(hers="hand_id = %(me)s")}
        UNION ALL
        {BEST.format(hers="hand_id IS NULL")}
    ) AS reason
    LEFT JOIN outreach_request AS begun ON begun.id = reason.letter_id AND begun.state = 'begun'
    CROSS JOIN LATERAL (
        SELECT FROM patrons_patron AS patron
        WHERE patron.id = reason.patron_id AND ({MAY_SHOW})
            AND (cardinality(%(places)s::bigint[]) = 0 OR coalesce(patron.branch_id = ANY(%(places)s), true))
        OFFSET 0
    ) AS may_be_shown
    WHERE %(left)s::integer > (SELECT count(*) FROM outreach_contactreason AS handled
            WHERE handled.closed_by_id = %(me)s AND handled.closed_at >= %(midnight)s)
    ORDER BY reason.worth DESC, reason.id
    LIMIT %(most)s
) AS listed (reason_id, kind, facts, strength, reader_factor, worth, opened_at, letter_id, pick_id, patron_id)
JOIN patrons_patron AS patron ON patron.id = listed.patron_id
LEFT JOIN outreach_pick AS pick ON pick.id = listed.pick_id
LEFT JOIN catalog_title AS book ON book.id = pick.title_id
LEFT JOIN LATERAL ({LATEST_OF.format(reader="listed.patron_id")}) AS said ON true
ORDER BY listed.worth DESC, listed.reason_id
"""  # noqa: S608  (fixed words)
# The night has let go of whom we may not contact; what changed since is few.
LOOKED_AT = 5
REASON = ("pk", "kind", "facts", "strength", "reader_factor", "worth", "opened_at", "letter_id")
PATRON = ("pk", "public_id", "name", "email", "language", "preferred_channel", "phone", "postal_address")


@dataclass(frozen=True)
class Listed:
    """A reason with its reader and book, as far as a row shows them, and the last words exchanged."""

    reason: ContactReason
    words: LastWords | None


def listed_for(*, user: User, most: int, now: datetime) -> list[Listed]:
    """The rows in their order; one query. A librarian sees those of her branches, and what is hers.

    None once she has dealt with as many today as she takes on, and for other roles.
    """
    if user.role != User.Role.LIBRARIAN:
        return []
    facts = facts_of_calm(now) | {
        "now": now,
        "me": user.pk,
        "places": [place.pk for place in user.places],
        "left": user.contacts_a_day,
        "midnight": midnight_of(user, now),
        "most": most,
        "looked_at": most * LOOKED_AT,
    }
    with connection.cursor() as cursor:
        cursor.execute(LISTED, facts)
        return [_listed(row) for row in cursor.fetchall()]


def midnight_of(user: User, now: datetime) -> datetime:
    """When this librarian's day began, where she works."""
    local = now.astimezone(zone_of(*[place.time_zone for place in user.places[:1]]))
    return local.replace(hour=0, minute=0, second=0, microsecond=0)


def _listed(row: tuple[Any, ...]) -> Listed:
    of_reason, (pick, _patron, book, name), of_patron, said = row[:8], row[8:12], row[12:20], row[20:]
    reason = ContactReason(**dict(zip(REASON, of_reason, strict=True)))
    reason.facts = json.loads(of_reason[2])
    reason.patron = Patron(**dict(zip(PATRON, of_patron, strict=True)))
    if pick:
        reason.pick = Pick(pk=pick, title=Title(pk=book, name=name))
    who, words, at = said
    return Listed(reason, LastWords(who, words.strip(), at) if words else None)
