"""The patron's side of joining two records: cards, consents, and the number that mailed links still name."""

from django.db import transaction
from django.db.models import F

from patrons.models import Card, Consent, FormerNumber, Patron


@transaction.atomic
def join_records(*, patron: Patron, into: Patron, shift: int) -> None:
    """Move cards and consents to `into`; the caller holds both rows and deletes `patron`.

    `shift` is how much higher the link generation of `into` is: what was mailed to `patron` keeps working by it.
    """
    Card.objects.filter(patron=patron).update(patron=into)
    for purpose in Consent.Purpose.values:
        _join_consents(purpose, patron, into)
    Consent.objects.filter(patron=patron).update(patron=into)
    FormerNumber.objects.filter(patron=patron).update(patron=into, generation_shift=F("generation_shift") + shift)
    FormerNumber.objects.create(number=patron.pk, patron=into, generation_shift=shift)
    _fill_gaps(patron, into)


def _join_consents(purpose: str, patron: Patron, into: Patron) -> None:
    """The newest word holds: a consent older than a withdrawal, or than another consent, ends."""
    consents = Consent.objects.filter(patron__in=[patron, into], purpose=purpose)
    active = list(consents.active().order_by("-given_at", "-pk"))
    if not active:
        return
    withdrawn = consents.filter(withdrawn_at__gt=active[0].given_at).order_by("-withdrawn_at").first()
    if withdrawn is not None:
        consents.active().update(withdrawn_at=withdrawn.withdrawn_at)
    else:
        consents.active().exclude(pk=active[0].pk).update(withdrawn_at=active[0].given_at)


def _fill_gaps(patron: Patron, into: Patron) -> None:
    """What the record kept does not know, it takes over: name, branch, time zone, the day the address was proved."""
    for name in ("name", "branch_id", "time_zone", "proved_at"):
        setattr(into, name, getattr(into, name) or getattr(patron, name))
    into.save(update_fields=["name", "branch", "time_zone", "proved_at"])
