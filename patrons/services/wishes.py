"""How often and on which way a reader wants to hear from the library: what it starts has to follow it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from patrons.models import Patron

# "At most once a month" and "at most four times a year", as days between two messages.
PAUSES = {Patron.Frequency.MONTHLY: timedelta(days=30), Patron.Frequency.QUARTERLY: timedelta(days=91)}
FIELDS = ("frequency", "preferred_channel", "phone", "postal_address")


class NoWay(Exception):
    """The chosen way needs a number or an address that is missing."""


@transaction.atomic
def change_wishes(
    *, patron: Patron, frequency: str, preferred_channel: str, phone: str, postal_address: str, now: datetime
) -> None:
    """Set what the reader wishes; the record remembers that they did, so that no import overwrites it.

    Raises NoWay for calls without a number and letters without an address, ValueError for a word that is no choice.
    """
    channel = Patron.Channel(preferred_channel)
    needed = {Patron.Channel.PHONE: phone, Patron.Channel.LETTER: postal_address}
    if not needed.get(channel, "no more than that"):
        raise NoWay
    held = Patron.objects.select_for_update(no_key=True).get(pk=patron.pk)
    values = {
        "frequency": Patron.Frequency(frequency).value,
        "preferred_channel": channel.value,
        "phone": phone,
        "postal_address": postal_address,
    }
    changed = {name for name in FIELDS if getattr(held, name) != values[name]}
    by_hand = sorted({*held.by_hand, *changed})
    Patron.objects.filter(pk=patron.pk).update(by_hand=by_hand, **values)
    patron.by_hand = by_hand
    for name, value in values.items():
        setattr(patron, name, value)


@transaction.atomic
def change_frequency(*, patron: Patron, frequency: str) -> str:
    """How often the library may begin something with this reader; returns what it was. ValueError for no choice."""
    wished = Patron.Frequency(frequency).value
    held = Patron.objects.select_for_update(no_key=True).get(pk=patron.pk)
    before = held.frequency
    by_hand = sorted({*held.by_hand, "frequency"}) if before != wished else held.by_hand
    Patron.objects.filter(pk=patron.pk).update(frequency=wished, by_hand=by_hand)
    patron.frequency, patron.by_hand = wished, by_hand
    return before
