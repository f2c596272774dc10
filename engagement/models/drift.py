"""Who is slipping away, only with profile consent."""

from django.db import models


class Drift(models.Model):
    """How likely a patron is to come back within 180 days, and the facts that say so.

    `engagement.services.drifting` writes it, set-based, once a night; it goes with profile consent.
    """

    class Fact(models.TextChoices):
        RECENCY = "recency", "how long ago"
        RHYTHM = "rhythm", "their own rhythm"
        FREQUENCY = "frequency", "how often"

    patron = models.OneToOneField("patrons.Patron", on_delete=models.CASCADE, primary_key=True, related_name="drift")
    days = models.PositiveIntegerField(help_text="Days on which the patron did something with the library.")
    first_day = models.DateField()
    last_day = models.DateField()
    rhythm_days = models.FloatField(null=True, blank=True, help_text="Usual days between two of these; None: only one.")
    chance = models.FloatField(help_text="Of coming back within 180 days, 0 to 1.")
    fact = models.CharField(max_length=9, choices=Fact.choices, help_text="What weighed most.")
    model = models.PositiveIntegerField(help_text="Number of the fitted model.")
    counted_on = models.DateField()

    class Meta:
        constraints = [models.CheckConstraint(name="drift_chance", condition=models.Q(chance__range=(0, 1)))]
        # The list goes by chance and passes over those last seen long ago.
        indexes = [models.Index(fields=["chance", "patron", "last_day"], name="drift_list")]

    def __str__(self) -> str:
        return f"{self.patron_id}: {self.chance:.2f}"


class DriftModel(models.Model):
    """One fit of the model to the library's own history, or the published one it starts with."""

    number = models.PositiveIntegerField(unique=True)
    fitted_at = models.DateTimeField()
    weights = models.JSONField(help_text="Name of each feature and its weight.")
    rests_on = models.PositiveIntegerField(help_text="Reader-months it was fitted to; 0: the published weights.")
    quality = models.JSONField(default=dict, help_text="AUC and Brier score beside recency and the base rate.")

    def __str__(self) -> str:
        return f"Drift model {self.number}"
