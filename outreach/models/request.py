"""What a patron asks for."""

import secrets

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models

from outreach.models.thread import Thread
from outreach.querysets import OURS, RequestQuerySet


class PlainWords(models.Func):
    """Texts as search compares them, in capitals and without accents (`relcrm_plain`, a function of the database)."""

    template = "relcrm_plain(%(expressions)s)"
    arg_joiner = " || ' ' || "
    output_field = models.TextField()


OWN_WORDS, NAMED_WORDS = PlainWords("reference", "about"), PlainWords("title", "why")
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_reference() -> str:
    """What a reader can say on the phone: R- and six characters that are hard to confuse (29 bits)."""
    return "R-" + "".join(secrets.choice(ALPHABET) for _ in range(6))


class Request(models.Model):
    """A reading request: likes and dislikes with their why, mood, limits.

    Or, in one of the states `OURS`, the occasion of a letter nobody asked for: it begins with us, promises nothing, and
    takes what the reader must be spared from their last request (docs/decisions/0016-a-letter-nobody-asked-for.md).
    """

    class State(models.TextChoices):
        HELD = "held", "Held for review"
        WAITING = "waiting", "Waiting"
        ANSWERED = "answered", "Answered"
        WITHDRAWN = "withdrawn", "Withdrawn"
        BEGUN = "begun", "Begun by us"
        WRITTEN = "written", "Written by us"
        DROPPED = "dropped", "Put away"

    class Reads(models.TextChoices):
        FICTION = "fiction", "fiction"
        NONFICTION = "nonfiction", "non-fiction"
        BOTH = "both", "both"

    reference = models.CharField(max_length=10, unique=True, default=new_reference, editable=False)
    nonce = models.CharField(
        max_length=64, unique=True, help_text="The same words from one rendering of the form are one request."
    )
    thread = models.OneToOneField(Thread, on_delete=models.CASCADE, related_name="request")
    patron = models.ForeignKey("patrons.Patron", on_delete=models.CASCADE, related_name="requests")
    promise = models.ForeignKey("engagement.Promise", on_delete=models.SET_NULL, null=True, related_name="+")
    branch = models.ForeignKey(
        "library.Branch", on_delete=models.SET_NULL, null=True, blank=True, related_name="requests"
    )
    language = models.CharField(max_length=2)
    audience = models.CharField(max_length=5)
    reads = models.CharField(max_length=10, choices=Reads.choices, default=Reads.BOTH)
    card_number = models.CharField(max_length=40, blank=True, help_text="As typed; it proves nothing.")
    wished_librarian = models.ForeignKey(
        "library.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    mood = ArrayField(models.CharField(max_length=24), default=list, blank=True)
    limits = ArrayField(models.CharField(max_length=12), default=list, blank=True)
    length = models.CharField(max_length=6, blank=True)
    formats = ArrayField(models.CharField(max_length=12), default=list, blank=True)
    about = models.TextField(blank=True, max_length=4000)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    held_because = models.CharField(max_length=200, blank=True)
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = RequestQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="request_state_known",
                condition=models.Q(
                    state__in=["held", "waiting", "answered", "withdrawn", "begun", "written", "dropped"]
                ),
            ),
        ]
        indexes = [
            models.Index(fields=["state", "asked_at", "id"], name="request_state"),
            models.Index(fields=["state", "branch"], name="request_counts"),
            models.Index(fields=["patron", "-asked_at"], name="request_patron"),
            models.Index(fields=["-asked_at", "-id"], name="request_newest"),
            models.Index(fields=["-answered_at", "-id"], name="request_answered", condition=models.Q(state="answered")),
            GinIndex(OpClass(OWN_WORDS, name="gin_trgm_ops"), name="request_words"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def is_ours(self) -> bool:
        """Nobody asked: the library began it."""
        return self.state in OURS


class RequestTitle(models.Model):
    """A book the reader named on the form, in the reader's own words, with the why."""

    class Kind(models.TextChoices):
        LIKE = "like", "enjoyed"
        DISLIKE = "dislike", "not for me"

    request = models.ForeignKey(Request, on_delete=models.CASCADE, related_name="named")
    kind = models.CharField(max_length=7, choices=Kind.choices)
    position = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=300)
    why = models.TextField(max_length=1000, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["request", "kind", "position"], name="named_once_per_place"),
        ]
        indexes = [
            GinIndex(OpClass(NAMED_WORDS, name="gin_trgm_ops"), name="named_words"),
        ]

    def __str__(self) -> str:
        return self.title
