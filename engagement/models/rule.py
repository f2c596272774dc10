"""The published, versioned table that says what counts, and how much."""

from django.db import models


class RuleVersion(models.Model):
    """One published state of the rule table. Scores name the version they were counted with."""

    number = models.PositiveIntegerField(unique=True)
    published_at = models.DateTimeField()
    note = models.CharField(max_length=200, blank=True)
    s50_relational = models.FloatField(help_text="The relational sum that shows as 50.")
    s50_transactional = models.FloatField(help_text="The transactional sum that shows as 50.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="s50_positive", condition=models.Q(s50_relational__gt=0, s50_transactional__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return f"Rules {self.number}"


class Rule(models.Model):
    """How one kind of interaction is judged: the five tests of DESIGN section 5 and a weight.

    A test is `yes`, `no`, or `event`: then the single event answers it (e.g. "was it answered?").
    """

    class Verdict(models.TextChoices):
        YES = "yes", "yes"
        NO = "no", "no"
        EVENT = "event", "the event says"

    version = models.ForeignKey(RuleVersion, on_delete=models.CASCADE, related_name="rules")
    kind = models.CharField(max_length=40)
    label = models.CharField(max_length=80)
    definition = models.CharField(max_length=300)
    named_people = models.CharField(max_length=5, choices=Verdict.choices)
    patron_took_part = models.CharField(max_length=5, choices=Verdict.choices)
    used_knowledge = models.CharField(max_length=5, choices=Verdict.choices)
    continued = models.CharField(max_length=5, choices=Verdict.choices)
    gave_something = models.CharField(max_length=5, choices=Verdict.choices)
    weight = models.FloatField()
    ceiling = models.FloatField(help_text="The most points one event of this kind can bring; more is refused.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "kind"], name="rule_once_per_version"),
            models.CheckConstraint(name="rule_weight_positive", condition=models.Q(weight__gte=0, ceiling__gte=0)),
        ]

    def __str__(self) -> str:
        return self.label
