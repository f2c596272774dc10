"""The transactional side that libraries already have: likes, shares, sign-ups. Never about a person."""

from django.db import models


class MarketingNumber(models.Model):
    """One number of one channel and campaign on one day, in aggregate only."""

    class Measure(models.TextChoices):
        LIKES = "likes", "likes"
        SHARES = "shares", "shares"
        COMMENTS = "comments", "comments"
        DIRECT_MESSAGES = "direct_messages", "direct messages"
        SIGN_UPS = "sign_ups", "sign-ups"
        DATABASE_USE = "database_use", "uses of a database"

    channel = models.CharField(max_length=60)
    campaign = models.CharField(max_length=120, blank=True)
    measure = models.CharField(max_length=15, choices=Measure.choices)
    day = models.DateField()
    branch = models.ForeignKey("library.Branch", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    value = models.PositiveIntegerField()
    replaced = models.PositiveIntegerField(null=True, blank=True, help_text="What it was before that import.")
    import_run = models.BigIntegerField(null=True, blank=True, help_text="Number of the import that wrote it.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "campaign", "measure", "day", "branch"],
                name="marketing_number_once",
                nulls_distinct=False,
            ),
        ]
        indexes = [models.Index(fields=["day"], name="marketing_day")]

    def __str__(self) -> str:
        return f"{self.channel} {self.measure} {self.day}"
