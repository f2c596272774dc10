"""Runs of an import, what was wrong with single records, and the column maps people made."""

from django.conf import settings
from django.db import models

from library.querysets import ImportRunQuerySet


class ImportRun(models.Model):
    """One run over one file: how far it is, what was read and what came of it."""

    class State(models.TextChoices):
        DRAFT = "draft", "Not started"
        QUEUED = "queued", "Waiting to start"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"
        UNDONE = "undone", "Undone"

    class Phase(models.TextChoices):
        READING = "reading", "Reading"
        PLANNING = "planning", "Comparing"
        WRITING = "writing", "Writing"
        UNDOING = "undoing", "Undoing"

    what = models.CharField(max_length=20, help_text="patrons, loans, titles, copies, interactions or marketing")
    file_name = models.CharField(max_length=255)
    stored_as = models.CharField(
        max_length=80, blank=True, help_text="Name in the folder of imports; empty: a command's file."
    )
    preset = models.CharField(max_length=20, blank=True)
    mapping = models.JSONField(default=dict, blank=True)
    options = models.JSONField(default=dict, blank=True, help_text="full, rules per field, consents.")
    dry_run = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    phase = models.CharField(max_length=10, choices=Phase.choices, blank=True)
    size = models.BigIntegerField(default=0, help_text="Bytes of the file.")
    bytes_read = models.BigIntegerField(default=0)
    rows_read = models.BigIntegerField(default=0)
    beat_at = models.DateTimeField(null=True, blank=True, help_text="When the run last showed that it is alive.")
    cancel_asked = models.BooleanField(default=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    counts = models.JSONField(default=dict)
    error = models.TextField(blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_counts = models.JSONField(default=dict, blank=True)

    objects = ImportRunQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["-started_at"], name="import_run_newest")]

    def __str__(self) -> str:
        return f"{self.what} {self.file_name} {self.state}"


class ImportIssue(models.Model):
    """One record, or one value of it, that was not taken over as it stood."""

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="issues")
    line = models.PositiveIntegerField(help_text="Line of a CSV file, place of the record in any other.")
    field = models.CharField(max_length=60, blank=True)
    value = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=300)
    rejected = models.BooleanField(default=True)

    class Meta:
        indexes = [models.Index(fields=["run", "line"], name="import_issue_line")]

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"


class ColumnMap(models.Model):
    """Which column of files with this header means what, as a person said it once."""

    what = models.CharField(max_length=20)
    header_digest = models.CharField(max_length=64, help_text="SHA-256 of the column names in order.")
    mapping = models.JSONField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["what", "header_digest"], name="column_map_once")]

    def __str__(self) -> str:
        return f"{self.what} {self.header_digest[:8]}"
