"""Loans from the library system."""

from django.db import models

from engagement.querysets import LoanQuerySet


class Loan(models.Model):
    """A patron borrowed a title.

    `source_key` is the same keyed digest as that of its ledger line. The patron is kept while the loan is out; once it
    is returned, only as the reader's choice and the library's default allow (engagement.services.history). Dates that
    the source knows only in part stand as they came in `borrowed_as` and `returned_as` ('1939', '1939-05', '--05-25').
    """

    source_key = models.CharField(max_length=64, unique=True)
    patron = models.ForeignKey("patrons.Patron", on_delete=models.SET_NULL, null=True, blank=True, related_name="loans")
    title = models.ForeignKey("catalog.Title", on_delete=models.SET_NULL, null=True, blank=True, related_name="loans")
    title_words = models.CharField(max_length=200, blank=True, help_text="What the file calls it, where no title fits.")
    branch = models.ForeignKey("library.Branch", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    borrowed_at = models.DateTimeField(null=True, blank=True)
    borrowed_as = models.CharField(max_length=10, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    returned_at = models.DateTimeField(null=True, blank=True)
    returned_as = models.CharField(max_length=10, blank=True)
    renewals = models.PositiveSmallIntegerField(default=0)
    let_go = models.BooleanField(
        default=False,
        help_text="Who had it was forgotten, as the reader or the library wanted; no import says it again.",
    )

    objects = LoanQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["patron", "-borrowed_at"], name="loan_patron", condition=models.Q(patron__isnull=False)
            ),
            models.Index(fields=["title"], name="loan_title", condition=models.Q(title__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.title_id or self.title_words} {self.borrowed_as or self.borrowed_at}"


class LoanChange(models.Model):
    """What one import did to one loan: `before` is empty for a new one. Kept while the import can be undone.

    `before` and `after` never say who had the loan, only whether a reader stood there ('linked'): the journal must not
    know what the loan itself has to forget.

    Without database constraints on the two keys: an import writes a million of these at once.
    """

    run = models.ForeignKey(
        "library.ImportRun", on_delete=models.CASCADE, related_name="loan_changes", db_constraint=False
    )
    loan = models.ForeignKey(Loan, on_delete=models.CASCADE, related_name="import_changes", db_constraint=False)
    line = models.PositiveIntegerField()
    before = models.JSONField(null=True)
    after = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"line {self.line} of run {self.run_id}"
