"""Two records of one person become one, when both have the same address on file."""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from engagement.services import joining as engagement_joining
from engagement.services.scores import forget_profile
from outreach.models import CheckIn, ContactReason, Message, Request, Taste, Thread
from outreach.services.answers import lock_check_in
from outreach.services.taste import forget_taste
from patrons.models import Consent, Patron
from patrons.services import joining as patrons_joining
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
    shift = kept.link_generation - gone.link_generation
    Thread.objects.filter(patron=gone).update(patron=kept, generation_shift=F("generation_shift") + shift)
    Request.objects.filter(patron=gone).update(patron=kept)
    ContactReason.objects.filter(patron=gone).update(patron=kept)
    _move_messages(gone, kept)
    _move_taste(gone, kept)
    patrons_joining.join_records(patron=gone, into=kept, shift=shift)
    engagement_joining.join_records(provisional=gone, into=kept, now=now)
    if not Consent.objects.holds(kept, Consent.Purpose.PROFILE):
        forget_taste(patron=kept)
        forget_profile(patron=kept, now=now)
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
