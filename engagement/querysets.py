"""States of the ledger, promises and scores as queries."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from engagement.models import Interaction, Loan, Promise, Score
    from patrons.models import Patron


class InteractionQuerySet(models.QuerySet["Interaction"]):
    def of(self, patron: Patron) -> InteractionQuerySet:
        """Every line that still names this patron, newest first."""
        return self.filter(patron=patron).order_by("-at", "-pk")

    def counting(self) -> InteractionQuerySet:
        """Lines that bring points."""
        return self.filter(models.Q(transactional__gt=0) | models.Q(relational__gt=0))


class PromiseQuerySet(models.QuerySet["Promise"]):
    def open(self) -> PromiseQuerySet:
        return self.filter(kept_at=None, withdrawn_at=None)

    def late(self, now: datetime) -> PromiseQuerySet:
        """Open promises whose time has passed."""
        return self.open().filter(due_at__lt=now)


class ScoreQuerySet(models.QuerySet["Score"]):
    def stage_due(self, now: datetime) -> ScoreQuerySet:
        """Scores whose stage must be tested again."""
        return self.filter(holds_until__lte=now)


class LoanQuerySet(models.QuerySet["Loan"]):
    def out(self) -> LoanQuerySet:
        """Loans that have not come back."""
        return self.filter(returned_at=None, returned_as="")

    def of(self, patron: Patron) -> LoanQuerySet:
        """Loans that still name this patron, newest first; those without a day last."""
        return self.filter(patron=patron).order_by(models.F("borrowed_at").desc(nulls_last=True), "-pk")
