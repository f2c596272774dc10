"""What kind of reader someone is to the library, told from behaviour, in neutral words; only with profile consent."""

from django.db import models


class ReaderType(models.Model):
    """The type of one patron with the facts it was told from; the patron may say otherwise, and then that holds."""

    class Type(models.TextChoices):
        """The six of the bookseller study (reference/field.md)."""

        SEEKS_INFORMATION = "seeks_information", "looks for information"
        EXPERT = "expert", "knows a field well"
        SHARES = "shares", "has time and shares"
        SEEKS_OFFERS = "seeks_offers", "looks for offers"
        ONE_THING = "one_thing", "comes for one thing"
        FAN = "fan", "speaks for the library"

    patron = models.OneToOneField(
        "patrons.Patron", on_delete=models.CASCADE, primary_key=True, related_name="reader_type"
    )
    told = models.CharField(max_length=17, choices=Type.choices, blank=True, help_text="By the rules; empty: none.")
    facts = models.JSONField(default=dict, help_text="The counts it was told from, by name.")
    told_on = models.DateField(null=True, blank=True)
    said = models.CharField(max_length=17, choices=Type.choices, blank=True, help_text="By the patron.")
    none_of_these = models.BooleanField(default=False, help_text="The patron wants no type.")
    said_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["told"], name="reader_type_told")]

    def __str__(self) -> str:
        return self.said or self.told
