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

    class Fate(models.TextChoices):
        """What we heard of it after it was sent. Their order is their rank: a later word never takes one back."""

        NONE = "", "nothing heard"
        DEFERRED = "deferred", "still on its way"
        DELIVERED = "delivered", "delivered"
        BOUNCED = "bounced", "came back"
        COMPLAINED = "complained", "called unwanted"

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
    # Every index is written again with each state a message passes through: its keys have one where a page needs it.
    patron = models.ForeignKey("patrons.Patron", on_delete=models.CASCADE, related_name="messages", db_index=False)
    thread = models.ForeignKey(
        # Its index is `message_thread`.
        "outreach.Thread",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="messages",
        db_index=False,
    )
    branch = models.ForeignKey(
        "library.Branch", on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    language = models.CharField(max_length=2)
    to_address = models.EmailField(max_length=254)
    to_name = models.CharField(max_length=120, blank=True)
    from_name = models.CharField(max_length=120, blank=True)
    reply_to = models.EmailField(max_length=254, blank=True)
    subject = models.CharField(max_length=250)
    body_text = models.TextField()
    body_html = models.TextField()
    template = models.CharField(
        max_length=24,
        blank=True,
        help_text="Mail whose words are filled with `facts` when it leaves; empty: as stored.",
    )
    facts = models.JSONField(default=dict, help_text="What fills the words of `template`.")
    in_reply_to = models.CharField(max_length=300, blank=True, help_text="The reader's mail this one answers.")
    links = models.JSONField(
        default=dict, help_text="Placeholder purpose to object key, for the links filled in while sending."
    )
    message_id = models.CharField(max_length=200)
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
    claim = models.UUIDField(null=True, blank=True, help_text="The server's life in which it was claimed.")
    sent_at = models.DateTimeField(null=True, blank=True)
    receipt = models.CharField(max_length=200, blank=True, help_text="What the mail server said when it took it.")
    provider_id = models.CharField(max_length=200, blank=True, help_text="What the mail service calls it.")
    fate = models.CharField(max_length=10, choices=Fate.choices, default=Fate.NONE, blank=True)
    fate_at = models.DateTimeField(null=True, blank=True)
    fate_words = models.CharField(max_length=300, blank=True)
    settled_by = models.ForeignKey(
        "library.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )

    objects = MessageQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["purpose", "object_key", "step"], name="message_once"),
            models.UniqueConstraint(fields=["message_id"], name="message_id_once"),
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
            models.Index(
                fields=["due_at", "id"], name="message_answers", condition=models.Q(state="queued", kind="answering")
            ),
            models.Index(fields=["lease_until"], name="message_leases", condition=models.Q(state="sending")),
            models.Index(
                fields=["id"],
                name="message_answers_lost",
                condition=models.Q(purpose="reply", state__in=["failed", "cancelled"]),
            ),
            models.Index(fields=["queued_at", "id"], name="message_newest"),
            models.Index(fields=["patron", "-queued_at"], name="message_patron"),
            models.Index(
                fields=["state", "queued_at", "id"],
                name="message_to_settle",
                condition=models.Q(state__in=["failed", "unknown"]),
            ),
            models.Index(fields=["sent_at"], name="message_sent", condition=models.Q(sent_at__isnull=False)),
            models.Index(fields=["thread", "id"], name="message_thread", condition=models.Q(thread__isnull=False)),
            models.Index(
                fields=["settled_by"], name="message_settled_by", condition=models.Q(settled_by__isnull=False)
            ),
            models.Index(fields=["provider_id"], name="message_provider", condition=~models.Q(provider_id="")),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} to {self.to_address}"
