"""The forms of the settings pages."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django import forms

from library.models import Branch

ZONES = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "SystemV/")))


def _number(label: str, hint: str, low: int, high: int) -> forms.IntegerField:
    words = f"{label}: a whole number from {low} to {high}"
    return forms.IntegerField(
        label=label,
        help_text=hint,
        min_value=low,
        max_value=high,
        error_messages={"required": words, "invalid": words, "min_value": words, "max_value": words},
    )


class SettingsForm(forms.Form):
    """How long things take."""

    promise_working_days = _number(
        "Working days until a letter", "What readers are promised while there is no recent record to go by.", 1, 60
    )
    check_in_days = _number("Days until the check-in", "A librarian can choose another number for each letter.", 7, 120)
    reminder_days = _number("Days until the one reminder", "Counted from the check-in, if there is no answer.", 3, 60)
    again_days = _number("Days until a book not read yet is asked about again", "This happens once.", 7, 120)
    undo_seconds = _number("Seconds in which sending a letter can be undone", "The mail waits that long.", 10, 600)


class BranchForm(forms.Form):
    """One place of the library. `branch` is the one being changed, if any."""

    name = forms.CharField(max_length=120, error_messages={"required": "Give the branch a name"})
    time_zone = forms.ChoiceField(
        choices=[("UTC", "UTC"), *((zone, zone.replace("_", " ")) for zone in ZONES)],
        help_text="Promises and quiet hours follow it.",
        error_messages={"invalid_choice": "Choose a time zone from the list"},
    )
    is_open = forms.BooleanField(
        required=False, initial=True, label="Open", help_text="A closed branch is no longer offered on the form."
    )

    def __init__(self, *args: Any, branch: Branch | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.branch = branch

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        others = Branch.objects.exclude(pk=self.branch.pk) if self.branch else Branch.objects.all()
        if others.filter(name__iexact=name).exists():
            raise forms.ValidationError("Another branch already has that name")
        return name


class HolidayForm(forms.Form):
    """A day on which the library is closed."""

    day = forms.DateField(
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "Choose the day", "invalid": "Write the day like 2026-12-25"},
    )
    name = forms.CharField(
        max_length=120, label="What it is", help_text="As in: Christmas.", error_messages={"required": "Say what it is"}
    )
    branch = forms.ModelChoiceField(
        Branch.objects.order_by("name"),
        required=False,
        label="Where",
        empty_label="All branches",
        error_messages={"invalid_choice": "Choose a branch from the list"},
    )
