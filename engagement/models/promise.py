"""What we told a patron we would do."""

from django.db import models

from engagement.querysets import PromiseQuerySet


class Promise(models.Model):
    """A promise with a due time: open, kept (in time or late) or withdrawn.

    The patron goes when the person is erased; whether promises are kept stays countable.
    """

    class Kind(models.TextChoices):
        LETTER = "letter", "a letter with suggestions"
        WORD = "word", "a word given"

    kind = models.CharField(max_length=10, choices=Kind.choices)
    patron = models.ForeignKey("patrons.Patron", on_delete=models.SET_NULL, null=True, related_name="promises")
    branch = models.ForeignKey("library.Branch", on_delete=models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField()
    due_at = models.DateTimeField()
    kept_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = PromiseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="promise_kept_or_withdrawn", condition=models.Q(kept_at=None) | models.Q(withdrawn_at=None)
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], name="promise_open", condition=models.Q(kept_at=None, withdrawn_at=None)),
            models.Index(fields=["kept_at"], name="promise_kept"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} by {self.due_at:%Y-%m-%d}"
