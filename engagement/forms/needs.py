"""What somebody asked for that we could not give, and the services that would."""

from __future__ import annotations

import unicodedata
from typing import Any

from django import forms

from engagement.models import Need, Service


class FewWordsField(forms.CharField):
    """A few words on one line."""

    def to_python(self, value: Any) -> str:
        words = str(super().to_python(value) or "")
        return " ".join("".join(c if unicodedata.category(c)[0] != "C" else " " for c in words).split())


class NeedForm(forms.Form):
    """One ask: a need there is already, or a new one in a few words."""

    use_required_attribute = False

    name = FewWordsField(
        max_length=120,
        label="What they asked for",
        error_messages={"required": "Say what they asked for", "max_length": "Say it in fewer words"},
    )
    met = forms.BooleanField(required=False, label="We could help this time")


class ServiceForm(forms.Form):
    """One service of the catalogue, with the needs it serves."""

    name = FewWordsField(
        max_length=120,
        label="What we offer",
        error_messages={"required": "Give the service a name", "max_length": "Say it in fewer words"},
    )
    description = FewWordsField(
        max_length=500, required=False, label="In a sentence", error_messages={"max_length": "Say it in fewer words"}
    )
    needs = forms.ModelMultipleChoiceField(
        Need.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="Needs it serves",
        help_text="A need is here once somebody has asked for it.",
        error_messages={"invalid_choice": "Choose needs from the list", "invalid_pk_value": "Choose from the list"},
    )

    def __init__(self, *args: Any, service: Service | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        needs = self.fields["needs"]
        if isinstance(needs, forms.ModelMultipleChoiceField):
            needs.queryset = Need.objects.order_by("name")
        if service is not None:
            self.initial["name"], self.initial["description"] = service.name, service.description
            self.initial["needs"] = list(service.needs.values_list("pk", flat=True))
