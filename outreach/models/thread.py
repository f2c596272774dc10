"""Everything exchanged about one subject."""

from django.db import models

from outreach.querysets import ThreadQuerySet


class Thread(models.Model):
    """Everything exchanged about one subject with one patron, or with someone who commented on a page of ours.

    It waits for us while `waiting_since` is set: someone wrote and nobody has answered, put off or closed it.
    """

    class Channel(models.TextChoices):
        MAIL = "mail", "by mail"
        SOCIAL = "social", "on our social pages"

    patron = models.ForeignKey(
        "patrons.Patron",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="threads",
        help_text="None: a comment by someone we do not know.",
    )
    subject = models.CharField(max_length=200)
    started_at = models.DateTimeField()
    generation_shift = models.IntegerField(
        default=0, help_text="What is added to the generation of a link mailed before two records were joined."
    )
    channel = models.CharField(max_length=6, choices=Channel.choices, default=Channel.MAIL)
    branch = models.ForeignKey("library.Branch", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    author = models.CharField(max_length=120, blank=True, help_text="The name a comment was signed with.")
    page = models.CharField(max_length=60, blank=True, help_text="Where it was said, e.g. Facebook.")
    address = models.URLField(max_length=500, blank=True, help_text="The comment's own address.")
    source_key = models.CharField(max_length=120, blank=True, help_text="What makes an imported comment the same one.")
    # What the inbox shows.
    waiting_since = models.DateTimeField(null=True, blank=True, help_text="The oldest words nobody has answered.")
    snoozed_until = models.DateTimeField(null=True, blank=True)
    assigned_to = models.ForeignKey(
        "library.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="threads"
    )
    promise = models.ForeignKey(
        "engagement.Promise",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="By when we answer what waits.",
    )
    draft = models.TextField(max_length=6000, blank=True, help_text="An answer somebody is writing.")
    draft_by = models.ForeignKey("library.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    draft_version = models.PositiveIntegerField(default=0, help_text="Grows with every saved draft.")

    objects = ThreadQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="thread_with_someone", condition=models.Q(patron__isnull=False) | models.Q(channel="social")
            ),
            models.UniqueConstraint(
                fields=["source_key"], condition=~models.Q(source_key=""), name="thread_once_per_source"
            ),
        ]
        indexes = [
            models.Index(
                fields=["waiting_since", "id"],
                name="thread_waiting",
                condition=models.Q(waiting_since__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return self.subject
