"""How the mail is doing just now: what waits, what leaves, what is in doubt, and whether anything holds it all up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection

from library.models import LibrarySettings, User
from library.services.settings import current_settings
from outreach.models import Message, Postbox

MOST = 10_000  # beyond this, nobody counts
LONG = timedelta(minutes=10)
# Each line is answered by an index of its own and stops counting at MOST.
COUNTS = """
WITH mine (everything, branches) AS (VALUES (%(everything)s, %(branches)s::bigint[]))
SELECT 'queued', count(*), min(due_at) FROM (
    SELECT due_at FROM outreach_message, mine
    WHERE state = 'queued' AND (everything OR branch_id IS NULL OR branch_id = ANY (branches))
    ORDER BY due_at LIMIT %(most)s
) AS counted
UNION ALL SELECT 'sending', count(*), NULL FROM (
    SELECT FROM outreach_message, mine
    WHERE state = 'sending' AND (everything OR branch_id IS NULL OR branch_id = ANY (branches))
    LIMIT %(most)s
) AS counted
UNION ALL SELECT state, count(*), NULL FROM (
    SELECT state FROM outreach_message, mine
    WHERE state IN ('failed', 'unknown') AND (everything OR branch_id IS NULL OR branch_id = ANY (branches))
    LIMIT %(most)s
) AS counted GROUP BY state
UNION ALL SELECT 'sent', count(*), NULL FROM (
    SELECT FROM outreach_message, mine
    WHERE sent_at >= %(today)s AND (everything OR branch_id IS NULL OR branch_id = ANY (branches))
    LIMIT %(most)s
) AS counted
"""


@dataclass(frozen=True)
class Counted:
    """How many messages are in a state; `more`: at least so many. Sent ones are counted since midnight."""

    state: str
    words: str
    number: int

    @property
    def more(self) -> bool:
        """Whether there may be more than `number`."""
        return self.number >= MOST


@dataclass(frozen=True)
class Progress:
    """What the top of the messages page shows. `oldest`: since when the message that has waited longest is due."""

    counts: tuple[Counted, ...]
    oldest: datetime | None
    late: bool
    moving: bool
    paused_at: datetime | None
    paused_by: str
    paused_because: str
    most_a_day: int

    @property
    def say(self) -> str:
        """The same in one sentence that changes only when something begins or ends."""
        if self.paused_at:
            return "All mail is paused."
        return "Messages are leaving now." if self.moving else "Nothing is leaving just now."


def mail_progress(*, user: User, now: datetime, kept: LibrarySettings | None = None) -> Progress:
    """Counts of what the person may see, and the state of the whole. Two queries, three where nothing was `kept`."""
    found = _counts(user, now)
    oldest = found["queued"][1]
    due = oldest if oldest and oldest <= now else None
    postbox = Postbox.objects.select_related("paused_by").filter(pk=1).first()
    paused_at = postbox.paused_at if postbox else None
    return Progress(
        counts=tuple(Counted(state, words, found[state][0]) for state, words in WORDS.items()),
        oldest=due,
        late=due is not None and now - due > LONG,
        moving=bool(found["sending"][0]) or (due is not None and paused_at is None),
        paused_at=paused_at,
        paused_by=str(postbox.paused_by) if postbox and postbox.paused_by else "",
        paused_because=postbox.paused_because if postbox else "",
        most_a_day=(kept or current_settings()).mails_per_day,
    )


WORDS = {
    Message.State.QUEUED.value: "Waiting to leave",
    Message.State.SENDING.value: "Leaving now",
    Message.State.UNKNOWN.value: "In doubt",
    Message.State.FAILED.value: "Not delivered",
    Message.State.SENT.value: "Sent today",
}


def _counts(user: User, now: datetime) -> dict[str, tuple[int, datetime | None]]:
    branches = [branch.pk for branch in user.places] if user.role == User.Role.LIBRARIAN else []
    midnight = now.astimezone(ZoneInfo(settings.TIME_ZONE)).replace(hour=0, minute=0, second=0, microsecond=0)
    facts: dict[str, bool | int | list[int] | datetime] = {
        "everything": not branches,
        "branches": branches,
        "most": MOST,
        "today": midnight,
    }
    with connection.cursor() as cursor:
        cursor.execute(COUNTS, facts)
        found = {state: (number, oldest) for state, number, oldest in cursor.fetchall()}
    return {state: found.get(state, (0, None)) for state in WORDS}
