"""The people a library serves."""

import secrets

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.functions import Upper

from patrons.querysets import NameWords, PatronQuerySet, PhoneBackwards

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

    class Channel(models.TextChoices):
        EMAIL = "email", "e-mail"
        PHONE = "phone", "phone"
        LETTER = "letter", "letter on paper"
        DESK = "desk", "at the desk"

    class Frequency(models.TextChoices):
        ANY = "any", "whenever there is something for me"
        MONTHLY = "monthly", "at most once a month"
        QUARTERLY = "quarterly", "at most four times a year"

    class ReadingHistory(models.TextChoices):
        FOREVER = "forever", "forever"
        DEFAULT = "default", "library default"
        NEVER = "never", "never"

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    name = models.CharField(max_length=120, blank=True)
    email = models.EmailField(max_length=254, blank=True)
    language = models.CharField(max_length=2, default="en")
    audience = models.CharField(max_length=5, choices=Audience.choices, default=Audience.ADULT)
    branch = models.ForeignKey(
        # Its index is `patron_branch_by_name`.
        "library.Branch",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="patrons",
        db_index=False,
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
    # From the library system, by staff or by the reader. `by_hand` says which a person changed here.
    ils_id = models.CharField(max_length=80, blank=True, help_text="Number in the library system.")
    phone = models.CharField(max_length=40, blank=True)
    postal_address = models.CharField(max_length=300, blank=True)
    birth_year = models.SmallIntegerField(null=True, blank=True, help_text="Never asked; only from the library system.")
    category = models.CharField(max_length=60, blank=True, help_text="Patron category of the library system.")
    joined_on = models.DateField(null=True, blank=True)
    card_expires_on = models.DateField(null=True, blank=True)
    gone_at = models.DateTimeField(null=True, blank=True, help_text="Since when the library system no longer has them.")
    preferred_channel = models.CharField(max_length=6, choices=Channel.choices, default=Channel.EMAIL)
    frequency = models.CharField(
        max_length=9, choices=Frequency.choices, default=Frequency.ANY, help_text="Of what the library starts."
    )
    reading_history = models.CharField(
        max_length=7,
        choices=ReadingHistory.choices,
        default=ReadingHistory.DEFAULT,
        help_text="The reader's own choice; staff cannot change it.",
    )
    by_hand = ArrayField(
        models.CharField(max_length=20), default=list, blank=True, help_text="Fields a person changed here."
    )
    household = models.ForeignKey(
        "patrons.Household", on_delete=models.SET_NULL, null=True, blank=True, related_name="patrons"
    )
    search_text = models.TextField(
        default="",
        editable=False,
        db_collation="C",
        help_text="Folded words of the name, each after a blank; patrons.services.naming. Lists are sorted by it.",
    )

    objects = PatronQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="patron_language_known", condition=models.Q(language__in=["en", "es", "fr", "pt", "af"])
            ),
            models.UniqueConstraint(fields=["ils_id"], condition=~models.Q(ils_id=""), name="patron_ils_id_once"),
            models.CheckConstraint(
                name="patron_wishes_known",
                condition=models.Q(
                    preferred_channel__in=["email", "phone", "letter", "desk"],
                    frequency__in=["any", "monthly", "quarterly"],
                    reading_history__in=["forever", "default", "never"],
                ),
            ),
            models.CheckConstraint(
                name="patron_audience_known", condition=models.Q(audience__in=["adult", "teen", "child"])
            ),
        ]
        indexes = [
            # Every index slows an import: each of these serves a page of the desk (patrons.services.finding).
            models.Index(OpClass(Upper("email"), name="text_pattern_ops"), name="patron_email"),
            models.Index(fields=["standing", "created_at"], name="patron_standing"),
            models.Index(fields=["search_text", "id"], name="patron_by_name"),
            models.Index(fields=["branch", "search_text", "id"], name="patron_branch_by_name"),
            GinIndex(NameWords("search_text"), name="patron_name_words"),
            models.Index(
                OpClass(PhoneBackwards("phone"), name="text_pattern_ops"),
                name="patron_phone",
                condition=~models.Q(phone=""),
            ),
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


class Household(models.Model):
    """People who live together, as staff or the library system say."""

    name = models.CharField(max_length=120, blank=True)
    source_key = models.CharField(max_length=80, blank=True, help_text="Its number in the library system.")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source_key"], condition=~models.Q(source_key=""), name="household_once_per_source"
            )
        ]

    def __str__(self) -> str:
        return self.name or "A household"


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
    public_id = models.CharField(max_length=12, blank=True)
    ils_id = models.CharField(
        max_length=80, blank=True, db_index=True, help_text="The library system may still send it."
    )
    patron = models.ForeignKey(Patron, on_delete=models.CASCADE, related_name="former_numbers")
    generation_shift = models.IntegerField(default=0)

    def __str__(self) -> str:
        return str(self.number)
