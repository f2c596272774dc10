"""The library's own words for its mails."""

from django.db import models

from outreach.querysets import MailTemplateQuerySet


class MailTemplate(models.Model):
    """One version of the words of one mail in one language; the newest is in force. An earlier one never changes.

    Words hold `{placeholders}` from a fixed list (outreach.mail.words). Empty words: the ones we ship, again.
    """

    name = models.CharField(max_length=24, help_text="Which mail: check_in, acknowledgement, ...")
    language = models.CharField(max_length=2)
    version = models.PositiveIntegerField()
    subject = models.CharField(max_length=250, blank=True)
    body = models.TextField(max_length=8000, blank=True)
    by = models.ForeignKey("library.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    published_at = models.DateTimeField()

    objects = MailTemplateQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name", "language", "version"], name="mail_template_version_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.language}, version {self.version}"
