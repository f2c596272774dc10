"""Where a patron stands, only with profile consent."""

from django.conf import settings
from django.db import models

from engagement.querysets import ScoreQuerySet


class Stage(models.TextChoices):
    BASIC = "basic", "basic"
    REACTIVE = "reactive", "reactive"
    FOLLOW_UP = "follow_up", "follow-up"
    PROACTIVE = "proactive", "proactive"


class Score(models.Model):
    """Two sums against the landmark 2000-01-01 (forward decay) and the stage.

    `engagement.services.scores` is the only writer. The sums only mean something relative to each other and to a
    time; `engagement.services.decay` turns them into the number shown.
    """

    patron = models.OneToOneField("patrons.Patron", on_delete=models.CASCADE, primary_key=True, related_name="score")
    relational = models.FloatField(default=0.0)
    transactional = models.FloatField(default=0.0)
    rules = models.PositiveIntegerField(help_text="Number of the rule version it was counted with.")
    changed_at = models.DateTimeField()
    stage = models.CharField(max_length=10, choices=Stage.choices, default=Stage.BASIC)
    stage_since = models.DateTimeField()
    reactive_until = models.DateTimeField(null=True, blank=True)
    follow_up_until = models.DateTimeField(null=True, blank=True)
    proactive_until = models.DateTimeField(null=True, blank=True)
    holds_until = models.DateTimeField(
        null=True, blank=True, help_text="When the present stage has to be tested again."
    )
    fixed_stage = models.CharField(
        max_length=10, choices=Stage.choices, blank=True, help_text="Set by staff (StageOverride), until `fixed_until`."
    )
    fixed_until = models.DateTimeField(null=True, blank=True)

    objects = ScoreQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="score_stage_known", condition=models.Q(stage__in=["basic", "reactive", "follow_up", "proactive"])
            ),
        ]
        indexes = [
            models.Index(fields=["-relational"], name="score_relational"),
            models.Index(fields=["-transactional"], name="score_transactional"),
            models.Index(fields=["holds_until"], name="score_holds", condition=models.Q(holds_until__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.patron_id}: {self.stage}"


class StageChange(models.Model):
    """One move on the ladder, with the fact that caused it."""

    patron = models.ForeignKey("patrons.Patron", on_delete=models.CASCADE, related_name="stage_changes")
    before = models.CharField(max_length=10, choices=Stage.choices)
    after = models.CharField(max_length=10, choices=Stage.choices)
    at = models.DateTimeField()
    because = models.CharField(max_length=40, help_text="Kind of the interaction, or 'time', 'rules' or 'staff'.")

    class Meta:
        indexes = [models.Index(fields=["patron", "-at"], name="stage_change_patron")]

    def __str__(self) -> str:
        return f"{self.before} to {self.after}"


class StageOverride(models.Model):
    """A stage set by staff, with a reason and an end; `Score.fixed_stage` holds while it is in force."""

    patron = models.ForeignKey("patrons.Patron", on_delete=models.CASCADE, related_name="stage_overrides")
    stage = models.CharField(max_length=10, choices=Stage.choices)
    reason = models.CharField(max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField()
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True, help_text="When it was taken back before its end.")

    class Meta:
        constraints = [
            models.CheckConstraint(name="stage_override_ends", condition=models.Q(until__gt=models.F("made_at"))),
        ]
        indexes = [models.Index(fields=["patron", "-made_at"], name="stage_override_patron")]

    def __str__(self) -> str:
        return f"{self.stage} until {self.until:%Y-%m-%d}"
