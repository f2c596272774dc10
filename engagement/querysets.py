"""States of the ledger, promises and scores as queries."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from engagement.models import Interaction, Promise, Score
    from patrons.models import Patron


class InteractionQuerySet(models.QuerySet["Interaction"]):
    def of(self, patron: Patron) -> InteractionQuerySet:
        """Every line that still names this patron, newest first."""
        return self.filter(patron=patron).order_by("-at", "-pk")


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
