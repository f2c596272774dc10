"""The outbox: one row, one message, at most once."""

from django.db import models

from outreach.querysets import MessageQuerySet


class Message(models.Model):
    """One outgoing mail. The bodies hold `{link:purpose}`; addresses are filled in only while sending.

    States: queued -> sending -> sent | failed | unknown | cancelled (DESIGN section 6).
    """

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting to leave"
        SENDING = "sending", "Leaving now"
        SENT = "sent", "Sent"
        FAILED = "failed", "Not delivered"
        UNKNOWN = "unknown", "In doubt"
        CANCELLED = "cancelled", "Not sent"

    class Kind(models.TextChoices):
        ANSWERING = "answering", "answering"
        ASKED_FOR = "asked_for", "asked for"
        LIBRARY_STARTED = "library_started", "started by the library"

    class Phase(models.TextChoices):
        NONE = "", "not begun"
        DATA = "data", "handing over"

    purpose = models.CharField(max_length=24, help_text="acknowledgement, letter, check_in, reminder, ...")
    object_key = models.CharField(max_length=40, help_text="What it is about, e.g. 'letter:12'.")
    step = models.PositiveSmallIntegerField(default=1)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    consent = models.CharField(
        max_length=10, blank=True, help_text="Purpose whose consent must hold when it leaves; empty: none."
    )
    patron = models.ForeignKey("patrons.Patron", on_delete=models.CASCADE, related_name="messages")
    thread = models.ForeignKey(
        "outreach.Thread", on_delete=models.CASCADE, null=True, blank=True, related_name="messages"
    )
    branch = models.ForeignKey("library.Branch", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    language = models.CharField(max_length=2)
    to_address = models.EmailField(max_length=254)
    to_name = models.CharField(max_length=120, blank=True)
    from_name = models.CharField(max_length=120, blank=True)
    reply_to = models.EmailField(max_length=254, blank=True)
    subject = models.CharField(max_length=250)
    body_text = models.TextField()
    body_html = models.TextField()
    links = models.JSONField(
        default=dict, help_text="Placeholder purpose to object key, for the links filled in while sending."
    )
    message_id = models.CharField(max_length=200, unique=True)
    state = models.CharField(max_length=9, choices=State.choices, default=State.QUEUED)
    reason = models.CharField(max_length=300, blank=True)
    queued_at = models.DateTimeField()
    due_at = models.DateTimeField()
    not_after = models.DateTimeField()
    attempt = models.PositiveIntegerField(
        default=0, help_text="Grows with every claim; a late worker's result is fenced by it."
    )
    refusals = models.PositiveSmallIntegerField(
        default=0, help_text="Times it was put off by the mail server; decides the wait."
    )
    lease_until = models.DateTimeField(null=True, blank=True)
    phase = models.CharField(max_length=4, choices=Phase.choices, default=Phase.NONE, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey("library.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    objects = MessageQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["purpose", "object_key", "step"], name="message_once"),
            models.CheckConstraint(
                name="message_state_known",
                condition=models.Q(state__in=["queued", "sending", "sent", "failed", "unknown", "cancelled"]),
            ),
            models.CheckConstraint(
                name="message_lease_while_sending",
                condition=models.Q(state="sending", lease_until__isnull=False)
                | (~models.Q(state="sending") & models.Q(lease_until=None)),
            ),
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], name="message_due", condition=models.Q(state="queued")),
            models.Index(fields=["lease_until"], name="message_leases", condition=models.Q(state="sending")),
            models.Index(fields=["-queued_at", "-id"], name="message_newest"),
            models.Index(fields=["patron", "-queued_at"], name="message_patron"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} to {self.to_address}"
