"""Stopping mail, and taking it back, through the link in a mail's footer."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from outreach.models import Message
from outreach.services.links import MAIL_CONSENTS
from outreach.services.outbox import cancel_queued
from patrons.models import Consent, Patron
from patrons.services.consents import NotForChildren, NoWording, give_consent, withdraw_consent
from patrons.services.patrons import prove_address
from patrons.services.wishes import change_frequency

STOPPED = "The reader stopped this kind of mail."


def stop_mail(*, patron: Patron, purposes: Iterable[str], by_hand: bool, now: datetime) -> list[str]:
    """Withdraw these consents at once and take back what waits because of them; returns those that were in force.

    `by_hand`: someone pressed the button on our page, which also proves the address; a mail program's one-click
    request does not. Letters a reader asked for still come.
    """
    with transaction.atomic():
        stopped = [purpose for purpose in purposes if withdraw_consent(patron=patron, purpose=purpose, now=now)]
        for message in Message.objects.filter(patron=patron, consent__in=stopped).stoppable():
            cancel_queued(purpose=message.purpose, object_key=message.object_key, reason=STOPPED)
        if by_hand:
            prove_address(patron=patron, now=now)
    return stopped


def ask_less(*, patron: Patron, now: datetime) -> tuple[str, str]:
    """'Not so often': at most once a month, and asked again at most four times a year. Returns how it was and is.

    What waits now waits its turn: the claim looks at the wish when a mail would leave.
    """
    less = Patron.Frequency.MONTHLY if patron.frequency == Patron.Frequency.ANY else Patron.Frequency.QUARTERLY
    with transaction.atomic():
        before = change_frequency(patron=patron, frequency=less)
        prove_address(patron=patron, now=now)
    return before, less.value


def as_often_as_before(*, patron: Patron, frequency: str, now: datetime) -> None:
    """Undo of `ask_less`. Raises ValueError for a word that is no choice."""
    with transaction.atomic():
        change_frequency(patron=patron, frequency=frequency)
        prove_address(patron=patron, now=now)


def resume_mail(*, patron: Patron, purposes: Iterable[str], now: datetime) -> list[str]:
    """'I did not mean to': give these consents again, as far as the reader had given them before; returns which."""
    resumed = []
    with transaction.atomic():
        for purpose in [purpose for purpose in purposes if purpose in MAIL_CONSENTS]:
            if not Consent.objects.filter(patron=patron, purpose=purpose).exists():
                continue
            try:
                give_consent(patron=patron, purpose=purpose, language=patron.language, how="link", now=now)
            except (NotForChildren, NoWording):
                continue
            resumed.append(purpose)
        prove_address(patron=patron, now=now)
    return resumed
