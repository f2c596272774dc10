"""States of patrons, consents and suppressions as queries."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.apps import apps
from django.db import models
from django.db.models import Exists, OuterRef

if TYPE_CHECKING:
    from library.models import User
    from patrons.models import Consent, Patron, Suppression


class PatronQuerySet(models.QuerySet["Patron"]):
    def visible_to(self, user: User) -> PatronQuerySet:
        """The persons a member of staff may see: librarians only, of their branches or of no branch.

        The branches are looked up inside the query: a card has none to spare.
        """
        if user.role != "librarian":
            return self.none()
        assigned = user.branches.through._default_manager.filter(user=user.pk)
        all_branches = ~models.Q(Exists(assigned))
        mine = models.Q(branch__in=assigned.values("branch")) | models.Q(branch=None)
        return self.filter(mine | all_branches)

    def known(self) -> PatronQuerySet:
        """Patrons of their own: the address is proved or staff entered them."""
        return self.filter(standing="own")

    def unproved_since(self, before: datetime) -> PatronQuerySet:
        """Provisional patrons made before that time."""
        return self.filter(standing="provisional", created_at__lt=before)

    def consenting(self, purpose: str) -> PatronQuerySet:
        """Patrons whose consent for the purpose is in force."""
        return self.filter(Exists(_active_consents(purpose)))


class ConsentQuerySet(models.QuerySet["Consent"]):
    def active(self) -> ConsentQuerySet:
        """Consents in force now."""
        return self.filter(withdrawn_at=None)

    def holds(self, patron: Patron, purpose: str) -> bool:
        """Whether this patron agreed to this purpose and has not withdrawn."""
        return self.active().filter(patron=patron, purpose=purpose).exists()


class SuppressionQuerySet(models.QuerySet["Suppression"]):
    def active(self) -> SuppressionQuerySet:
        return self.filter(lifted_at=None)

    def holds(self, address: str) -> bool:
        """Whether nothing may be mailed to this address."""
        return self.active().filter(address=address.strip().lower()).exists()


def _active_consents(purpose: str) -> models.QuerySet[Consent]:

    consents: models.QuerySet[Consent] = apps.get_model("patrons", "Consent").objects.filter(
        patron=OuterRef("pk"), purpose=purpose, withdrawn_at=None
    )
    return consents
