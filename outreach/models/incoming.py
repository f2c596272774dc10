"""What comes in: mails, their files, and what providers tell of ours."""

from django.db import models

from outreach.querysets import ProviderEventQuerySet, ReplyQuerySet


class Reply(models.Model):
    """One incoming mail or comment, told apart by what it is; only a human reply is anybody's words to us.

    Without a thread it lies in the tray of what nobody could place, with `proposed` as a guess for a person.
    """

    class Kind(models.TextChoices):
        REPLY = "reply", "written by a person"
        AUTO_REPLY = "auto_reply", "answered by a machine"
        BOUNCE = "bounce", "delivery report"
        COMPLAINT = "complaint", "complaint"
        OTHER = "other", "something else"

    class Match(models.TextChoices):
        NONE = "", "not placed"
        ADDRESS = "address", "by the address it was sent to"
        REFERENCE = "reference", "by the mail it answers"
        PERSON = "person", "by a member of staff"
        ENTERED = "entered", "entered by staff"

    key = models.CharField(max_length=64, unique=True, help_text="Digest of its Message-ID, else of all of it.")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    thread = models.ForeignKey(
        "outreach.Thread", on_delete=models.CASCADE, null=True, blank=True, related_name="replies"
    )
    patron = models.ForeignKey(
        "patrons.Patron", on_delete=models.CASCADE, null=True, blank=True, related_name="replies"
    )
    about = models.ForeignKey(
        "outreach.Message",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="replies",
        help_text="The mail of ours it answers or reports on.",
    )
    proposed = models.ForeignKey("outreach.Thread", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    matched_by = models.CharField(max_length=9, choices=Match.choices, default=Match.NONE, blank=True)
    message_id = models.CharField(max_length=300, blank=True, help_text="As it came; an answer of ours refers to it.")
    from_address = models.CharField(max_length=254, blank=True)
    from_name = models.CharField(max_length=120, blank=True)
    to_address = models.CharField(max_length=254, blank=True)
    subject = models.CharField(max_length=250, blank=True)
    text = models.TextField(blank=True, help_text="What they wrote, without what they quoted.")
    quoted = models.TextField(blank=True, help_text="Quoted words and signature, folded away.")
    html = models.TextField(blank=True, help_text="The same as HTML, cleaned; empty where there was none.")
    received_at = models.DateTimeField()
    cut = models.BooleanField(default=False, help_text="It was longer than what is kept.")
    # Of delivery reports and complaints.
    reported_address = models.CharField(max_length=254, blank=True)
    status = models.CharField(max_length=20, blank=True, help_text="RFC 3463, e.g. 5.1.1.")
    permanent = models.BooleanField(null=True, blank=True)
    trusted = models.BooleanField(default=False, help_text="It names our signed return path or a Message-ID of ours.")
    # What a person did with it.
    handled_at = models.DateTimeField(null=True, blank=True, help_text="Answered, done, or put away from the tray.")
    handled_by = models.ForeignKey("library.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    objects = ReplyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="reply_kind_known",
                condition=models.Q(kind__in=["reply", "auto_reply", "bounce", "complaint", "other"]),
            ),
        ]
        indexes = [
            models.Index(fields=["thread", "received_at"], name="reply_thread"),
            models.Index(
                fields=["-received_at", "-id"],
                name="reply_unplaced",
                condition=models.Q(thread=None, handled_at=None),
            ),
            models.Index(
                fields=["reported_address", "received_at"],
                name="reply_reported",
                condition=~models.Q(reported_address=""),
            ),
        ]

    def __str__(self) -> str:
        return self.subject or self.get_kind_display()


class ReplyFile(models.Model):
    """A file that came with a reply, kept within limits."""

    reply = models.ForeignKey(Reply, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField(help_text="Bytes, as it came.")
    content = models.BinaryField(null=True, help_text="None: too large, or of a kind we do not keep.")

    def __str__(self) -> str:
        return self.name


class ProviderEvent(models.Model):
    """What a mail service told us of one mail; kept as it came for 30 days, applied by rank."""

    source = models.CharField(max_length=20, help_text="mailgun, postmark, ...")
    event_id = models.CharField(max_length=128, help_text="The service's own, else a digest of the call.")
    kind = models.CharField(max_length=16, help_text="Anymail's event type: delivered, bounced, complained, ...")
    message = models.ForeignKey(
        "outreach.Message", on_delete=models.SET_NULL, null=True, blank=True, related_name="events"
    )
    message_key = models.CharField(max_length=200, blank=True, help_text="What the service calls the mail.")
    recipient = models.CharField(max_length=254, blank=True)
    status = models.CharField(max_length=20, blank=True)
    permanent = models.BooleanField(null=True, blank=True)
    words = models.CharField(max_length=300, blank=True, help_text="The other server's own words.")
    happened_at = models.DateTimeField()
    received_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True, blank=True, help_text="None: the mail is not known yet.")
    raw = models.TextField(blank=True, help_text="The call as it came.")

    objects = ProviderEventQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "event_id"], name="provider_event_once")]
        indexes = [
            models.Index(fields=["message_key"], name="event_waiting", condition=models.Q(applied_at=None)),
            models.Index(fields=["received_at"], name="event_received"),
            models.Index(
                fields=["recipient", "happened_at"], name="event_recipient", condition=~models.Q(recipient="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} ({self.source})"
