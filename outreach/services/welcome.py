"""Whether a letter of ours answers something, and whether one that does not would be welcome."""

from __future__ import annotations

from datetime import datetime

from django.utils.formats import date_format

from engagement.services.working_days import zone_of
from library.services.settings import current_settings
from outreach.models import ContactReason, Request
from outreach.services.contact_kinds import SAID
from outreach.services.contact_welcome import GROWN_UP
from outreach.services.restraint import next_slot
from patrons.models import Consent, Patron


def nobody_asked(request: Request) -> bool:
    """The letter of this row is ours, and not begun because of what the reader said, e.g. of a book not to be had."""
    return request.is_ours and not ContactReason.objects.filter(letter=request, kind__in=SAID).exists()


def unwelcome_because(patron: Patron, *, now: datetime) -> str:
    """Why a letter of ours may not go to this reader now, in a sentence; empty: nothing speaks against it.

    What a letter of any kind needs (an address that takes mail) is not looked at.
    """
    who = patron.first.capitalize() if not patron.name else patron.name
    if _is_minor(patron, now):
        return "We begin nothing with readers under age: we answer what they ask."
    if not Consent.objects.holds(patron, Consent.Purpose.PROACTIVE):
        return f"{who} has not agreed that we write unasked."
    if patron.preferred_channel != Patron.Channel.EMAIL:
        return f"{who} wishes to be reached another way: {patron.get_preferred_channel_display()}."
    slot = next_slot(patron, now=now, budget=current_settings().contact_budget)
    if slot is None:
        return ""
    day = date_format(slot.astimezone(zone_of(patron.branch)), "j F")
    return f"{who} has heard from us as often as agreed. The next letter of ours can go on {day}."


def _is_minor(patron: Patron, now: datetime) -> bool:
    """As contact_welcome.GROWN says it in SQL."""
    born = patron.birth_year
    return patron.audience != Patron.Audience.ADULT or (born is not None and born + GROWN_UP >= now.year)
