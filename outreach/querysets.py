"""States of requests, letters, check-ins and messages as queries."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.apps import apps
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Lower

if TYPE_CHECKING:
    from library.models import User
    from outreach.models import CheckIn, ContactReason, Letter, Message, Pick, Request, Taste
    from patrons.models import Consent, Patron, Suppression


def of_branches(user: User, field: str = "branch") -> Q:
    """What a librarian may see by branch: everything of no branch, and of the branches assigned (all by default)."""
    branches = [branch.pk for branch in user.places]
    return Q(**{f"{field}__in": branches}) | Q(**{field: None}) if branches else Q()


class RequestQuerySet(models.QuerySet["Request"]):
    def visible_to(self, user: User) -> RequestQuerySet:
        """Librarians see the requests of their branches and those without a branch; other roles none."""
        return self.filter(of_branches(user)) if user.role == "librarian" else self.none()

    def waiting(self) -> RequestQuerySet:
        """Requests that wait for a letter, oldest first."""
        return self.filter(state="waiting").order_by("asked_at", "pk")

    def held(self) -> RequestQuerySet:
        """Requests a person has to look at before they count, oldest first."""
        return self.filter(state="held").order_by("asked_at", "pk")


class LetterQuerySet(models.QuerySet["Letter"]):
    def visible_to(self, user: User) -> LetterQuerySet:
        return self.filter(of_branches(user, "request__branch")) if user.role == "librarian" else self.none()

    def sent(self) -> LetterQuerySet:
        return self.filter(sent_at__isnull=False)


class PickQuerySet(models.QuerySet["Pick"]):
    def sent_to(self, patron: Patron) -> PickQuerySet:
        """Every title this patron was ever sent."""
        return self.filter(letter__request__patron=patron, letter__sent_at__isnull=False)


class CheckInQuerySet(models.QuerySet["CheckIn"]):
    def due(self, now: datetime) -> CheckInQuerySet:
        """Check-ins whose next step has come."""
        return self.filter(next_at__lte=now)


class TasteQuerySet(models.QuerySet["Taste"]):
    def kept(self) -> TasteQuerySet:
        """Taste the reader has not deleted."""
        return self.filter(removed_at=None)


class ContactReasonQuerySet(models.QuerySet["ContactReason"]):
    def open(self, now: datetime) -> ContactReasonQuerySet:
        """Reasons nobody has dealt with, without those put off."""
        return self.filter(closed_at=None).filter(Q(later_until=None) | Q(later_until__lte=now)).order_by("opened_at")

    def visible_to(self, user: User) -> ContactReasonQuerySet:
        return self.filter(of_branches(user, "patron__branch")) if user.role == "librarian" else self.none()


class MessageQuerySet(models.QuerySet["Message"]):
    def visible_to(self, user: User) -> MessageQuerySet:
        """Librarians see the messages of their branches; admins see all deliveries (never their content)."""
        if user.role == "admin":
            return self.all()
        return self.filter(of_branches(user)) if user.role == "librarian" else self.none()

    def due(self, now: datetime) -> MessageQuerySet:
        """Queued messages whose time has come, oldest first."""
        return self.filter(state="queued", due_at__lte=now).order_by("due_at", "pk")

    def in_doubt(self) -> MessageQuerySet:
        """Handed over without an answer: it may have arrived or not."""
        return self.filter(state="unknown")

    def about(self, purpose: str, object_key: str) -> MessageQuerySet:
        """Every step of one purpose about one object."""
        return self.filter(purpose=purpose, object_key=object_key)

    def stoppable(self) -> MessageQuerySet:
        """Not handed over yet. A worker that has claimed one finds its row changed at the gate and sends nothing."""
        return self.filter(Q(state="queued") | Q(state="sending", phase=""))

    def taken(self, message: Message) -> MessageQuerySet:
        """This message, as long as it is with the worker that claimed this attempt (fencing)."""
        return self.filter(pk=message.pk, attempt=message.attempt, state="sending")

    def permitted(self) -> MessageQuerySet:
        """Those that may leave now, as far as consent, suppression, age and the way the reader prefers go."""
        agreed = self.filter(Q(consent="") | Q(Exists(_consent_of_message())), ~Exists(_suppression_of_message()))
        readers = _reader_of_message()
        return agreed.filter(
            Q(kind="answering") | Q(Exists(readers.exclude(audience="child"))),
            ~Q(kind="library_started") | Q(Exists(readers.filter(preferred_channel="email"))),
        )

    def started_for(self, patron: Patron) -> MessageQuerySet:
        """What the library began by itself with this patron and may have arrived, the latest first."""
        begun = self.filter(patron=patron, kind="library_started", state__in=["sending", "sent", "unknown"])
        return begun.order_by("-due_at", "-pk")

    def newest(self, *, after: tuple[datetime, int] | None = None) -> MessageQuerySet:
        """Newest first, from the place `(queued_at, pk)` on that the page before ended with."""
        page = self.order_by("-queued_at", "-pk")
        if after is None:
            return page
        return page.filter(Q(queued_at__lt=after[0]) | Q(queued_at=after[0], pk__lt=after[1]), queued_at__lte=after[0])

    def finding(self, words: str) -> MessageQuerySet:
        """Those whose address or reader's name holds the words."""
        return self.filter(Q(to_address__icontains=words) | Q(to_name__icontains=words))


def _consent_of_message() -> models.QuerySet[Consent]:
    consents: models.QuerySet[Consent] = apps.get_model("patrons", "Consent").objects.filter(
        patron=OuterRef("patron"), purpose=OuterRef("consent"), withdrawn_at=None
    )
    return consents


def _reader_of_message() -> models.QuerySet[Patron]:
    patrons: models.QuerySet[Patron] = apps.get_model("patrons", "Patron").objects.filter(pk=OuterRef("patron"))
    return patrons


def _suppression_of_message() -> models.QuerySet[Suppression]:
    suppressions: models.QuerySet[Suppression] = apps.get_model("patrons", "Suppression").objects.filter(
        address=Lower(OuterRef("to_address")), lifted_at=None
    )
    return suppressions
