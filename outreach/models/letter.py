"""The librarian's answer."""

from django.db import models

from outreach.models.request import Request
from outreach.querysets import LetterQuerySet, PickQuerySet


class Letter(models.Model):
    """A personal note plus picks; a draft until it is sent, sent once.

    `version` grows with every saved draft, so that two tabs cannot overwrite each other unseen.
    """

    request = models.OneToOneField(Request, on_delete=models.CASCADE, related_name="letter")
    librarian = models.ForeignKey("library.User", on_delete=models.PROTECT, related_name="letters")
    note = models.TextField(max_length=6000, blank=True)
    check_in_days = models.PositiveSmallIntegerField()
    minutes = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Staff minutes, as the librarian says.")
    version = models.PositiveIntegerField(default=1)
    saved_at = models.DateTimeField()
    sent_at = models.DateTimeField(
        null=True, blank=True, help_text="When the librarian sent it; the mail leaves after the undo time."
    )

    objects = LetterQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["librarian", "-sent_at"], name="letter_sent")]

    def __str__(self) -> str:
        return f"Letter for {self.request.reference}"


class Pick(models.Model):
    """One title in a letter, with its own 'why this for you'."""

    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="picks")
    title = models.ForeignKey("catalog.Title", on_delete=models.PROTECT, related_name="picks")
    position = models.PositiveSmallIntegerField()
    why = models.TextField(max_length=1500, blank=True)
    stretch = models.BooleanField(default=False)

    objects = PickQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["letter", "title"], name="pick_once_per_letter")]

    def __str__(self) -> str:
        return self.title.name
