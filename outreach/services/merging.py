"""Two records of one person become one: what outreach keeps of the one follows to the other, and so does all below."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import F

from engagement.services import merging as engagement
from engagement.services.scores import forget_profile
from outreach.models import ContactReason, Message, Reply, Request, Taste, Thread
from outreach.services.taste import forget_taste
from patrons.models import Consent, Patron
from patrons.services import merging as patrons


@transaction.atomic
def merge_records(*, gone: Patron, kept: Patron, from_gone: Collection[str] = (), now: datetime) -> None:
    """Everything of `gone` becomes that of `kept`; the caller holds both rows and deletes `gone`.

    `from_gone` names the fields whose value is that of `gone` although `kept` has one (patrons.services.merging).

    Per purpose the newest word on consent holds. Without profile consent afterwards nothing of a profile is left.
    """
    shift = kept.link_generation - gone.link_generation
    Thread.objects.filter(patron=gone).update(patron=kept, generation_shift=F("generation_shift") + shift)
    Request.objects.filter(patron=gone).update(patron=kept)
    Reply.objects.filter(patron=gone).update(patron=kept)
    ContactReason.objects.filter(patron=gone).update(patron=kept)
    _move_messages(gone, kept)
    _move_taste(gone, kept)
    patrons.merge_records(gone=gone, kept=kept, shift=shift, from_gone=from_gone)
    engagement.merge_records(gone=gone, kept=kept, now=now)
    if not Consent.objects.holds(kept, Consent.Purpose.PROFILE):
        forget_taste(patron=kept)
        forget_profile(patron=kept, now=now)


@transaction.atomic
def forget_without_consent(*, patron: Patron, now: datetime) -> None:
    """Law 6 once more, where a record came back after its reader had withdrawn."""
    if not Consent.objects.holds(patron, Consent.Purpose.PROFILE):
        forget_taste(patron=patron)
        forget_profile(patron=patron, now=now)


def _move_messages(gone: Patron, kept: Patron) -> None:
    """Messages go along; a link that names the record is made for the one kept."""
    for message in Message.objects.filter(patron=gone, links__has_key="unsubscribe"):
        number, dash, purpose = message.links["unsubscribe"].partition("-")
        if number == str(gone.pk):
            message.links = message.links | {"unsubscribe": f"{kept.pk}{dash}{purpose}"}
            message.save(update_fields=["links"])
    Message.objects.filter(patron=gone).update(patron=kept)


def _move_taste(gone: Patron, kept: Patron) -> None:
    """A term taken out in one of the two records stays out for both."""
    for pair in ((gone, kept), (kept, gone)):
        removed = Taste.objects.filter(patron=pair[0], removed_at__isnull=False).values_list(
            "kind", "name", "removed_at"
        )
        for kind, name, removed_at in removed:
            Taste.objects.kept().filter(patron=pair[1], kind=kind, name=name).update(removed_at=removed_at)
    Taste.objects.filter(patron=gone).update(patron=kept)
