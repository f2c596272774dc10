"""Whether a letter nobody asked for would be welcome."""

from __future__ import annotations

from datetime import datetime

from django.utils.formats import date_format

from engagement.services.working_days import zone_of
from library.services.settings import current_settings
from outreach.services.restraint import next_slot
from patrons.models import Consent, Patron


def unwelcome_because(patron: Patron, *, now: datetime) -> str:
    """Why a letter of ours may not go to this reader now, in a sentence; empty: nothing speaks against it.

    What a letter of any kind needs (an address that takes mail) is not looked at.
    """
    who = patron.first.capitalize() if not patron.name else patron.name
    if patron.is_child:
        return "This is a child’s record: we write only what was asked for."
    if not Consent.objects.holds(patron, Consent.Purpose.PROACTIVE):
        return f"{who} has not agreed that we write unasked."
    if patron.preferred_channel != Patron.Channel.EMAIL:
        return f"{who} wishes to be reached another way: {patron.get_preferred_channel_display()}."
    slot = next_slot(patron, now=now, budget=current_settings().contact_budget)
    if slot is None:
        return ""
    day = date_format(slot.astimezone(zone_of(patron.branch)), "j F")
    return f"{who} has heard from us as often as agreed. The next letter of ours can go on {day}."
