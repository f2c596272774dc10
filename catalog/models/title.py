"""Works a librarian can suggest."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from catalog.models.term import Term
from catalog.querysets import TitleQuerySet


class Title(models.Model):
    """A work in the catalogue.

    `violence`, `sex`, `swearing` and `sadness` say whether the book is known to contain what a reader may
    want to be spared: yes, no, or (None) not known. Not known is never taken as a pass.
    """

    name = models.CharField(max_length=500)
    authors = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    original_name = models.CharField(
        max_length=500, blank=True, help_text="In its own script or language, where it differs."
    )
    year = models.SmallIntegerField(null=True, blank=True)
    language = models.CharField(
        max_length=3, blank=True, help_text="ISO 639 code as the source gives it; empty: not known."
    )
    audience = models.CharField(max_length=5, blank=True, help_text="adult, teen, child; empty: not known.")
    isbns = ArrayField(
        models.CharField(max_length=13), default=list, blank=True, help_text="ISBN-13 with a valid checksum."
    )
    fiction = models.BooleanField(null=True, blank=True)
    pages = models.PositiveIntegerField(null=True, blank=True)
    formats = ArrayField(models.CharField(max_length=12), default=list, blank=True)
    violence = models.BooleanField(null=True, blank=True)
    sex = models.BooleanField(null=True, blank=True)
    swearing = models.BooleanField(null=True, blank=True)
    sadness = models.BooleanField(null=True, blank=True)
    terms = models.ManyToManyField(Term, blank=True, related_name="titles")
    source = models.CharField(max_length=40, help_text="Which catalogue it came from.")
    source_key = models.CharField(
        max_length=120, help_text="Its number there; the same file again updates, never doubles."
    )
    search_text = models.TextField(editable=False, help_text="Folded name, authors and ISBNs for trigram search.")

    objects = TitleQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "source_key"], name="title_once_per_source")]
        indexes = [
            GinIndex(fields=["search_text"], name="title_search", opclasses=["gin_trgm_ops"]),
            GinIndex(fields=["isbns"], name="title_isbns"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def by(self) -> str:
        """The authors as one line."""
        return ", ".join(self.authors)
