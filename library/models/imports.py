"""Runs of an import and what was wrong with single records."""

from django.db import models


class ImportRun(models.Model):
    """One run over one file: what was read and what came of it."""

    class State(models.TextChoices):
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    what = models.CharField(max_length=20)
    file_name = models.CharField(max_length=255)
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    counts = models.JSONField(default=dict)
    error = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"{self.what} {self.file_name} {self.state}"


class ImportIssue(models.Model):
    """One record (or one value of it) that was not taken over as it stood."""

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="issues")
    line = models.PositiveIntegerField(help_text="Line of a CSV file, or place of the record in a MARC file, from 1.")
    field = models.CharField(max_length=60, blank=True)
    value = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=300)
    rejected = models.BooleanField(default=True)

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"
