"""What was counted for a month or a quarter, kept so that history opens at once."""

from django.db import models


class Snapshot(models.Model):
    """One count of one period. A later count of the same period is a new version; the newest one is shown.

    Its cells are raw numbers, small ones included: only `engagement.services.reports` reads them.
    """

    class Grain(models.TextChoices):
        MONTH = "month", "month"
        QUARTER = "quarter", "quarter"

    grain = models.CharField(max_length=7, choices=Grain.choices)
    first = models.DateField()
    last = models.DateField()
    version = models.PositiveIntegerField(help_text="From 1; 0: counted while the period still ran.")
    taken_at = models.DateTimeField()
    because = models.CharField(max_length=120, help_text="Why it was counted (again), in a sentence for managers.")
    rules = models.PositiveIntegerField(help_text="Number of the rule version in force.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["grain", "first", "version"], name="snapshot_once_per_version"),
            models.CheckConstraint(name="snapshot_forward", condition=models.Q(last__gte=models.F("first"))),
        ]

    def __str__(self) -> str:
        return f"{self.grain} from {self.first}, version {self.version}"


class SnapshotCell(models.Model):
    """One number of a snapshot: a measure in one slice (all of it, or one branch, audience or language)."""

    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE, related_name="cells", db_index=False)
    measure = models.CharField(max_length=60, help_text="E.g. 'lines:letter' (engagement.services.counting).")
    by = models.CharField(max_length=8, blank=True, help_text="branch, audience, language, or empty: all of it.")
    slice = models.CharField(max_length=20, blank=True, help_text="Number of the branch, or the audience or language.")
    value = models.FloatField()
    known = models.PositiveIntegerField(help_text="Distinct people named on what was counted.")
    unknown = models.PositiveIntegerField(help_text="Things counted that name nobody.")
    # Decided for all cells of a quarter at once (services.reports.verdicts). Where the total of a slice counts only
    # what is shown beside it, `shown` is that, and `value` all of it.
    shown = models.FloatField(null=True, help_text="What may be shown; None: hidden.")
    people = models.PositiveIntegerField(db_default=0, help_text="At least so many people are behind it.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["snapshot", "by", "slice", "measure"], name="snapshot_cell_once"),
        ]

    def __str__(self) -> str:
        return f"{self.measure} {self.by} {self.slice}"


class ChangedMonth(models.Model):
    """A month that was over got a line, lost one, or had one changed: it has to be counted again.

    Written in the transaction of the change; the tick counts and takes the rows away.
    """

    month = models.DateField(help_text="Its first day.")
    because = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["month"], name="changed_month")]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}: {self.because}"
