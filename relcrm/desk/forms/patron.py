"""What staff put right on a reader's record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from library.models import Branch
from outreach.forms.choices import LANGUAGES
from outreach.forms.fields import AddressField, FreeTextField, OneLineField, OneOfThese, dress
from patrons.models import Patron

CHOOSE = "Choose one from the list"


class RecordForm(forms.Form):
    """The record as staff may change it. An address is only asked for where there is none."""

    use_required_attribute = False

    name = OneLineField(max_length=120, required=False, label="Name")
    email = AddressField(
        missing="Enter an e-mail address, like name@example.org", required=False, label="E-mail address"
    )
    phone = OneLineField(max_length=40, required=False, label="Telephone")
    postal_address = FreeTextField(max_length=300, required=False, label="Postal address")
    branch = OneOfThese(
        Branch.objects.filter(is_open=True).order_by("name"), required=False, empty_label="no branch", label="Branch"
    )
    language = forms.ChoiceField(
        choices=LANGUAGES, label="Language of letters and mails", error_messages={"invalid_choice": CHOOSE}
    )
    preferred_channel = forms.ChoiceField(
        choices=Patron.Channel.choices, label="Wants to hear from us", error_messages={"invalid_choice": CHOOSE}
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, patron: Patron) -> None:
        names = ("name", "phone", "postal_address", "branch", "language", "preferred_channel")
        super().__init__(data, initial={name: getattr(patron, name) for name in names})
        if patron.email:
            del self.fields["email"]
        self.fields["postal_address"].widget.attrs["rows"] = 3
        for field in self.fields.values():
            field.widget.attrs.setdefault("autocomplete", "off")
        dress(self)

    def changes(self) -> dict[str, Any]:
        """The fields of a form that is valid; an address left empty is no change."""
        return {name: value for name, value in self.cleaned_data.items() if name != "email" or value}


class HouseholdForm(forms.Form):
    """Who else lives there."""

    who = OneLineField(
        max_length=120,
        label="Card number, reader’s number or name",
        error_messages={"required": "Say who: a card number, a number like P-7K2M9QXA, or a name"},
    )

    def __init__(self, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, auto_id="household_%s")
        self.fields["who"].widget.attrs["autocomplete"] = "off"
        dress(self)
