"""One person, once: records proposed as the same, merged, changed in bulk; and what stays when someone is erased."""

from django.conf import settings
from django.db import models

from patrons.models.patron import Patron


class Duplicate(models.Model):
    """Two records that may be one person, with the reason; staff merge them or say that they are two."""

    first = models.ForeignKey(Patron, on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(Patron, on_delete=models.CASCADE, related_name="+")
    reason = models.CharField(max_length=40)
    found_at = models.DateTimeField()
    dismissed_at = models.DateTimeField(null=True, blank=True)
    dismissed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="duplicate_once"),
            models.CheckConstraint(name="duplicate_in_order", condition=models.Q(first__lt=models.F("second"))),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} and {self.second_id}: {self.reason}"


class Merge(models.Model):
    """Two records made one by staff, with what is needed to take them apart again exactly.

    `journal` holds the row that went, what the kept one looked like before, and the numbers of the rows that moved. It
    is emptied when the time to undo is over, and goes with the person.
    """

    into = models.ForeignKey(Patron, on_delete=models.CASCADE, related_name="merges")
    gone_public_id = models.CharField(max_length=12)
    journal = models.JSONField(default=dict)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.gone_public_id} into {self.into_id}"


class PatronChange(models.Model):
    """What one import did to one patron: `before` is empty for a new one. Kept while the import can be undone.

    Without database constraints on the two keys: an import writes hundreds of thousands of these at once.
    """

    run = models.ForeignKey(
        "library.ImportRun", on_delete=models.CASCADE, related_name="patron_changes", db_constraint=False
    )
    patron = models.ForeignKey(Patron, on_delete=models.CASCADE, related_name="import_changes", db_constraint=False)
    line = models.PositiveIntegerField()
    before = models.JSONField(null=True)
    after = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"line {self.line} of run {self.run_id}"


class BulkAction(models.Model):
    """One change to many patrons at once, chosen by a filter or by ticking; it can be undone."""

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting to start"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        UNDONE = "undone", "Undone"

    action = models.CharField(max_length=20)
    value = models.CharField(max_length=60, blank=True)
    query = models.CharField(max_length=1000, blank=True, help_text="The list's filter, as in its address.")
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    started_at = models.DateTimeField()
    beat_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"{self.action} {self.value} {self.state}"


class BulkChange(models.Model):
    """One patron in a bulk action: chosen, and what was there before once it is done."""

    bulk = models.ForeignKey(BulkAction, on_delete=models.CASCADE, related_name="changes")
    patron = models.ForeignKey(Patron, on_delete=models.CASCADE, related_name="bulk_changes")
    before = models.JSONField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["bulk", "patron"], name="bulk_change_once")]

    def __str__(self) -> str:
        return f"{self.patron_id} in {self.bulk_id}"


class AddressChange(models.Model):
    """A new address a reader asked for; it counts once both the old and the new address have said yes."""

    patron = models.OneToOneField(Patron, on_delete=models.CASCADE, related_name="address_change")
    address = models.EmailField(max_length=254)
    asked_at = models.DateTimeField()
    old_confirmed_at = models.DateTimeField(null=True, blank=True)
    new_confirmed_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"asked {self.asked_at:%Y-%m-%d}"


class AuditReference(models.Model):
    """The random name of a patron in the audit lines. Erasing the person deletes this row; then it says nothing."""

    patron = models.OneToOneField(Patron, on_delete=models.CASCADE, related_name="audit_reference")
    reference = models.CharField(max_length=40, unique=True)

    def __str__(self) -> str:
        return self.reference


class Tombstone(models.Model):
    """A keyed digest of an address, card or library system number of someone erased: it must not come back.

    The key is outside the database, so the digest leads nowhere by itself.
    """

    digest = models.CharField(max_length=64, unique=True)
    what = models.CharField(max_length=7, help_text="address, card or ils_id")
    made_at = models.DateTimeField()
    filed_at = models.DateTimeField(null=True, blank=True, help_text="When it was also written beside the database.")

    def __str__(self) -> str:
        return f"{self.what} {self.digest[:8]}"
