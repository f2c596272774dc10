"""The library's own settings: one row, read by everyone, written by admins."""

from __future__ import annotations

from django.db import transaction

from library.models import LibrarySettings


def current_settings() -> LibrarySettings:
    """The library's settings; the defaults while no row was saved. Writes nothing."""
    return LibrarySettings.objects.filter(pk=1).first() or LibrarySettings(pk=1)


@transaction.atomic
def change_settings(
    *, promise_working_days: int, check_in_days: int, reminder_days: int, again_days: int, undo_seconds: int
) -> LibrarySettings:
    """Set how long things take. Days, working days for the promise, and seconds for the undo."""
    settings, _ = LibrarySettings.objects.update_or_create(
        pk=1,
        defaults={
            "promise_working_days": promise_working_days,
            "check_in_days": check_in_days,
            "reminder_days": reminder_days,
            "again_days": again_days,
            "undo_seconds": undo_seconds,
        },
    )
    return settings
