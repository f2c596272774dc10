"""A new e-mail address, asked for on my page: two mails, two buttons, and a way for the old mailbox to say no."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from outreach.mail.words import render_words
from outreach.models import Message
from outreach.services.outbox import queue_message, readdress_waiting
from patrons.models import AddressChange, Patron
from patrons.services.addresses import (
    NEW,
    OLD,
    OPEN_FOR,
    ChangeGone,
    ask_for_address,
    confirm_address,
    refuse_address,
    waiting_change,
)
from relcrm.kit.limits import Limit, LimiterDown, over_limits
from relcrm.kit.links import LinkError, read_token

PURPOSES = {OLD: "address_old", NEW: "address_new"}
# Each new address gets a mail from us, whoever's it is; three in a day are enough for a slip of the pen.
LIMITS = (Limit(3, timedelta(days=1)),)


class TooOften(Exception):
    """Enough addresses for one day."""


@dataclass(frozen=True)
class Step:
    """One mailed link: the change, and which of the two mailboxes it stands for."""

    change: AddressChange
    side: str

    @property
    def may_refuse(self) -> bool:
        """The mailbox we write to today may say no."""
        return self.side == OLD


def begin_change(*, patron: Patron, address: str, now: datetime) -> AddressChange:
    """Ask both mailboxes. Raises SameAddress, TooOften."""
    try:
        if over_limits("my-address", str(patron.pk), LIMITS, now=now):
            raise TooOften
    except LimiterDown:
        pass
    with transaction.atomic():
        change = ask_for_address(patron=patron, address=address, now=now)
        for side in (OLD, NEW) if patron.email else (NEW,):
            _mail(patron, change, side, now)
    return change


def read_step(token: str, *, now: datetime) -> Step:
    """What a mailed link is about. Raises LinkError for a spent, old or foreign one."""
    link = read_token("address", token, now=now)
    number, _dash, side = link.object_key.partition("-")
    if not (number.isascii() and number.isdecimal() and side in PURPOSES):
        raise LinkError
    try:
        change = waiting_change(number=int(number), now=now)
    except ChangeGone as error:
        raise LinkError from error
    if change.patron.link_generation != link.generation:
        raise LinkError
    return Step(change, side)


@transaction.atomic
def answer_step(*, step: Step, agree: bool, now: datetime) -> str:
    """One mailbox says yes or no: 'done' once the new address counts, else 'waits' or 'refused'. Raises LinkError."""
    try:
        if not agree and step.may_refuse:
            refuse_address(number=step.change.pk, now=now)
            return "refused"
        if not confirm_address(number=step.change.pk, side=step.side, now=now):
            return "waits"
    except ChangeGone as error:
        raise LinkError from error
    patron = step.change.patron
    patron.refresh_from_db()
    readdress_waiting(patron=patron)
    return "done"


def _mail(patron: Patron, change: AddressChange, side: str, now: datetime) -> None:
    queue_message(
        purpose=PURPOSES[side],
        object_key=str(change.pk),
        kind=Message.Kind.ANSWERING,
        patron=patron,
        rendered=render_words(PURPOSES[side], {"address": change.address}, language=patron.language),
        links={"address": f"{change.pk}-{side}"},
        to_address=change.address if side == NEW else "",
        not_after=now + OPEN_FOR,
        now=now,
    )
