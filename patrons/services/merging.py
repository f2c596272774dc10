"""The patron's side of two records becoming one: cards, consents, fields, and the numbers that mail and links name."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.db.models import F

from patrons.models import Card, Consent, FormerNumber, Merge, Patron
from patrons.services.naming import search_text_of

# What staff choose between, field by field; where one record says nothing, the other one's value stays.
CHOSEN = (
    "name",
    "email",
    "phone",
    "postal_address",
    "branch",
    "language",
    "audience",
    "time_zone",
    "birth_year",
    "category",
    "joined_on",
    "card_expires_on",
    "preferred_channel",
    "frequency",
    "household",
)
STRICTEST_FIRST: list[str] = [Patron.ReadingHistory.NEVER, Patron.ReadingHistory.DEFAULT, Patron.ReadingHistory.FOREVER]


@transaction.atomic
def merge_records(*, gone: Patron, kept: Patron, shift: int, from_gone: Collection[str] = ()) -> None:
    """Move cards and consents to `kept` and settle the fields; the caller holds both rows and deletes `gone`.

    `shift` is how much higher the link generation of `kept` is: what was mailed to `gone` keeps working by it.
    `from_gone` names the fields whose value is taken from `gone` although `kept` has one.
    """
    Card.objects.filter(patron=gone).update(patron=kept)
    for purpose in Consent.Purpose.values:
        _join_consents(purpose, gone, kept)
    Consent.objects.filter(patron=gone).update(patron=kept)
    Merge.objects.filter(into=gone).update(into=kept)
    FormerNumber.objects.filter(patron=gone).update(patron=kept, generation_shift=F("generation_shift") + shift)
    FormerNumber.objects.create(
        number=gone.pk,
        public_id=gone.public_id,
        ils_id=gone.ils_id if kept.ils_id else "",
        patron=kept,
        generation_shift=shift,
    )
    _settle_fields(gone, kept, from_gone)


def _join_consents(purpose: str, gone: Patron, kept: Patron) -> None:
    """The newest word holds: a consent older than a withdrawal, or than another consent, ends."""
    consents = Consent.objects.filter(patron__in=[gone, kept], purpose=purpose)
    active = list(consents.active().order_by("-given_at", "-pk"))
    if not active:
        return
    withdrawn = consents.filter(withdrawn_at__gt=active[0].given_at).order_by("-withdrawn_at").first()
    if withdrawn is not None:
        consents.active().update(withdrawn_at=withdrawn.withdrawn_at)
    else:
        consents.active().exclude(pk=active[0].pk).update(withdrawn_at=active[0].given_at)


def _settle_fields(gone: Patron, kept: Patron, from_gone: Collection[str]) -> None:
    """Gaps are filled, choices made, and the reader's strictest word on loans holds for both."""
    taken = {name for name in CHOSEN if _value(gone, name) and (name in from_gone or not _value(kept, name))}
    if "email" in taken or gone.email.lower() == kept.email.lower():
        # The proof belongs to the address.
        kept.proved_at = gone.proved_at if "email" in taken else kept.proved_at or gone.proved_at
    differing = {name for name in taken if _value(kept, name) and _value(kept, name) != _value(gone, name)}
    for name in taken:
        setattr(kept, name, getattr(gone, name))
    kept.search_text = search_text_of(kept.name)
    # An import must not undo the choice.
    kept.by_hand = sorted({*kept.by_hand, *gone.by_hand, *differing})
    kept.reading_history = min(gone.reading_history, kept.reading_history, key=STRICTEST_FIRST.index)
    if Patron.Standing.OWN in (gone.standing, kept.standing):
        kept.standing = Patron.Standing.OWN
    if gone.ils_id and not kept.ils_id:
        # One record at a time may have the number.
        Patron.objects.filter(pk=gone.pk).update(ils_id="")
        kept.ils_id, kept.gone_at = gone.ils_id, gone.gone_at
    kept.save()


def _value(patron: Patron, name: str) -> Any:
    return getattr(patron, f"{name}_id" if name in ("branch", "household") else name)
