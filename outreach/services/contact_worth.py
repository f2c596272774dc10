"""How the list of whom to contact next is ranked: expected good for each minute, by a published formula.

    worth = good x chance x strength x reader / minutes

`good`, `minutes` and the first `chance` of each kind stand in contact_kinds.TABLE. The chance then follows what came of
such contacts here in two years: a letter that was answered within 60 days, a reader who was reached, and a row set
aside because it did not fit. `strength` is said by the facts themselves; `reader` by how this reader took what we began
before. Nothing else is looked at, and each row shows its four numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, DateTimeField, ExpressionWrapper, Q, Subquery

from library.models import Branch, User
from outreach.models import ContactReason
from outreach.services.contact_kinds import TABLE, Reckoned

ANSWERED_WITHIN = timedelta(days=60)
REMEMBERED = timedelta(days=730)
# The table's chance counts as that many contacts, so that a few answers do not turn the list over.
PRIOR = 20
# The same for one reader, whose habit is half until they show it.
PRIOR_OF_READER, HALF = 4, 0.5

# A letter's answer is the reader's words in its thread, or in its check-in.
SETTLE = """
UPDATE outreach_contactreason AS reason SET welcomed = answered.so
FROM outreach_request AS request JOIN outreach_letter AS letter ON letter.request_id = request.id,
LATERAL (SELECT EXISTS (
        SELECT FROM outreach_reply AS reply WHERE reply.thread_id = request.thread_id AND reply.kind = 'reply'
            AND reply.received_at > letter.sent_at
    ) OR EXISTS (
        SELECT FROM outreach_checkin AS check_in WHERE check_in.letter_id = letter.id AND answered_at IS NOT NULL
    ) AS so) AS answered
WHERE reason.letter_id = request.id AND reason.ending = 'wrote' AND reason.welcomed IS NULL
    AND (answered.so OR letter.sent_at < %(over)s)
"""
READERS = f"""
UPDATE outreach_contactreason AS reason SET reader_factor = habit.factor
FROM (
    SELECT patron_id, round((({PRIOR_OF_READER} * {HALF} + count(*) FILTER (WHERE welcomed))
        / ({PRIOR_OF_READER} + count(*)) / {HALF})::numeric, 3)::float8 AS factor
    FROM outreach_contactreason WHERE welcomed IS NOT NULL GROUP BY patron_id
) AS habit
WHERE reason.patron_id = habit.patron_id AND reason.closed_at IS NULL AND reason.reader_factor <> habit.factor
"""  # noqa: S608  (fixed words)
WORTH = """
UPDATE outreach_contactreason AS reason SET worth = fresh.worth, hand_id = fresh.hand
FROM (
    SELECT open.id, kinds.value * open.strength * open.reader_factor AS worth, (
        SELECT CASE WHEN last.librarian_id = ANY(team.members) THEN last.librarian_id
            ELSE team.members[1 + open.patron_id %% cardinality(team.members)] END
        FROM (SELECT 1) AS one LEFT JOIN LATERAL (
            SELECT letter.librarian_id FROM outreach_letter AS letter
            JOIN outreach_request AS request ON request.id = letter.request_id
            WHERE request.patron_id = open.patron_id AND letter.sent_at IS NOT NULL
            ORDER BY letter.sent_at DESC LIMIT 1
        ) AS last ON true) AS hand
    FROM outreach_contactreason AS open
    JOIN patrons_patron AS patron ON patron.id = open.patron_id
    JOIN unnest(%(kinds)s::text[], %(values)s::float8[]) AS kinds (kind, value) ON kinds.kind = open.kind
    LEFT JOIN LATERAL (
        SELECT array_agg(member ORDER BY member) AS members
        FROM unnest(%(places)s::bigint[], %(staff)s::bigint[]) AS team (place, member)
        WHERE team.place = coalesce(patron.branch_id, 0)
    ) AS team ON true
    WHERE open.closed_at IS NULL
) AS fresh
WHERE fresh.id = reason.id AND (reason.worth, reason.hand_id) IS DISTINCT FROM (fresh.worth, fresh.hand)
"""


@dataclass(frozen=True)
class Chance:
    """How likely a contact of this kind is welcome, and what that rests on here."""

    kind: str
    row: Reckoned
    tried: int
    welcomed: int

    @property
    def now(self) -> float:
        """The table's chance and what readers did, each by its weight."""
        return (PRIOR * self.row.chance + self.welcomed) / (PRIOR + self.tried)

    @property
    def label(self) -> str:
        return str(ContactReason.Kind(self.kind).label).capitalize()

    @property
    def percent(self) -> int:
        """`now` of a hundred."""
        return round(100 * self.now)

    @property
    def published(self) -> int:
        """What the table begins with, of a hundred."""
        return round(100 * self.row.chance)

    @property
    def value(self) -> float:
        """Good for each minute, before the facts and the reader are looked at."""
        return self.row.good * self.now / self.row.minutes


def settle_outcomes(*, now: datetime) -> None:
    """Whether letters of ours were answered: yes as soon as they are, no when the days for it are over."""
    with connection.cursor() as cursor:
        cursor.execute(SETTLE, {"over": now - ANSWERED_WITHIN})


def reckon_worth() -> None:
    """Worth and list of every open reason. A reader is on the list of who wrote to them last, if that librarian works
    for their branch; else on one of its librarians', always the same.
    """
    chances = chances_of(_seen())
    places = _places()
    facts: dict[str, Any] = {
        "kinds": list(chances),
        "values": [chance.value for chance in chances.values()],
        "places": [place for place, _ in places],
        "staff": [member for _, member in places],
    }
    with connection.cursor() as cursor:
        cursor.execute(READERS)
        cursor.execute(WORTH, facts)


def chances_of(seen: Mapping[str, tuple[int, int]]) -> dict[str, Chance]:
    """Every kind with its chance, from how often it was tried and welcomed."""
    return {kind: Chance(kind, row, *seen.get(kind, (0, 0))) for kind, row in TABLE.items()}


def read_chances() -> dict[str, Chance]:
    """The table as it stands now; one query."""
    return chances_of(_seen())


def _seen() -> dict[str, tuple[int, int]]:
    """Two years back from the newest outcome of all, so that the same data give the same list."""
    judged = ContactReason.objects.filter(welcomed__isnull=False)
    newest = Subquery(judged.order_by("-closed_at").values("closed_at")[:1])
    rows = judged.filter(closed_at__gt=ExpressionWrapper(newest - REMEMBERED, DateTimeField())).values_list("kind")
    counted = rows.annotate(tried=Count("*"), welcome=Count("welcomed", filter=Q(welcomed=True)))
    return {kind: (tried, welcome) for kind, tried, welcome in counted}


def _places() -> list[tuple[int, int]]:
    """Each branch (0: none) with every librarian who sees its readers."""
    writers = list(User.objects.letter_writers().prefetch_related("branches").order_by("pk"))
    branches = [0, *Branch.objects.order_by("pk").values_list("pk", flat=True)]
    sees = {writer.pk: {branch.pk for branch in writer.branches.all()} for writer in writers}
    return [
        (branch, writer.pk)
        for branch in branches
        for writer in writers
        if not branch or not sees[writer.pk] or branch in sees[writer.pk]
    ]
