"""The pulse: a weekly random sample is asked how the library does for them."""

from django.db import models


class Pulse(models.Model):
    """One time a reader was asked. The patron is kept until the answer or the end of the link, or with profile consent.

    Answers of the 0-10 question (`recommend`), the four outcome questions (1 to 5, agreement) and once a year the
    feeling/thinking/doing scale.
    """

    class Wave(models.TextChoices):
        WEEKLY = "weekly", "weekly"
        YEARLY = "yearly", "yearly, with the longer scale"

    patron = models.ForeignKey("patrons.Patron", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    wave = models.CharField(max_length=6, choices=Wave.choices)
    branch = models.ForeignKey("library.Branch", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    audience = models.CharField(max_length=5)
    language = models.CharField(max_length=2)
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    recommend = models.PositiveSmallIntegerField(null=True, blank=True, help_text="0 to 10.")
    learned = models.PositiveSmallIntegerField(null=True, blank=True, help_text="1 to 5.")
    confident = models.PositiveSmallIntegerField(null=True, blank=True, help_text="1 to 5.")
    will_do = models.PositiveSmallIntegerField(null=True, blank=True, help_text="1 to 5.")
    aware = models.PositiveSmallIntegerField(null=True, blank=True, help_text="1 to 5.")
    feeling = models.FloatField(null=True, blank=True, help_text="Mean of its items, 1 to 5.")
    thinking = models.FloatField(null=True, blank=True, help_text="Mean of its items, 1 to 5.")
    doing = models.FloatField(null=True, blank=True, help_text="Mean of its items, 1 to 5.")
    words = models.TextField(max_length=2000, blank=True)
    may_quote = models.BooleanField(default=False, help_text="The reader allowed the words to be quoted.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="pulse_recommend", condition=models.Q(recommend=None) | models.Q(recommend__range=(0, 10))
            ),
        ]
        indexes = [
            models.Index(fields=["asked_at"], name="pulse_asked"),
            models.Index(fields=["patron", "-asked_at"], name="pulse_patron", condition=models.Q(patron__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.wave} {self.asked_at:%Y-%m-%d}"
