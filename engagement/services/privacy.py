"""What the ledger, scores and promises keep about a person: handed out, and erased."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from engagement.models import Interaction, Promise, Score, StageChange
from engagement.services.promises import withdraw_promise
from engagement.services.scores import explain_score, forget_profile
from patrons.models import Patron

LINE_FIELDS = (
    "kind",
    "at",
    "started_by",
    "value",
    "wait_minutes",
    "title__name",
    "transactional",
    "relational",
    "tests",
)


def export_for(*, patron: Patron, now: datetime) -> dict[str, Any]:
    """Everything this app keeps about the patron, in plain values; no profile without consent."""
    explanation = explain_score(patron=patron, now=now)
    return {
        "interactions": list(Interaction.objects.of(patron).values(*LINE_FIELDS)),
        "score": {
            "relational": explanation.relational,
            "transactional": explanation.transactional,
            "stage": explanation.stage.value,
            "rules_version": explanation.rules_version,
            "as_of": explanation.as_of,
        }
        if explanation
        else None,
        "stage_changes": list(
            StageChange.objects.filter(patron=patron).order_by("at").values("before", "after", "at", "because")
        ),
        "promises": list(
            Promise.objects.filter(patron=patron)
            .order_by("made_at")
            .values("kind", "made_at", "due_at", "kept_at", "withdrawn_at")
        ),
    }


@transaction.atomic
def erase_for(*, patron: Patron, now: datetime) -> None:
    """Take the person out: lines and promises stay countable without a name, score and stage go.

    A promise that is still open is withdrawn: nobody is left to keep it to.
    """
    forget_profile(patron=patron, now=now)
    Score.objects.filter(patron=patron).delete()
    for promise in Promise.objects.open().filter(patron=patron):
        withdraw_promise(promise=promise, now=now)
    Promise.objects.filter(patron=patron).update(patron=None)
