"""Proof: a random share is held out, before anybody is chosen, and compared."""

from django.conf import settings
from django.db import models


class Experiment(models.Model):
    """What is held back from a random share of the readers it could go to, and what is counted afterwards.

    What a reader asked for is never withheld. Who is held out follows from `salt` and the patron's number alone.
    """

    class Subject(models.TextChoices):
        REMINDER = "check_in_reminder", "the reminder of a check-in"

    class Outcome(models.TextChoices):
        ANSWERED = "answered", "answered the check-in"
        CAME_BACK = "came_back", "used the library again"
        FOLLOW_UP = "follow_up", "reached follow-up or higher"

    name = models.CharField(max_length=120, unique=True)
    subject = models.CharField(
        max_length=60, help_text="What is held back, e.g. 'check_in_reminder', 'journey:welcome'."
    )
    share = models.PositiveSmallIntegerField(help_text="Percent held out.")
    outcome = models.CharField(max_length=12, choices=Outcome.choices)
    days = models.PositiveSmallIntegerField(help_text="Days after which each reader's outcome is looked at.")
    salt = models.CharField(max_length=40)
    note = models.CharField(max_length=300, blank=True, help_text="What we want to know, in a sentence.")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(name="experiment_share", condition=models.Q(share__range=(1, 90))),
            models.CheckConstraint(name="experiment_days", condition=models.Q(days__range=(1, 730))),
            models.UniqueConstraint(
                fields=["subject"], condition=models.Q(ended_at=None), name="experiment_one_per_subject"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Draw(models.Model):
    """One reader drawn for an experiment, written down before anything was sent. The patron goes with consent."""

    class Arm(models.TextChoices):
        SENT = "sent", "sent"
        HELD = "held", "held out"

    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="draws", db_index=False)
    patron = models.ForeignKey("patrons.Patron", on_delete=models.SET_NULL, null=True, related_name="+")
    arm = models.CharField(max_length=4, choices=Arm.choices)
    drawn_at = models.DateTimeField()
    looked_at = models.DateTimeField(null=True, blank=True, help_text="When the outcome was looked at.")
    happened = models.BooleanField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["experiment", "patron"], name="draw_once_per_patron"),
        ]
        indexes = [
            models.Index(fields=["drawn_at"], name="draw_open", condition=models.Q(looked_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.arm} {self.drawn_at:%Y-%m-%d}"
