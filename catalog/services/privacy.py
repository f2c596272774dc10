"""The catalogue keeps nothing about readers: only journals of its own imports, which end like all others."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from catalog.models import CatalogChange
from library.services.privacy import Limits


def export_for() -> dict[str, Any]:
    """Nothing: no table of the catalogue says anything about a reader."""
    return {}


def erase_for() -> None:
    """Nothing to do, for the same reason."""


@transaction.atomic
def anonymise_before(*, before: Limits, now: datetime, dry_run: bool = False) -> dict[str, int]:
    """The journals that undo an import of titles or copies go when the time to undo is over."""
    old = CatalogChange.objects.filter(run__finished_at__lt=before.undo)
    return {"undo_journals": old.count() if dry_run else old.delete()[0]}
