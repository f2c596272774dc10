"""What the library system knows of some readers, so that a librarian's list of whom to contact has several reasons."""

from __future__ import annotations

from datetime import datetime, timedelta

from patrons.models import Patron

ROUND_YEARS, SOME_YEARS = 5, (1, 2, 3, 7)


def give_reasons(*, now: datetime) -> None:
    """Of the readers who like to hear from us, every third has an anniversary this week, or a card that ends soon."""
    today = now.date()
    agreed = Patron.objects.filter(consents__purpose="proactive", consents__withdrawn_at=None, audience="adult")
    for place, patron in enumerate(agreed.distinct().order_by("pk")):
        years = ROUND_YEARS if place % 2 else SOME_YEARS[place % len(SOME_YEARS)]
        joined = today - timedelta(days=365 * years + 120)
        if place % 3 == 0:
            soon = today + timedelta(days=1 + place % 5)
            joined = (soon - timedelta(days=1) if (soon.month, soon.day) == (2, 29) else soon).replace(
                year=soon.year - years
            )
        Patron.objects.filter(pk=patron.pk).update(
            joined_on=joined, card_expires_on=today + timedelta(days=21 if place % 3 == 1 else 300)
        )
