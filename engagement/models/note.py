"""What staff wrote down about a talk, a call, a visit or a letter on paper."""

from django.conf import settings
from django.db import models


class Note(models.Model):
    """A desk note. Its words are encrypted with a key outside the database; reading them is logged (NoteView)."""

    class Channel(models.TextChoices):
        DESK = "desk", "at the desk"
        PHONE = "phone", "by phone"
        LETTER = "letter", "letter on paper"
        VISIT = "visit", "visit"
        EMAIL = "email", "by e-mail"

    patron = models.ForeignKey("patrons.Patron", on_delete=models.CASCADE, related_name="notes")
    channel = models.CharField(max_length=6, choices=Channel.choices)
    started_by = models.CharField(max_length=7, help_text="patron or library")
    minutes = models.PositiveSmallIntegerField(null=True, blank=True)
    words = models.BinaryField(help_text="Encrypted; engagement.services.notes opens it.")
    key_id = models.CharField(max_length=16)
    at = models.DateTimeField(help_text="When it happened.")
    written_at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["patron", "-at"], name="note_patron"),
            models.Index(fields=["key_id"], name="note_key"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.at:%Y-%m-%d}"


class NoteView(models.Model):
    """Somebody opened the words of a note."""

    note = models.ForeignKey(Note, on_delete=models.CASCADE, related_name="views")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["note", "-at"], name="note_view_newest")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"
