"""Copies on the shelves, as the library system last said."""

from django.db import models

from catalog.models.title import Title


class Copy(models.Model):
    """One copy of a title. `as_of` says how old this knowledge is; it is always shown with it."""

    class Status(models.TextChoices):
        AVAILABLE = "available", "on the shelf"
        ON_LOAN = "on_loan", "on loan"
        ON_HOLD = "on_hold", "kept for someone"
        IN_TRANSIT = "in_transit", "on its way"
        MISSING = "missing", "missing"
        OTHER = "other", "not to be had"

    title = models.ForeignKey(Title, on_delete=models.CASCADE, related_name="copies")
    branch = models.ForeignKey("library.Branch", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    source_key = models.CharField(max_length=120, unique=True, help_text="Barcode or number in the library system.")
    status = models.CharField(max_length=10, choices=Status.choices)
    call_number = models.CharField(max_length=80, blank=True)
    as_of = models.DateTimeField()

    class Meta:
        verbose_name_plural = "copies"

    def __str__(self) -> str:
        return self.source_key


class CatalogChange(models.Model):
    """What one import did to one title or copy: `before` is empty for a new one. Kept while it can be undone."""

    run = models.ForeignKey(
        "library.ImportRun", on_delete=models.CASCADE, related_name="catalog_changes", db_constraint=False
    )
    title = models.ForeignKey(
        Title, on_delete=models.CASCADE, null=True, related_name="import_changes", db_constraint=False
    )
    copy = models.ForeignKey(
        Copy, on_delete=models.CASCADE, null=True, related_name="import_changes", db_constraint=False
    )
    line = models.PositiveIntegerField()
    before = models.JSONField(null=True)
    after = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"line {self.line} of run {self.run_id}"
