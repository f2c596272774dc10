"""Reading history: which returned loans may still say who had them, and letting go of the others.

The reader's own choice comes first: forever, or never. Where it is 'library default', the library's settings decide:
kept, never, or (the strict default) only while the reader's profile consent is in force. A loan that is out always
names its reader. What was let go stays let go: no import says it again (`Loan.let_go`).

With profile consent a loan's ledger line goes on counting for the reader's score; without a kept history it does not
say which title it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Q

from engagement.models import Interaction, Loan
from library.services.settings import current_settings
from patrons.models import Patron

CONSENTED = """EXISTS (
    SELECT 1 FROM patrons_consent AS consent
    WHERE consent.patron_id = patron.id AND consent.purpose = 'profile' AND consent.withdrawn_at IS NULL
)"""
# Whether the reader in the row `patron` keeps a history; %(history)s is the library's default.
KEEPS = f"""(patron.reading_history = 'forever' OR patron.reading_history = 'default'
    AND (%(history)s = 'kept' OR %(history)s = 'consent' AND {CONSENTED}))"""  # noqa: S608  (fixed words)
SOME = "(%(patrons)s::bigint[] IS NULL OR patron.id = ANY(%(patrons)s::bigint[]))"
LET_GO = f"""
UPDATE engagement_loan AS loan SET patron_id = NULL, let_go = true
FROM patrons_patron AS patron
WHERE loan.patron_id = patron.id AND (loan.returned_at IS NOT NULL OR loan.returned_as <> '') AND {SOME} AND NOT {KEEPS}
"""  # noqa: S608  (fixed words)
LET_GO_OF_TITLES = f"""
UPDATE engagement_interaction AS line SET title_id = NULL
FROM patrons_patron AS patron
WHERE line.patron_id = patron.id AND line.kind = 'loan' AND line.title_id IS NOT NULL AND {SOME} AND NOT {KEEPS}
"""  # noqa: S608  (fixed words)
KEEPS_ONE = f"SELECT {KEEPS} FROM patrons_patron AS patron WHERE patron.id = %(patron)s"  # noqa: S608  (fixed words)


def keeps_history(patron: Patron) -> bool:
    """Whether a loan this reader brings back may still say that it was theirs."""
    with connection.cursor() as cursor:
        cursor.execute(KEEPS_ONE, {"patron": patron.pk, "history": current_settings().reading_history})
        row = cursor.fetchone()
    return bool(row and row[0])


@transaction.atomic
def set_reading_history(*, patron: Patron, choice: str, now: datetime) -> int:
    """What the reader, and nobody else, decides: forever, default or never. How many loans were let go at once.

    Raises ValueError for any other word.
    """
    if choice not in Patron.ReadingHistory.values:
        raise ValueError(f"{choice!r} is no choice of reading history")
    held = Patron.objects.select_for_update(no_key=True).get(pk=patron.pk)
    by_hand = sorted({*held.by_hand, "reading_history"})
    Patron.objects.filter(pk=patron.pk).update(reading_history=choice, by_hand=by_hand)
    patron.reading_history, patron.by_hand = choice, by_hand
    return let_go_of([patron.pk])


def let_go_of_history(*, now: datetime) -> int:
    """Returned loans forget who had them wherever nothing keeps that; how many.

    For the nightly job, and after the library changed its default.
    """
    return let_go_of(None)


@transaction.atomic
def let_go_of(patrons: Sequence[int] | None) -> int:
    """The same for some patrons (None: everybody), at once after a choice was made or a consent withdrawn."""
    facts = {
        "patrons": None if patrons is None else list(patrons),
        "history": current_settings().reading_history,
    }
    with connection.cursor() as cursor:
        cursor.execute(LET_GO, facts)
        gone = int(cursor.rowcount)
        cursor.execute(LET_GO_OF_TITLES, facts)
    return gone


@transaction.atomic
def forget_history(*, patron: Patron, since: datetime | None = None) -> int:
    """The reader's "forget what I borrowed": returned loans, and the titles on the ledger's lines; how many loans.

    `since` spares what is known to be older. What is still out stays until it comes back.
    """
    loans = Loan.objects.filter(patron=patron).exclude(returned_at=None, returned_as="")
    lines = Interaction.objects.filter(patron=patron, kind="loan")
    if since:
        loans = loans.filter(Q(borrowed_at__gte=since) | Q(borrowed_at=None, borrowed_as=""))
        lines = lines.filter(at__gte=since)
    lines.update(title=None)
    return loans.update(patron=None, let_go=True)
