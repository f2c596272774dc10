"""The forms of my page, in the reader's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from library.forms.settings import ZONES
from library.models import Branch, LibrarySettings
from outreach.forms.choices import LANGUAGES
from outreach.forms.fields import PICK_ONE, AddressField, FreeTextField, OneLineField, dress
from patrons.models import Patron

CHOOSE = {"required": PICK_ONE, "invalid_choice": PICK_ONE}
FREQUENCIES = [
    (Patron.Frequency.ANY, _("Whenever you find something for me")),
    (Patron.Frequency.MONTHLY, _("At most once a month")),
    (Patron.Frequency.QUARTERLY, _("At most four times a year")),
]
CHANNELS = [
    (Patron.Channel.EMAIL, _("By email")),
    (Patron.Channel.PHONE, _("By phone")),
    (Patron.Channel.LETTER, _("By letter, on paper")),
    (Patron.Channel.DESK, _("When I come to the library")),
]
HISTORY_MEANS = {
    LibrarySettings.ReadingHistory.CONSENT: _(
        "As the library does: keep loans only while you remember my taste with my consent"
    ),
    LibrarySettings.ReadingHistory.KEPT: _("As the library does: keep loans"),
    LibrarySettings.ReadingHistory.NEVER: _("As the library does: forget each loan when the book is back"),
}


def _choices(form: forms.Form, name: str, choices: Sequence[tuple[Any, Any]]) -> None:
    field = form.fields[name]
    if isinstance(field, forms.ChoiceField):
        field.choices = choices


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
    """What to call the reader, the language we write in, their branch and their clock. What is not sent stays."""

    use_required_attribute = False

    name = OneLineField(
        max_length=120, required=False, label=format_lazy("{} {}", _("What should we call you?"), _("(optional)"))
    )
    language = forms.ChoiceField(choices=LANGUAGES, label=_("Language of letters and mails"), error_messages=CHOOSE)
    branch = forms.TypedChoiceField(
        coerce=int, empty_value=None, required=False, label=_("Your branch"), error_messages=CHOOSE
    )
    time_zone = forms.ChoiceField(
        required=False,
        label=_("Your time zone"),
        help_text=_("We write only between 8 in the morning and 8 in the evening."),
        error_messages=CHOOSE,
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, patron: Patron) -> None:
        said = {"name": patron.name, "language": patron.language, "time_zone": patron.time_zone}
        super().__init__(data, initial=said | {"branch": patron.branch_id})
        self.patron = patron
        places = [(place["pk"], place["name"]) for place in getattr(patron, "places", [])]
        if patron.branch and patron.branch_id not in dict(places):
            places.append((patron.branch_id, patron.branch.name))
        _choices(self, "branch", [("", gettext("No branch in particular")), *places])
        zones = [(zone, zone.replace("_", " ")) for zone in ("UTC", *ZONES)]
        _choices(self, "time_zone", [("", gettext("As at my branch")), *zones])
        dress(self)

    def changes(self) -> dict[str, Any]:
        """What the record is to say; what the form did not hold stays as it is."""
        said = dict(self.cleaned_data)
        if "time_zone" not in self.data:
            said["time_zone"] = self.patron.time_zone
        pk = said["branch"] if "branch" in self.data else self.patron.branch_id
        return said | {"branch": Branch.objects.filter(pk=pk).first() if pk else None}


class WishesForm(forms.Form):
    """How often we may begin something, and on which way."""

    use_required_attribute = False

    frequency = forms.ChoiceField(
        choices=FREQUENCIES,
        widget=forms.RadioSelect,
        label=_("How often may we write by ourselves?"),
        error_messages=CHOOSE,
    )
    preferred_channel = forms.ChoiceField(
        choices=CHANNELS, widget=forms.RadioSelect, label=_("How do you like to hear from us?"), error_messages=CHOOSE
    )
    phone = OneLineField(max_length=40, required=False, label=_("Phone number"))
    postal_address = FreeTextField(max_length=300, required=False, label=_("Postal address"))

    def __init__(self, data: Mapping[str, Any] | None = None, *, patron: Patron) -> None:
        super().__init__(data, initial={name: getattr(patron, name) for name in self.base_fields})
        self.fields["phone"].widget.attrs |= {"autocomplete": "tel", "type": "tel"}
        self.fields["postal_address"].widget.attrs |= {"autocomplete": "street-address", "rows": 3}
        dress(self)

    def clean(self) -> None:
        way = self.cleaned_data.get("preferred_channel")
        if way == Patron.Channel.PHONE and not self.cleaned_data.get("phone"):
            self.add_error("phone", gettext("Give us the number to call"))
        if way == Patron.Channel.LETTER and not self.cleaned_data.get("postal_address"):
            self.add_error("postal_address", gettext("Give us the address to write to"))


class HistoryForm(forms.Form):
    """Whether loans are remembered once they are back."""

    use_required_attribute = False

    reading_history = forms.ChoiceField(
        widget=forms.RadioSelect, label=_("Do we remember what you borrowed?"), error_messages=CHOOSE
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, patron: Patron) -> None:
        super().__init__(data, initial={"reading_history": patron.reading_history})
        default = getattr(patron, "history_default", "") or LibrarySettings.ReadingHistory.CONSENT
        _choices(
            self,
            "reading_history",
            [
                (Patron.ReadingHistory.FOREVER, gettext("Always: keep every loan until I say otherwise")),
                (Patron.ReadingHistory.DEFAULT, HISTORY_MEANS[LibrarySettings.ReadingHistory(default)]),
                (Patron.ReadingHistory.NEVER, gettext("Never: forget each loan when the book is back")),
            ],
        )
        dress(self)


class NewAddressForm(forms.Form):
    """Another address for mails."""

    use_required_attribute = False

    email = AddressField(
        missing=_("Enter an email address, like name@example.org"),
        label=_("Your new email address"),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
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
