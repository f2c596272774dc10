"""What a patron agreed to, word by word, and which addresses must not be written to."""

from django.db import models

from patrons.models.patron import Patron
from patrons.querysets import ConsentQuerySet, SuppressionQuerySet


class Consent(models.Model):
    """One purpose, agreed to once, with the exact words that were shown."""

    class Purpose(models.TextChoices):
        CHECK_IN = "check_in", "Check-ins"
        PROFILE = "profile", "Taste and score"
        PROACTIVE = "proactive", "Suggestions without asking"
        COMMUNITY = "community", "Circles"
        PULSE = "pulse", "Questions about the library"

    patron = models.ForeignKey(Patron, on_delete=models.CASCADE, related_name="consents")
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    wording = models.TextField()
    wording_version = models.CharField(max_length=20)
    language = models.CharField(max_length=2)
    how = models.CharField(max_length=20, help_text="form, answer, my page, staff, import")
    given_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = ConsentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patron", "purpose"], condition=models.Q(withdrawn_at=None), name="consent_once_per_purpose"
            ),
            models.CheckConstraint(
                name="consent_purpose_known",
                condition=models.Q(purpose__in=["check_in", "profile", "proactive", "community", "pulse"]),
            ),
        ]
        indexes = [
            # Every tick looks for profiles that ended while nobody could take down what rested on them.
            models.Index(
                fields=["withdrawn_at"],
                name="consent_profile_ended",
                condition=models.Q(purpose="profile", withdrawn_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} given {self.given_at:%Y-%m-%d}"


class Suppression(models.Model):
    """An address that gets no mail, whoever it belongs to, until someone lifts it with a reason."""

    class Cause(models.TextChoices):
        STAFF = "staff", "entered by staff"
        READER = "reader", "the reader stopped everything"
        NO_MAILBOX = "no_mailbox", "there is no such mailbox"
        COMPLAINT = "complaint", "the reader called our mail unwanted"
        PAUSE = "pause", "mail came back several times"

    address = models.CharField(max_length=254, help_text="Lower case.")
    cause = models.CharField(max_length=10, choices=Cause.choices, default=Cause.STAFF)
    reason = models.CharField(max_length=200)
    evidence = models.CharField(max_length=300, blank=True, help_text="The other mail server's own words.")
    created_at = models.DateTimeField()
    until = models.DateTimeField(
        null=True, blank=True, help_text="A pause that the tick lifts; None: until somebody lifts it."
    )
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_reason = models.CharField(max_length=200, blank=True)
    lifted_by = models.ForeignKey("library.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    objects = SuppressionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["address"], condition=models.Q(lifted_at=None), name="suppression_once"),
        ]
        indexes = [
            # Every tick looks for pauses that are over.
            models.Index(
                fields=["until"],
                name="suppression_pauses",
                condition=models.Q(lifted_at=None, until__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.address}: {self.reason}"
