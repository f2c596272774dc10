"""Recording events in tests with nothing but what the test is about."""

from __future__ import annotations

import itertools
from datetime import datetime
from typing import Any

from engagement.models import Interaction
from engagement.services.ledger import record_interaction
from patrons.models import Patron
from tests.builders import NOON

_sources = itertools.count(1)


def record(kind: str, patron: Patron | None, at: datetime = NOON, **over: Any) -> Interaction:
    """One interaction the patron started, under a source of its own."""
    values: dict[str, Any] = {"source": f"test:{next(_sources)}", "started_by": "patron", "now": max(at, NOON)}
    return record_interaction(kind=kind, patron=patron, at=at, **(values | over))
