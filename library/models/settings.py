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

    class ReadingHistory(models.TextChoices):
        CONSENT = "consent", "Only with the reader's word: a returned loan forgets who had it without a profile consent"
        KEPT = "kept", "Kept, unless the reader says never"
        NEVER = "never", "Never kept, unless the reader says forever"

    reading_history = models.CharField(
        max_length=8,
        choices=ReadingHistory.choices,
        default=ReadingHistory.CONSENT,
        help_text="What 'library default' means for a returned loan.",
    )
    child_until = models.PositiveSmallIntegerField(
        default=13, help_text="Under this age: no profile, no check-in mail, the guardian's address only."
    )
    librarians_need_second_step = models.BooleanField(default=False)
    # Retention (PRIV-08). Months and days after which the nightly job lets go.
    keep_unanswered_months = models.PositiveSmallIntegerField(default=12)
    keep_identity_months = models.PositiveSmallIntegerField(default=24, help_text="After the last contact.")
    keep_notes_months = models.PositiveSmallIntegerField(default=12)
    keep_links_days = models.PositiveSmallIntegerField(default=60)
    keep_mail_bodies_days = models.PositiveSmallIntegerField(default=90)
    keep_undo_days = models.PositiveSmallIntegerField(
        default=30, help_text="How long an import, a merge or a bulk action can be undone."
    )
    keep_exports_hours = models.PositiveSmallIntegerField(default=24)

    # What a mail server and its readers can take (outreach.services.gate).
    mails_per_minute = models.PositiveIntegerField(
        default=120, help_text="How fast mail leaves while the beat works; manage.py tick does not wait."
    )
    mails_per_day = models.PositiveIntegerField(
        default=2000, help_text="Check-ins and mails the library starts; what answers a reader always leaves."
    )
    contact_budget = models.PositiveSmallIntegerField(
        default=3, help_text="Mails the library may start with one reader in 30 days."
    )
    answer_working_days = models.PositiveSmallIntegerField(
        default=2, help_text="Working days in which a reader's words are answered."
    )
    keep_events_days = models.PositiveSmallIntegerField(default=30, help_text="What mail services told us, as it came.")

    # What reports reckon with, and whom the library asks (engagement, outreach).
    hourly_rate = models.DecimalField(
        max_digits=7, decimal_places=2, default=30, help_text="What an hour of staff time costs."
    )
    currency = models.CharField(max_length=3, default="EUR")
    pulse_weekly = models.PositiveSmallIntegerField(
        default=0, help_text="Readers asked each week how the library does for them; 0: nobody."
    )

    class Meta:
        constraints = [models.CheckConstraint(name="settings_one_row", condition=models.Q(pk=1))]

    def __str__(self) -> str:
        return "Library settings"
