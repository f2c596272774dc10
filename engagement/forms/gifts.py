"""What a reader gave."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms

from engagement.forms.needs import FewWordsField
from engagement.services.decay import EARLIEST
from engagement.services.gifts import Gift

MOST_MINUTES = 1440


class GiftForm(forms.Form):
    """One gift. `nonce` is made with the page, so that sending it twice keeps it once."""

    use_required_attribute = False

    nonce = forms.RegexField(
        r"^[A-Za-z0-9_-]{16,64}$",
        widget=forms.HiddenInput,
        error_messages=dict.fromkeys(("required", "invalid"), "This page was damaged on its way: open it again"),
    )
    kind = forms.ChoiceField(
        label="What it was",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what it was", "invalid_choice": "Choose one of these"},
    )
    day = forms.DateField(
        label="When",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "Choose the day", "invalid": "Write the day like 2026-11-24"},
    )
    value = FewWordsField(
        required=False,
        max_length=40,
        label="How much, or what",
        help_text="An amount, hours, or a few words. No names.",
        error_messages={"max_length": "Keep it under 40 characters"},
    )
    minutes = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=MOST_MINUTES,
        label="Minutes it took us",
        error_messages=dict.fromkeys(
            ("invalid", "min_value", "max_value"), "Minutes it took us: a whole number from 0 to 1,440"
        ),
    )

    def __init__(self, *args: Any, kinds: list[tuple[str, str]], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        kind = self.fields["kind"]
        if isinstance(kind, forms.ChoiceField):
            kind.choices = kinds

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"]
        if day > self.today:
            raise forms.ValidationError("This day is still to come: write it down once it has happened")
        if day <= EARLIEST.date():  # whose noon may lie before it somewhere
            raise forms.ValidationError("Choose a day after 1 January 1890")
        return day

    def gift(self) -> Gift:
        said = self.cleaned_data
        return Gift(said["nonce"], said["kind"], said["day"], said["value"], said["minutes"])
