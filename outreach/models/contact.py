"""Why a librarian should write to someone."""

from django.db import models

from outreach.querysets import ContactReasonQuerySet


class ContactReason(models.Model):
    """One reason to get in touch with a reader, with the facts it comes from and what a librarian did about it.

    Found every night (outreach.services.contact_finding), or opened by what a reader just said. `source_key` names the
    occasion, so that whoever was contacted because of it is not listed again for the same.
    """

    class Kind(models.TextChoices):
        COULD_NOT_GET = "could_not_get", "could not get a pick"
        PICK_THERE = "pick_there", "a book they could not get is here"
        NEED_MET = "need_met", "what they asked for is there now"
        NEW_TITLE = "new_title", "a new book by an author they loved"
        NOT_THANKED = "not_thanked", "not thanked yet"
        DRIFTING = "drifting", "slipping away"
        BACK = "back", "back after a long time"
        FIRST_DAYS = "first_days", "new here"
        CARD_ENDS = "card_ends", "the card ends soon"
        ANNIVERSARY = "anniversary", "an anniversary with the library"

    class Ending(models.TextChoices):
        OPEN = "", "open"
        WROTE = "wrote", "wrote"
        CALLED = "called", "talked on the phone"
        TICKET = "ticket", "gave a place or a ticket"
        DONE = "done", "dealt with otherwise"
        NOT_NOW = "not_now", "not now"
        SETTLED = "settled", "settled by itself"

    class Because(models.TextChoices):
        NONE = "", "nothing said"
        TOO_SOON = "too_soon", "we were in touch just now"
        KNOWS = "knows", "knows it already"
        DOES_NOT_FIT = "does_not_fit", "does not fit this reader"
        NO_TIME = "no_time", "no time for it"

    patron = models.ForeignKey("patrons.Patron", on_delete=models.CASCADE, related_name="contact_reasons")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    pick = models.ForeignKey("outreach.Pick", on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    title = models.ForeignKey("catalog.Title", on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    facts = models.JSONField(default=dict, help_text="What the sentence says, e.g. the name of a book or a day.")
    source_key = models.CharField(max_length=80, unique=True)
    opened_at = models.DateTimeField()
    later_until = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        # Its index is `contact_closed`.
        "library.User",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    # How it stands in the list (outreach.services.contact_worth).
    strength = models.FloatField(default=1.0, help_text="How strongly the facts speak, 0 to 1.")
    reader_factor = models.FloatField(default=1.0, help_text="How this reader took what we began before.")
    worth = models.FloatField(default=0.0, help_text="Expected good for each minute of work.")
    hand = models.ForeignKey(
        # Its index is `contact_open`.
        "library.User",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        help_text="Whose list it is on; None: that of everybody who may see the reader.",
    )
    # What came of it.
    ending = models.CharField(max_length=8, choices=Ending.choices, default=Ending.OPEN, blank=True)
    because = models.CharField(max_length=12, choices=Because.choices, default=Because.NONE, blank=True)
    letter = models.ForeignKey(
        # Its index is `contact_letter`.
        "outreach.Request",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        help_text="Begun for it.",
    )
    welcomed = models.BooleanField(null=True, blank=True, help_text="Whether the reader answered; None: nobody knows.")

    objects = ContactReasonQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["hand", "-worth", "id"], name="contact_open", condition=models.Q(closed_at=None)),
            models.Index(
                fields=["closed_at", "kind", "welcomed"],
                name="contact_judged",
                condition=models.Q(welcomed__isnull=False),
            ),
            models.Index(fields=["closed_by", "-closed_at"], name="contact_closed"),
            models.Index(fields=["letter"], name="contact_letter", condition=models.Q(letter__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()
