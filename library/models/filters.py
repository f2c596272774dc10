"""Filters of a list that somebody wants to see again."""

from django.conf import settings
from django.db import models


class SavedFilter(models.Model):
    """A name for a query of a list: private, or shared by everyone who works for the branch (none: all branches)."""

    page = models.CharField(max_length=20)
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=1000)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_filters")
    shared = models.BooleanField(default=False)
    branch = models.ForeignKey("library.Branch", on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "page", "name"], name="saved_filter_once")]

    def __str__(self) -> str:
        return self.name
