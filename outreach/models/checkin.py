"""How did you like the books?"""

from django.db import models

from outreach.models.letter import Letter, Pick


class CheckIn(models.Model):
    """The question weeks after a letter. `next_at` is when the next step is due; None: nothing more will be asked."""

    class Step(models.TextChoices):
        ASK = "ask", "first question"
        REMIND = "remind", "one reminder"
        AGAIN = "again", "once more for books not read yet"
        DONE = "done", "nothing more"

    letter = models.OneToOneField(Letter, on_delete=models.CASCADE, related_name="check_in")
    next_step = models.CharField(max_length=6, choices=Step.choices, default=Step.ASK)
    next_at = models.DateTimeField(null=True, blank=True)
    asked_at = models.DateTimeField(null=True, blank=True, help_text="When the first question was queued.")
    answered_at = models.DateTimeField(null=True, blank=True)
    ended_because = models.CharField(max_length=80, blank=True)
    learned = models.BooleanField(
        null=True, blank=True, help_text="Did you learn something new about what you like to read?"
    )
    comment = models.TextField(max_length=2000, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="check_in_due_or_done",
                condition=models.Q(next_step="done", next_at=None)
                | (~models.Q(next_step="done") & models.Q(next_at__isnull=False)),
            ),
        ]
        indexes = [models.Index(fields=["next_at"], name="check_in_due", condition=models.Q(next_at__isnull=False))]

    def __str__(self) -> str:
        return f"Check-in {self.pk}"


class Answer(models.Model):
    """What the patron says of one pick; may be changed until the link ends."""

    class Value(models.TextChoices):
        LOVED = "loved", "loved"
        LIKED = "liked", "liked"
        SO_SO = "so_so", "so-so"
        NOT_FOR_ME = "not_for_me", "not for me"
        NOT_YET = "not_yet", "not read yet"
        COULD_NOT_GET = "could_not_get", "could not get it"

    pick = models.OneToOneField(Pick, on_delete=models.CASCADE, related_name="answer")
    value = models.CharField(max_length=13, choices=Value.choices)
    why = models.TextField(max_length=1500, blank=True)
    answered_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="answer_value_known",
                condition=models.Q(value__in=["loved", "liked", "so_so", "not_for_me", "not_yet", "could_not_get"]),
            ),
        ]

    def __str__(self) -> str:
        return self.get_value_display()
