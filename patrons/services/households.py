"""Who lives with whom, as staff say. What a person changed here stays when the library system is read again."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from library.models import User
from library.services.audit import write_line
from patrons.models import Household, Patron
from patrons.services.references import reference_of

BY_HAND = "household"


class SamePerson(ValueError):
    """Nobody lives with themselves."""


@transaction.atomic
def put_together(*, patron: Patron, other: Patron, by: User, now: datetime) -> Household:
    """`other` joins the household of `patron`, which is made where there is none. Raises SamePerson.

    Without one of their own, `patron` joins that of `other`; with two, `other` moves and those they leave stay.
    """
    if patron.pk == other.pk:
        raise SamePerson
    here, there = _held(patron, other)
    joins = here.household or there.household or Household.objects.create(created_at=now)
    for one in (here, there):
        if one.household_id != joins.pk:
            _move(one, joins, by, now)
    patron.household, other.household = joins, joins
    return joins


@transaction.atomic
def take_out(*, patron: Patron, by: User, now: datetime) -> bool:
    """This reader no longer belongs to the household. False: there was none."""
    held = Patron.objects.select_for_update(of=("self",)).get(pk=patron.pk)
    if held.household_id is None:
        return False
    _move(held, None, by, now)
    patron.household = None
    return True


def _held(patron: Patron, other: Patron) -> tuple[Patron, Patron]:
    """Both as they are now, locked in one order."""
    rows = Patron.objects.select_for_update(of=("self",)).select_related("household").order_by("pk")
    held = {row.pk: row for row in rows.filter(pk__in=[patron.pk, other.pk])}
    return held[patron.pk], held[other.pk]


def _move(patron: Patron, household: Household | None, by: User, now: datetime) -> None:
    """A household nobody belongs to any more goes, unless the library system gave it its number."""
    left = patron.household_id
    patron.household = household
    patron.by_hand = sorted({*patron.by_hand, BY_HAND})
    patron.save(update_fields=["household", "by_hand"])
    if left is not None and not Patron.objects.filter(household=left).exists():
        Household.objects.filter(pk=left, source_key="").delete()
    write_line(
        what="patron.household", thing="patron", reference=reference_of(patron), fields=[BY_HAND], by=by, now=now
    )
