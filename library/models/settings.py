"""What a library decides for itself, in one row."""

from django.db import models


class LibrarySettings(models.Model):
    """The single row of settings. `library.services.settings.current_settings` reads it."""

    promise_working_days = models.PositiveSmallIntegerField(
        default=5, help_text="Working days a reader is promised while there is no recent record to go by."
    )
    check_in_days = models.PositiveSmallIntegerField(default=21)
    reminder_days = models.PositiveSmallIntegerField(default=7)
    again_days = models.PositiveSmallIntegerField(
        default=14, help_text="Days until a book not read yet is asked about once more."
    )
    undo_seconds = models.PositiveSmallIntegerField(
        default=60, help_text="Seconds in which sending a letter can be undone."
    )

    class Meta:
        constraints = [models.CheckConstraint(name="settings_one_row", condition=models.Q(pk=1))]

    def __str__(self) -> str:
        return "Library settings"
