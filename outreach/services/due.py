"""What is due, row by row, with the facts that decide whether it leaves; no words of the mails."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.db import connection

from outreach.services.gate import AGAINST

# Locked for the claim; what another worker holds is passed over. A key may still refer to a locked row.
LOCK_DUE = """
SELECT message.id, message.kind, message.patron_id, message.to_address, message.consent, message.not_after,
    message.reason, message.branch_id, reader.time_zone, coalesce(branch.time_zone, ''), reader.frequency,
    reader.preferred_channel, ({against}), (
        SELECT stopped.until FROM patrons_suppression AS stopped
        WHERE stopped.address = lower(message.to_address) AND stopped.lifted_at IS NULL
    )
FROM outreach_message AS message
JOIN patrons_patron AS reader ON reader.id = message.patron_id
LEFT JOIN library_branch AS branch ON branch.id = message.branch_id
WHERE message.state = 'queued' AND message.due_at <= %(now)s AND message.kind = ANY (%(kinds)s)
ORDER BY message.due_at, message.id
LIMIT %(limit)s
FOR NO KEY UPDATE OF message SKIP LOCKED
""".replace("{against}", AGAINST.replace("{at}", "%(now)s"))
# In the order of the index: a plan that goes through the table would read all that was ever sent before.
ANY_DUE = """
SELECT (
    SELECT 1 FROM outreach_message WHERE state = 'queued' AND due_at <= %(now)s AND kind = ANY (%(kinds)s)
    ORDER BY due_at, id LIMIT 1
) IS NOT NULL
"""


class Due(NamedTuple):
    """One message whose time has come. `against`: what speaks against it (outreach.services.gate), in one word.

    `paused_until`: where mail to this address is stopped only for a while.
    """

    pk: int
    kind: str
    patron: int
    address: str
    consent: str
    not_after: datetime
    reason: str
    branch: int | None
    reader_zone: str
    branch_zone: str
    frequency: str
    channel: str
    against: str
    paused_until: datetime | None


def any_due(*, now: datetime, kinds: list[str]) -> bool:
    """Whether there is anything to look at: an idle tick asks an index, and no more."""
    with connection.cursor() as cursor:
        cursor.execute(ANY_DUE, {"now": now, "kinds": kinds})
        found: bool = cursor.fetchone()[0]
    return found


def lock_due(*, now: datetime, kinds: list[str], limit: int) -> list[Due]:
    """The oldest of these kinds, held until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK_DUE, {"now": now, "kinds": kinds, "limit": limit})
        return [Due(*row) for row in cursor.fetchall()]
