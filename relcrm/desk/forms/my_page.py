"""The forms of my page, in the reader's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from outreach.forms.choices import LANGUAGES
from outreach.forms.fields import PICK_ONE, AddressField, OneLineField, dress
from patrons.models import Patron


class AskForm(forms.Form):
    """Where to send the link."""

    use_required_attribute = False

    email = AddressField(
        missing=_("Enter an email address, like name@example.org"),
        label=_("Your email address"),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dress(self)


class DetailsForm(forms.Form):
    """What to call the reader, and the language we write in."""

    use_required_attribute = False

    name = OneLineField(
        max_length=120, required=False, label=format_lazy("{} {}", _("What should we call you?"), _("(optional)"))
    )
    language = forms.ChoiceField(
        choices=LANGUAGES,
        label=_("Language of letters and mails"),
        error_messages={"required": PICK_ONE, "invalid_choice": PICK_ONE},
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, patron: Patron) -> None:
        super().__init__(data, initial={"name": patron.name, "language": patron.language})
        dress(self)


class EraseForm(forms.Form):
    """Erasing cannot be undone, so it asks for a word."""

    use_required_attribute = False

    word = OneLineField(max_length=40, error_messages={"required": _("Type the word to erase everything")})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.expected = gettext("erase")
        self.fields["word"].label = gettext("Type the word %(word)s") % {"word": self.expected}
        self.fields["word"].widget.attrs |= {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        dress(self)

    def clean_word(self) -> str:
        word: str = self.cleaned_data["word"]
        if word.casefold() != self.expected.casefold():
            raise forms.ValidationError(gettext("Type the word %(word)s, nothing else") % {"word": self.expected})
        return word
