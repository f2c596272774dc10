"""Drifting at night: once a month the weights are fitted to the library's own history, then everybody is counted."""

from __future__ import annotations

from datetime import datetime

from django.utils.timezone import localtime

from engagement.services.drift_refit import fit_drift
from engagement.services.drifting import count_drifting
from library.models import AuditLine
from library.services.audit import write_line

THING, FITTED = "drifting", "drifting.fitted"


def count_tonight(*, now: datetime) -> int:
    """How many rows changed. An audit line says in which months the weights were fitted, and whether they were kept."""
    month = localtime(now).strftime("%Y-%m")
    if not AuditLine.objects.filter(thing=THING, what=FITTED, reference=month).exists():
        kept = fit_drift(now=now)
        write_line(what=FITTED, thing=THING, reference=month, fields=["weights"] if kept else [], now=now)
    return count_drifting(now=now)
