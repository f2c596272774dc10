"""The library's own settings: one row, read by everyone, written by admins."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from library.models import LibrarySettings, User
from library.services.audit import write_line


def current_settings() -> LibrarySettings:
    """The library's settings; the defaults while no row was saved. Writes nothing."""
    return LibrarySettings.objects.filter(pk=1).first() or LibrarySettings(pk=1)


@transaction.atomic
def change_settings(*, facts: Mapping[str, object], by: User, now: datetime) -> LibrarySettings:
    """Set what `facts` names (fields of LibrarySettings); the audit line says which changed, not to what."""
    LibrarySettings.objects.get_or_create(pk=1)
    row = LibrarySettings.objects.select_for_update().get(pk=1)
    changed = [field for field, value in facts.items() if getattr(row, field) != value]
    for field in changed:
        setattr(row, field, facts[field])
    if changed:
        row.save(update_fields=changed)
        write_line(what="settings.changed", thing="settings", fields=changed, by=by, now=now)
    return row
