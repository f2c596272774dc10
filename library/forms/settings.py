"""The forms of the settings pages."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django import forms

from library.models import Branch, LibrarySettings

ZONES = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "SystemV/")))
LONGEST_CODE = 40
# Asked on two pages, in the same words.
CHILD_LABEL = "Age from which a reader is no longer a child"
CHILD_HINT = (
    "Under it: no profile, no check-in mail, and only the grown-up's address. It counts at the next import of patrons"
    " whose file has a year of birth or a birth date; of a birth date only the year is kept. On our forms readers say"
    " themselves that they are children. 0: nobody is one by age."
)
CHILD_AGES = (0, 18)


def whole_number(label: str, hint: str, low: int, high: int) -> forms.IntegerField:
    """A field that says its limits whatever is wrong."""
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

    promise_working_days = whole_number(
        "Working days until a letter", "What readers are promised while there is no recent record to go by.", 1, 60
    )
    check_in_days = whole_number(
        "Days until the check-in", "A librarian can choose another number for each letter.", 7, 120
    )
    reminder_days = whole_number(
        "Days until the one reminder", "Counted from the check-in, if there is no answer.", 3, 60
    )
    again_days = whole_number("Days until a book not read yet is asked about again", "This happens once.", 7, 120)
    undo_seconds = whole_number("Seconds in which sending a letter can be undone", "The mail waits that long.", 10, 600)


class PeopleForm(forms.Form):
    """What is kept of readers unless they say otherwise, and how staff sign in."""

    reading_history = forms.ChoiceField(
        label="A returned loan",
        choices=LibrarySettings.ReadingHistory.choices,
        widget=forms.RadioSelect,
        help_text="This is the 'library default'. Each reader can choose forever or never on their own page.",
        error_messages={"required": "Choose one of the three", "invalid_choice": "Choose one of the three"},
    )
    child_until = whole_number(CHILD_LABEL, CHILD_HINT, *CHILD_AGES)
    librarians_need_second_step = forms.BooleanField(
        required=False,
        label="Librarians need a second step to sign in",
        help_text="Managers and admins always do. Whoever has none yet is led to its set-up after the password.",
    )


class MailForm(forms.Form):
    """How much mail leaves, and how soon readers' words are answered."""

    mails_per_minute = whole_number(
        "Mails a minute",
        "How fast mail leaves, so that other mail servers go on taking it. Answers go first.",
        1,
        10_000,
    )
    mails_per_day = whole_number(
        "Mails a day that the library sends by itself",
        "Check-ins and what the library starts. Letters and answers always leave. 0: none of them.",
        0,
        1_000_000,
    )
    contact_budget = whole_number(
        "Mails the library may start with one reader in 30 days", "Over everything it starts. 0: none.", 0, 30
    )
    answer_working_days = whole_number(
        "Working days in which a reader's words are answered", "The inbox shows what is late by this.", 1, 30
    )


class ReckoningForm(forms.Form):
    """What staff time costs, and how many readers are asked how the library does."""

    hourly_rate = forms.DecimalField(
        label="What an hour of staff time costs",
        help_text="With everything on top of the pay. Reports turn minutes into money with it.",
        min_value=0,
        max_value=9999,
        decimal_places=2,
        error_messages=dict.fromkeys(
            ("required", "invalid", "min_value", "max_value", "max_digits", "max_decimal_places", "max_whole_digits"),
            "What an hour costs: an amount from 0 to 9,999, like 32.50",
        ),
    )
    currency = forms.RegexField(
        r"^[A-Za-z]{3}$",
        label="Currency",
        help_text="Three letters, like EUR or ZAR.",
        error_messages={"required": "Name the currency, like EUR", "invalid": "Write three letters, like EUR"},
    )
    pulse_weekly = whole_number(
        "Readers asked each week how the library does",
        "Drawn at random among those who agreed to be asked; nobody more than twice a year. 0: nobody is asked.",
        0,
        1000,
    )

    def clean_currency(self) -> str:
        said: str = self.cleaned_data["currency"]
        return said.upper()


class CodesInput(forms.TextInput):
    """A list in one line."""

    def format_value(self, value: Any) -> str | None:
        return ", ".join(value) if isinstance(value, list) else super().format_value(value)


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
    ils_codes = forms.CharField(
        required=False,
        max_length=400,
        label="What the library system calls it",
        help_text="Its codes there, with commas between them, as in: CPL, CPL-KIDS. Imports know the branch by them.",
        widget=CodesInput,
        error_messages={"max_length": "Keep the codes under 400 characters together"},
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

    def clean_ils_codes(self) -> list[str]:
        """Each code once; none that names two branches."""
        said: str = self.cleaned_data["ils_codes"]
        codes = list(dict.fromkeys(code.strip() for code in said.split(",") if code.strip()))
        if any(len(code) > LONGEST_CODE for code in codes):
            raise forms.ValidationError(f"Keep each code under {LONGEST_CODE} characters, with commas between them")
        others = Branch.objects.exclude(pk=self.branch.pk) if self.branch else Branch.objects.all()
        taken = {code.casefold(): other for other in others for code in other.ils_codes}
        if clash := next((code for code in codes if code.casefold() in taken), None):
            raise forms.ValidationError(f"{clash} is the code of {taken[clash.casefold()]} already")
        return codes


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
