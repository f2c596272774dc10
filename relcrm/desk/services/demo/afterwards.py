"""What happens after a letter: an address proved, a book found in the end, everyday use of the library."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from engagement.services.ledger import record_interaction
from outreach.models import ContactReason, Request
from outreach.services.contacts import Contact, finish_reason
from outreach.services.joining import join_candidate, join_patron
from patrons.models import Patron
from patrons.services.patrons import prove_address
from relcrm.desk.services.demo.story import Story

EVERYDAY = (("loan", 6), ("renewal", 2), ("visit", 3), ("database_use", 1), ("programme", 1), ("hold", 2))
RARE = ("referral", "donation", "volunteering", "library_suggestion", "thanks")
DEALT_WITH = timedelta(days=75)


def recognise(request_pk: int, at: datetime) -> Patron:
    """A mailed link was used: the address is proved, and one person stays one record."""
    patron = Patron.objects.get(requests=request_pk)
    prove_address(patron=patron, now=at)
    known = join_candidate(patron)
    if known is None:
        return patron
    join_patron(provisional=patron, into=known, now=at)
    return known


def open_my_page(request: Request, at: datetime) -> None:
    """The reader looked at what the library keeps, by the link in the letter."""
    recognise(request.pk, at)


def deal_with(story: Story, at: datetime) -> None:
    """A librarian found the books that somebody could not get, some weeks ago."""
    for reason in ContactReason.objects.filter(closed_at=None, opened_at__lte=at - DEALT_WITH):
        finish_reason(reason=reason, by=story.rng.choice(story.librarians), contact=Contact("done"), now=at)


def live(story: Story, patron: Patron, at: datetime) -> None:
    """What a reader does besides: everyday use, now and then something given back."""
    rng = story.rng
    kinds = rng.choices(*zip(*EVERYDAY, strict=True), k=rng.randrange(2, 6))
    if rng.random() < 0.25:
        kinds.append(rng.choice(RARE))
    for kind in kinds:
        then = at + timedelta(days=rng.random() * 45)
        story.plan(then, partial(happen, patron, kind))


def happen(patron: Patron, kind: str, at: datetime) -> None:
    present = Patron.objects.filter(pk=patron.pk).first()
    if present:
        record_interaction(
            kind=kind,
            source=f"demo:{patron.public_id}:{kind}:{at.isoformat()}",
            at=at,
            patron=present,
            started_by="patron",
            now=at,
        )
