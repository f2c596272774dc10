"""Who is who: a form makes a provisional patron, a mailed link proves the address (DESIGN section 6)."""

from datetime import datetime

from django.db import transaction

from library.models import Branch
from patrons.models import Patron
from patrons.services.naming import search_text_of


def create_provisional(
    *, name: str, email: str, language: str, audience: str, branch: Branch | None, now: datetime
) -> Patron:
    """A new provisional patron from what was typed. Never looks for a record that fits: typing proves nothing."""
    with transaction.atomic():
        return Patron.objects.create(
            name=name,
            search_text=search_text_of(name),
            email=email,
            language=language,
            audience=audience,
            branch=branch,
            standing=Patron.Standing.PROVISIONAL,
            created_at=now,
        )


def prove_address(*, patron: Patron, now: datetime) -> bool:
    """The reader used a mailed link: a provisional patron becomes one of their own.

    True only for the call that proved it, however many arrive at once; `patron` is brought up to date either way.
    """
    with transaction.atomic():
        proved = Patron.objects.filter(pk=patron.pk, proved_at=None).update(proved_at=now, standing=Patron.Standing.OWN)
    patron.refresh_from_db(fields=["proved_at", "standing"])
    return proved > 0
