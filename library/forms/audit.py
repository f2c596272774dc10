"""What to show of the audit lines. Whatever does not fit counts as not asked."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

from library.services.reports.audit import THINGS, Wanted, people_in_lines

EARLIEST, LATEST = date(2000, 1, 1), date(2200, 1, 1)


def _day(label: str) -> forms.DateField:
    bounds = [MinValueValidator(EARLIEST), MaxValueValidator(LATEST)]
    return forms.DateField(
        required=False, label=label, widget=forms.DateInput(attrs={"type": "date"}), validators=bounds
    )


class AuditFilterForm(forms.Form):
    """A filter in the address: by person, kind of thing and days."""

    person = forms.ChoiceField(required=False, label="Who")
    thing = forms.ChoiceField(required=False, label="About", choices=[("", "Everything"), *THINGS.items()])
    since = _day("From")
    until = _day("To")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].choices = [("", "Everyone"), *((name, name) for name in people_in_lines())]  # type: ignore[attr-defined]  # a choice field has choices

    def wanted(self) -> Wanted:
        """The filter as the report takes it; fields that were not understood are left out."""
        self.is_valid()
        kept = {name: value for name, value in self.cleaned_data.items() if value}
        return Wanted(**kept)
