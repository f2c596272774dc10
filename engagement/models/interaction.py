"""The ledger: one line for everything that happens between a patron and the library."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models

from engagement.querysets import InteractionQuerySet

# What a line adds to the stored relational sum (engagement.services.decay: the landmark, and a half-life of 365 days),
# spelled so that the database may index it: the strongest lines of a patron come straight from there.
WEIGHT = models.Func(
    models.F("relational"),
    models.Func(
        models.F("at"),
        template="power(2::float8, (date_part('epoch', %(expressions)s AT TIME ZONE 'UTC') - 946684800) / 31536000)",
        output_field=models.FloatField(),
    ),
    arg_joiner=" * ",
    output_field=models.FloatField(),
    template="(%(expressions)s)",
)


class Interaction(models.Model):
    """One line of the ledger; `engagement.services.ledger` is its only writer.

    Law 6: a line always keeps kind, branch, audience, language, points and day. Patron, exact time, title and
    thread are kept only while that patron has consented to a profile. `source_key` is a keyed digest, so that a
    line without a patron leads nowhere.
    """

    class StartedBy(models.TextChoices):
        PATRON = "patron", "the reader"
        LIBRARY = "library", "the library"

    source_key = models.CharField(max_length=64)
    kind = models.CharField(max_length=40)
    day = models.DateField()
    at = models.DateTimeField(null=True)
    # Its index is `interaction_patron`.
    patron = models.ForeignKey(
        "patrons.Patron", on_delete=models.SET_NULL, null=True, related_name="interactions", db_index=False
    )
    # Nothing reads the lines of one branch or colleague but with a time, for which `interaction_day` serves.
    branch = models.ForeignKey("library.Branch", on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    audience = models.CharField(max_length=5)
    language = models.CharField(max_length=2)
    started_by = models.CharField(max_length=7, choices=StartedBy.choices)
    tests = models.CharField(max_length=5, help_text="The five tests as answered for this event, e.g. 'yynyn'.")
    answers = models.CharField(
        max_length=5,
        db_default="-----",
        help_text="What the event itself answered, '-' where it was silent; any rules can judge it again.",
    )
    transactional = models.FloatField(help_text="Points at the time of the event.")
    relational = models.FloatField(help_text="Points at the time of the event.")
    rules = models.PositiveIntegerField(help_text="Number of the rule version that judged it.")
    value = models.CharField(max_length=40, blank=True, help_text="Answer, rating or other short value of the kind.")
    wait_minutes = models.PositiveIntegerField(null=True, help_text="How long the reader had waited for it.")
    minutes = models.PositiveSmallIntegerField(null=True, help_text="Staff minutes spent.")
    staff = models.ForeignKey("library.User", on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    thread = models.BigIntegerField(null=True, help_text="Number of the thread it belongs to.")
    # Its index is `interaction_title`.
    title = models.ForeignKey("catalog.Title", on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    recorded_at = models.DateField(help_text="Day the line was written.")
    import_run = models.BigIntegerField(null=True, blank=True, help_text="Number of the import that wrote it.")

    objects = InteractionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source_key"], name="interaction_once"),
            models.CheckConstraint(
                name="interaction_person_or_day",
                condition=models.Q(patron__isnull=False, at__isnull=False)
                | models.Q(patron=None, at=None, title=None, thread=None),
                violation_error_message="A line without a patron keeps only its day.",
            ),
            models.CheckConstraint(
                name="interaction_points_positive", condition=models.Q(transactional__gte=0, relational__gte=0)
            ),
        ]
        indexes = [
            models.Index(fields=["patron", "-at"], name="interaction_patron", condition=models.Q(patron__isnull=False)),
            models.Index(
                "patron",
                WEIGHT.desc(),
                name="interaction_relational",
                condition=models.Q(patron__isnull=False, relational__gt=0),
            ),
            models.Index(fields=["title"], name="interaction_title", condition=models.Q(title__isnull=False)),
            # Several spans for each stretch of pages: new lines also fill gaps between old ones, and one span from the
            # oldest to the newest of them would soon have every count read the whole table.
            BrinIndex(fields=["day"], name="interaction_day", opclasses=["date_minmax_multi_ops"], autosummarize=True),
            models.Index(
                fields=["import_run"], name="interaction_import", condition=models.Q(import_run__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.kind}"
