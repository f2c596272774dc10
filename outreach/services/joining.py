"""Two records of one person become one, when both have the same address on file."""

from datetime import datetime

from django.db import transaction

from outreach.models import CheckIn
from outreach.services.answers import lock_check_in
from outreach.services.merging import merge_records
from patrons.models import Patron
from patrons.services.patrons import prove_address

MOST_OFFERED = 5


class NotTheSame(Exception):
    """The two records may not be joined: another address, a child and a grown-up, or one record twice."""


def join_candidates(patron: Patron) -> list[Patron]:
    """Known records with the same address on file, oldest first. A child's record never fits a grown-up's."""
    if not patron.email:
        return []
    same = Patron.objects.known().filter(email__iexact=patron.email).exclude(pk=patron.pk)
    child = Patron.Audience.CHILD
    same = same.filter(audience=child) if patron.is_child else same.exclude(audience=child)
    return list(same.order_by("created_at", "pk")[:MOST_OFFERED])


def join_candidate(patron: Patron) -> Patron | None:
    """The oldest of these records, or None."""
    return next(iter(join_candidates(patron)), None)


@transaction.atomic
def join_patron(*, provisional: Patron, into: Patron, now: datetime) -> None:
    """Move everything of `provisional` to `into` and delete `provisional`; links mailed to it keep working.

    Per purpose the newest word on consent holds. Without profile consent afterwards nothing of a profile is left.
    Raises NotTheSame; Patron.DoesNotExist when one of them is gone meanwhile.
    """
    list(CheckIn.objects.select_for_update(of=("self",)).filter(letter__request__patron=provisional).order_by("pk"))
    gone, kept = _lock_both(provisional, into)
    merge_records(gone=gone, kept=kept, now=now)
    gone.delete()


@transaction.atomic
def join_by_reader(*, check_in: CheckIn, public_id: str, now: datetime) -> bool:
    """The reader says on the thank-you page: that is me. False when there is no such record to join any more.

    Raises RequestWithdrawn.
    """
    patron = lock_check_in(check_in).letter.request.patron
    into = next((known for known in join_candidates(patron) if known.public_id == public_id), None)
    if into is None:
        return False
    prove_address(patron=patron, now=now)
    join_patron(provisional=patron, into=into, now=now)
    return True


def _lock_both(provisional: Patron, into: Patron) -> tuple[Patron, Patron]:
    """Both rows as they are now, locked in one order, so that two joins cannot wait for each other."""
    rows = Patron.objects.select_for_update().filter(pk__in=[provisional.pk, into.pk]).order_by("pk")
    held = {row.pk: row for row in rows}
    if not {provisional.pk, into.pk} <= held.keys():
        raise Patron.DoesNotExist
    gone, kept = held[provisional.pk], held[into.pk]
    same_address = bool(gone.email) and gone.email.lower() == kept.email.lower()
    if gone.pk == kept.pk or not same_address or gone.is_child != kept.is_child or kept.standing != "own":
        raise NotTheSame
    return gone, kept
