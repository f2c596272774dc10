"""The people a library serves."""

import secrets

from django.db import models
from django.db.models.functions import Upper

from patrons.querysets import PatronQuerySet

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_public_id() -> str:
    """A random name for a patron that says nothing about them (40 bits)."""
    return "P-" + "".join(secrets.choice(ALPHABET) for _ in range(8))


class Patron(models.Model):
    """A person the library serves.

    *provisional*: made by a form, nobody has proved the address yet; consents hold for this record only.
    *own*: a POST through a mailed link proved the address, or staff entered the person.
    """

    class Standing(models.TextChoices):
        PROVISIONAL = "provisional", "Address not proved"
        OWN = "own", "Known"

    class Audience(models.TextChoices):
        ADULT = "adult", "adult"
        TEEN = "teen", "teen"
        CHILD = "child", "child"

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    name = models.CharField(max_length=120, blank=True)
    email = models.EmailField(max_length=254, blank=True)
    language = models.CharField(max_length=2, default="en")
    audience = models.CharField(max_length=5, choices=Audience.choices, default=Audience.ADULT)
    branch = models.ForeignKey(
        "library.Branch", on_delete=models.SET_NULL, null=True, blank=True, related_name="patrons"
    )
    time_zone = models.CharField(max_length=64, blank=True, help_text="Empty: the branch's zone.")
    standing = models.CharField(max_length=12, choices=Standing.choices, default=Standing.PROVISIONAL)
    proved_at = models.DateTimeField(
        null=True, blank=True, help_text="When a POST through a mailed link proved the address."
    )
    link_generation = models.PositiveIntegerField(default=1, help_text="Raising it revokes every link mailed so far.")
    my_page_opened = models.PositiveIntegerField(
        default=0, help_text="How often my page was opened; a link made for an earlier number is spent."
    )
    created_at = models.DateTimeField()

    objects = PatronQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="patron_language_known", condition=models.Q(language__in=["en", "es", "fr", "pt", "af"])
            ),
            models.CheckConstraint(
                name="patron_audience_known", condition=models.Q(audience__in=["adult", "teen", "child"])
            ),
        ]
        indexes = [
            models.Index(Upper("email"), name="patron_email"),
            models.Index(fields=["standing", "created_at"], name="patron_standing"),
            models.Index(fields=["name", "id"], name="patron_name"),
        ]

    def __str__(self) -> str:
        return self.name or "A reader"

    @property
    def first(self) -> str:
        """What to call the person in a sentence: the name as given (names are never split), or 'this reader'."""
        return self.name or "this reader"

    @property
    def is_child(self) -> bool:
        return self.audience == self.Audience.CHILD


class Card(models.Model):
    """A library card. A card number typed on a form never makes one: it proves nothing."""

    patron = models.ForeignKey(Patron, on_delete=models.CASCADE, related_name="cards")
    number = models.CharField(max_length=40, unique=True)

    def __str__(self) -> str:
        return self.number


class FormerNumber(models.Model):
    """A record that was joined into another. Mails sent to it name its number, and their links must go on working.

    A link fits when its generation plus `generation_shift` is the patron's, so that raising that revokes these too.
    """

    number = models.BigIntegerField(unique=True)
    patron = models.ForeignKey(Patron, on_delete=models.CASCADE, related_name="former_numbers")
    generation_shift = models.IntegerField(default=0)

    def __str__(self) -> str:
        return str(self.number)
