"""What we learned of a reader's taste, piece by piece."""

from django.db import models

from outreach.querysets import TasteQuerySet


class Taste(models.Model):
    """One piece of evidence: a term, liked or disliked, because of one answer or one book named on a form.

    Exists only with profile consent. Shown summed by term; the reader can delete a term for good (`removed_at`
    stays, so that the same evidence does not bring it back).
    """

    class Kind(models.TextChoices):
        APPEAL = "appeal", "appeal"
        GENRE = "genre", "genre"
        SUBJECT = "subject", "subject"
        AUTHOR = "author", "author"
        TITLE = "title", "title"

    patron = models.ForeignKey("patrons.Patron", on_delete=models.CASCADE, related_name="taste")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    name = models.CharField(max_length=300)
    liked = models.BooleanField()
    weight = models.FloatField(help_text="1 for loved or not for me, less for weaker words.")
    answer = models.ForeignKey("outreach.Answer", on_delete=models.CASCADE, null=True, blank=True, related_name="taste")
    named = models.ForeignKey(
        "outreach.RequestTitle", on_delete=models.CASCADE, null=True, blank=True, related_name="taste"
    )
    learned_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = TasteQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patron", "kind", "name", "answer", "named"],
                nulls_distinct=False,
                name="taste_once_per_evidence",
            ),
            models.CheckConstraint(
                name="taste_one_evidence",
                condition=models.Q(answer__isnull=False, named=None) | models.Q(answer=None, named__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{'likes' if self.liked else 'dislikes'} {self.name}"
