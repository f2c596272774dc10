"""Why a librarian should write to someone."""

from django.db import models

from outreach.querysets import ContactReasonQuerySet


class ContactReason(models.Model):
    """A task with its reason, e.g. a pick the reader could not get."""

    class Kind(models.TextChoices):
        COULD_NOT_GET = "could_not_get", "could not get a pick"

    patron = models.ForeignKey("patrons.Patron", on_delete=models.CASCADE, related_name="contact_reasons")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    pick = models.ForeignKey("outreach.Pick", on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    source_key = models.CharField(max_length=80, unique=True)
    opened_at = models.DateTimeField()
    later_until = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey("library.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    objects = ContactReasonQuerySet.as_manager()

    def __str__(self) -> str:
        return self.get_kind_display()
