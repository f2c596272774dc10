"""A reader's stage as staff set it: which one, why, until when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings

from engagement.models.score import Stage
from engagement.services.overriding import AT_MOST, LONGEST_REASON, USUALLY, end_of
from outreach.forms.fields import OneLineField, dress

WHEN = "Choose a day from today to a year ahead"


class StageForm(forms.Form):
    """All three are needed: what somebody set without a reason nobody could explain to the reader."""

    use_required_attribute = False

    stage = forms.ChoiceField(
        choices=Stage.choices,
        label="Stage",
        error_messages={"required": "Choose a stage", "invalid_choice": "Choose one of the four stages"},
    )
    reason = OneLineField(
        max_length=LONGEST_REASON,
        label="Why",
        error_messages={"required": "Say why in a sentence: the reader sees it too"},
    )
    until = forms.DateField(
        label="Until",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": WHEN, "invalid": WHEN},
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, now: datetime, zone: str = "") -> None:
        self.zone = ZoneInfo(zone or settings.TIME_ZONE)
        self.today = now.astimezone(self.zone).date()
        super().__init__(data, auto_id="stage_%s", initial={"until": self.today + USUALLY})
        self.fields["reason"].widget.attrs["autocomplete"] = "off"
        dress(self)

    def clean_until(self) -> date:
        day: date = self.cleaned_data["until"]
        if not self.today <= day <= self.today + AT_MOST:
            raise forms.ValidationError(WHEN)
        return day

    def end(self) -> datetime:
        """The end of the last day, of a form that is valid."""
        return end_of(self.cleaned_data["until"], self.zone)
