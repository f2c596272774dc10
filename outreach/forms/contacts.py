"""What a librarian says about a reason to contact somebody."""

from __future__ import annotations

from django import forms

from outreach.models import ContactReason
from outreach.services.contacts import LATER

MOST_A_DAY, LONGEST = 40, 600


class LimitForm(forms.Form):
    """How many a day; 0: no list."""

    number = forms.IntegerField(min_value=0, max_value=MOST_A_DAY)


class LaterForm(forms.Form):
    """In how many days it comes back; a week where nothing is said."""

    WORDS = ("in 3 days", "in a week", "in a month")
    CHOICES = tuple(zip(map(str, LATER), WORDS, strict=True))

    days_ahead = forms.ChoiceField(choices=CHOICES, required=False)

    def days(self) -> int:
        return int(self.cleaned_data["days_ahead"] or LATER[1])


class ContactForm(forms.Form):
    """How the reader was contacted; otherwise where nothing is said. `not_there`: a call nobody took."""

    HOWS = ("called", "ticket", "done")

    how = forms.ChoiceField(choices=[(how, how) for how in HOWS], required=False)
    minutes = forms.IntegerField(min_value=0, max_value=LONGEST, required=False)
    not_there = forms.BooleanField(required=False)

    def clean(self) -> dict[str, object]:
        """As outreach.services.contacts.Contact takes it."""
        given = super().clean() or {}
        how = given.get("how") or ContactReason.Ending.DONE.value
        return {"how": how, "minutes": given.get("minutes"), "reached": not given.get("not_there")}


class NotNowForm(forms.Form):
    """Why not."""

    CHOICES = tuple(choice for choice in ContactReason.Because.choices if choice[0])

    because = forms.ChoiceField(choices=CHOICES)
