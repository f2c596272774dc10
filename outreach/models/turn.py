"""What staff did with what waited in a thread."""

from django.db import models

from outreach.querysets import ThreadTurnQuerySet


class ThreadTurn(models.Model):
    """One time a librarian answered, or set the words aside as done.

    It keeps what the thread looked like before, so that taking it back is exact; then the row goes.
    """

    class Way(models.TextChoices):
        MAIL = "mail", "answered by mail"
        PAGE = "page", "answered on the page"
        DONE = "done", "set aside, no answer needed"

    thread = models.ForeignKey("outreach.Thread", on_delete=models.CASCADE, related_name="turns", db_index=False)
    way = models.CharField(max_length=4, choices=Way.choices)
    words = models.TextField(max_length=6000, blank=True, help_text="What the librarian wrote.")
    by = models.ForeignKey("library.User", on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()
    message = models.OneToOneField(
        "outreach.Message", on_delete=models.SET_NULL, null=True, blank=True, related_name="turn"
    )
    # The thread as it was before.
    waited_since = models.DateTimeField(null=True, blank=True)
    snoozed_until = models.DateTimeField(null=True, blank=True)
    promise = models.ForeignKey(
        "engagement.Promise", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    objects = ThreadTurnQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="turn_way_known", condition=models.Q(way__in=["mail", "page", "done"]))
        ]
        indexes = [
            models.Index(fields=["thread", "at"], name="turn_thread"),
            models.Index(fields=["-at", "-id"], name="turn_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.get_way_display()}, {self.at:%Y-%m-%d}"
