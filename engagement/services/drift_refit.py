"""The weights, fitted to the library's own history, and kept only when they are no worse."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils.timezone import localtime

from engagement.models import DriftModel
from engagement.services.drift_features import HORIZON
from engagement.services.drift_fit import Back, Quality, fit_weights, judge_weights, monthly_cuts, pool_histories
from engagement.services.drift_model import Weights
from engagement.services.drift_statements import HISTORIES
from engagement.services.drifting import kinds_of_use, weights_in_force
from patrons.models import Consent

MOST_READERS = 20_000
MONTHS = 24
# Fewer who came back, or who did not, say too little to fit to, or to check with.
FEWEST = 50
CONSENTED = {"purpose": Consent.Purpose.PROFILE, "withdrawn_at": None}


@transaction.atomic
def fit_drift(*, now: datetime) -> DriftModel | None:
    """Fit the weights to the months before the last year, and check them and those in force with the last 180 days,
    which neither has seen. Kept where AUC and Brier score are not worse; None where they are, or history is short.

    Readers with profile consent only, at most 20,000 of them, always the same.
    """
    on = localtime(now).date()
    check = on - timedelta(days=HORIZON)
    newest = check - timedelta(days=HORIZON)  # its 180 days end where the check begins
    histories = _histories(on)
    facts, back, _ = pool_histories(histories, cuts=monthly_cuts(newest - timedelta(days=30 * (MONTHS - 1)), newest))
    seen, returned, _ = pool_histories(histories, cuts=[check])
    if not (_enough(back) and _enough(returned)):
        return None
    before = weights_in_force()
    fitted = fit_weights(facts, back, number=before.number + 1)
    was, now_is = (judge_weights(seen, returned, weights) for weights in (before, fitted))
    if now_is.auc < was.auc or now_is.brier > was.brier:
        return None
    return _keep(fitted, len(back), now_is, was, now)


def _keep(weights: Weights, rests_on: int, quality: Quality, was: Quality, now: datetime) -> DriftModel:
    before = {f"{name}_before": value for name, value in was.as_json().items() if name in {"auc", "brier"}}
    return DriftModel.objects.create(
        number=weights.number,
        fitted_at=now,
        weights=weights.as_json(),
        rests_on=rests_on,
        quality=quality.as_json() | before,
    )


def _enough(back: Back) -> bool:
    returned = int(back.sum())
    return min(returned, len(back) - returned) >= FEWEST


def _histories(on: date) -> list[Sequence[date]]:
    readers = Consent.objects.filter(**CONSENTED).count()
    facts: dict[str, Any] = {"kinds": kinds_of_use(), "on": on, "one_in": max(1, -(-readers // MOST_READERS))}
    with connection.cursor() as cursor:
        cursor.execute(HISTORIES, facts)
        return [days for (days,) in cursor.fetchall()]
