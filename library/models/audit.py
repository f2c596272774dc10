"""Who did what, line by line, each line bound to the one before."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class AuditLine(models.Model):
    """One act: who, when, on which object, which fields; never a value.

    Only ever added to: the database refuses to change or delete a line. `digest` covers the line and the digest before
    it, so that a changed, missing or inserted line shows. A patron stands here as a random reference whose key row
    (patrons.AuditReference) goes when the person is erased.
    """

    at = models.DateTimeField()
    actor = models.CharField(max_length=150, help_text="Name at sign-in; empty: a program or a reader.")
    what = models.CharField(max_length=40, help_text="What was done, e.g. 'note.viewed'.")
    thing = models.CharField(max_length=40, help_text="Kind of the object, e.g. 'patron'.")
    reference = models.CharField(max_length=40, blank=True, help_text="Its number, or a patron's random reference.")
    fields = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    previous = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64, unique=True)

    class Meta:
        indexes = [
            models.Index(fields=["thing", "reference"], name="audit_object"),
            models.Index(fields=["actor", "-id"], name="audit_actor_newest"),
            models.Index(fields=["thing", "-id"], name="audit_thing_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor} {self.what}"
