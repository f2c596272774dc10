"""Who is slipping away: counted for every reader with profile consent, set-based, in batches.

`drift_model` says how a chance is reckoned, `drift_statements` holds the same in SQL, `drift_refit` fits the weights
to the library's own history, `drift_nightly` calls them.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.utils.timezone import localtime

from engagement.models import DriftModel
from engagement.services.drift_model import PUBLISHED, STEADY, WATCH, Weights, read_weights
from engagement.services.drift_statements import BATCH_END, COUNT, USE_KINDS

BATCH = 5000
LAST_PATRON = 2**63 - 1
ENOUGH = 0.005  # a chance that moved by less is shown the same
# While the rules in force name no kind that shows use.
KINDS = (
    "loan", "renewal", "hold", "interlibrary_loan", "visit", "programme", "database_use", "card_signup", "request",
    "check_in_answer", "reply", "desk_talk", "phone_call",
)  # fmt: skip


def count_drifting(*, now: datetime, size: int = BATCH) -> int:
    """Facts and chance of everybody with profile consent and a day on which they used the library; how many rows
    changed. Rows of those whose consent or last line is gone go too. Each batch is a transaction of its own.
    """
    facts = _facts(weights_in_force(), localtime(now).date())
    changed, after = 0, 0
    with connection.cursor() as cursor:
        while after < LAST_PATRON:
            cursor.execute(BATCH_END, {"after": after, "size": size - 1})
            row = cursor.fetchone()
            until = row[0] if row else LAST_PATRON
            with transaction.atomic():
                cursor.execute("SET LOCAL work_mem = '64MB'")
                # What a batch holds is read in ranges and hashed; where the tables are new the planner knows no better.
                cursor.execute("SET LOCAL enable_nestloop = off")
                cursor.execute(COUNT, facts | {"after": after, "until": until})
                changed += int(cursor.fetchone()[0])
            after = until
    return changed


def weights_in_force() -> Weights:
    """The newest model this library keeps, else the published weights."""
    model = DriftModel.objects.order_by("-number").first()
    return read_weights(model.number, model.weights) if model else PUBLISHED


def kinds_of_use() -> list[str]:
    """What shows that a reader uses the library, by the rules in force."""
    with connection.cursor() as cursor:
        cursor.execute(USE_KINDS)
        (kinds,) = cursor.fetchone()
    return sorted(kinds or KINDS)


def _facts(weights: Weights, on: date) -> dict[str, Any]:
    said = {"on": on, "kinds": kinds_of_use(), "model": weights.number}
    return said | weights.as_facts() | {"enough": ENOUGH, "steady": STEADY, "watch": WATCH}
