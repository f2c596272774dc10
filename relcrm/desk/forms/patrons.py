"""The form that narrows the list of patrons."""

from __future__ import annotations

from typing import Any

from django import forms

from outreach.forms.fields import dress
from patrons.models import Patron


class FindForm(forms.Form):
    """Words and two choices; what is not understood counts as not said."""

    use_required_attribute = False

    q = forms.CharField(max_length=120, required=False, label="Name, e-mail, card or number")
    standing = forms.ChoiceField(
        choices=[("", "all readers"), ("own", "known readers"), ("provisional", "address not proved yet")],
        required=False,
    )
    audience = forms.ChoiceField(choices=[("", "every age"), *Patron.Audience.choices], required=False)
    after = forms.CharField(max_length=12, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dress(self)

    def said(self, name: str) -> str:
        """What was asked for, or nothing."""
        return str(self.cleaned_data.get(name, "")) if self.is_valid() or name in self.cleaned_data else ""
