"""The published, versioned table that says what counts, and how much."""

from django.conf import settings
from django.db import models


class RuleVersion(models.Model):
    """One published state of the rule table. Scores name the version they were counted with."""

    number = models.PositiveIntegerField(unique=True)
    published_at = models.DateTimeField()
    note = models.CharField(max_length=200, blank=True)
    s50_relational = models.FloatField(help_text="The relational sum that shows as 50.")
    s50_transactional = models.FloatField(help_text="The transactional sum that shows as 50.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    # Judging the whole ledger again takes minutes; a worker does it in pieces (engagement.services.rejudging).
    judged_to = models.BigIntegerField(default=0, help_text="Number of the last line it has judged again.")
    judged_of = models.BigIntegerField(default=0, help_text="Number of the last line there was when it was published.")
    judged_at = models.DateTimeField(null=True, blank=True, help_text="When every older line and score followed it.")
    beat_at = models.DateTimeField(null=True, blank=True, help_text="When a worker last did a piece.")

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

    class Group(models.TextChoices):
        """The six groups of what customers do towards a shop (reference: the bookseller study of 2012)."""

        ADVICE_GIVEN = "advice_given", "advice and reviews"
        COMMUNICATION = "communication", "communication"
        SERVICE = "service", "service"
        ADVICE_ASKED = "advice_asked", "advice requests"
        COMMUNITY = "community", "community life"
        CO_CREATION = "co_creation", "co-creation"

    class Outcome(models.TextChoices):
        DONATION = "donation", "donations"
        VOLUNTEERING = "volunteering", "volunteering"
        ADVOCACY = "advocacy", "speaking up"
        REFERRAL = "referral", "people brought"

    class Channel(models.TextChoices):
        """Where it happens; the table is read in this order."""

        BORROWING = "borrowing", "borrowing"
        PLACE = "place", "in the building"
        ONLINE = "online", "online"
        ASKING = "asking", "asking and answering"
        LETTERS = "letters", "letters and check-ins"
        TALKING = "talking", "talking and writing"
        COMMUNITY = "community", "among readers"
        GIVING = "giving", "giving"

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
    group = models.CharField(
        max_length=14, choices=Group.choices, blank=True, help_text="Where it stands in the contact mix."
    )
    outcome = models.CharField(max_length=12, choices=Outcome.choices, blank=True, help_text="The gift it is, if any.")
    shows_use = models.BooleanField(default=False, help_text="Whether it makes a reader an active one.")
    channel = models.CharField(max_length=9, choices=Channel.choices, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "kind"], name="rule_once_per_version"),
            models.CheckConstraint(name="rule_weight_positive", condition=models.Q(weight__gte=0, ceiling__gte=0)),
        ]

    def __str__(self) -> str:
        return self.label


class RuleDraft(models.Model):
    """The table a manager is working on, in one row; nothing is judged by it until it is published.

    One that was set aside stays until the next one is begun, so that it can be taken up again.
    """

    table = models.JSONField(help_text="One object a kind, with the fields of Rule.")
    s50_relational = models.FloatField()
    s50_transactional = models.FloatField()
    note = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    saved_at = models.DateTimeField()
    set_aside_at = models.DateTimeField(null=True, blank=True)
    effect_asked_at = models.DateTimeField(null=True, blank=True, help_text="When its effect is to be counted.")
    effect_beat_at = models.DateTimeField(null=True, blank=True, help_text="When a worker began to count.")
    effect = models.JSONField(
        default=dict, blank=True, help_text="What publishing would change, suppressed, and of which state it is."
    )

    class Meta:
        constraints = [models.CheckConstraint(name="rule_draft_one_row", condition=models.Q(pk=1))]

    def __str__(self) -> str:
        return "Draft of the rules"
