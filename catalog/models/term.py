"""Words that describe books."""

from django.db import models


class Term(models.Model):
    """An appeal term, genre or subject, as one word or phrase."""

    class Kind(models.TextChoices):
        APPEAL = "appeal", "appeal"
        GENRE = "genre", "genre"
        SUBJECT = "subject", "subject"

    kind = models.CharField(max_length=8, choices=Kind.choices)
    name = models.CharField(max_length=160)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "name"], name="term_once")]

    def __str__(self) -> str:
        return self.name
