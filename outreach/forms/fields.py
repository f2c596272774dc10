"""Form fields that take whatever the web sends and answer in words."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

TOO_LONG = _("Keep this under %(limit_value)d characters; it has %(show_value)d now")
ONE_LINE = _("Write this on one line, without control characters")
PICK_ONE = _("Choose one of the answers offered")
# Control codes, lone surrogates, and the two separators that some programs take for a line break.
UNWRITABLE = {"Cc", "Cs", "Zl", "Zp"}
YES = {"on", "1", "true", "yes"}


if TYPE_CHECKING:
    ModelChoice = forms.ModelChoiceField[models.Model]
else:
    ModelChoice = forms.ModelChoiceField


class OneLineField(forms.CharField):
    """Text that may end up in a mail header: a line break or control code in it is an error, not a repair."""

    def __init__(self, **kwargs: Any) -> None:
        messages = {"max_length": TOO_LONG} | kwargs.pop("error_messages", {})
        super().__init__(strip=False, error_messages=messages, **kwargs)

    def to_python(self, value: Any) -> str:
        words = str(super().to_python(value) or "")
        if any(unicodedata.category(letter) in UNWRITABLE for letter in words):
            raise ValidationError(ONE_LINE, code="one_line")
        return words.strip()


class AddressField(OneLineField):
    """An e-mail address of at most 254 characters, with its domain in lower case."""

    widget = forms.EmailInput

    def __init__(self, *, missing: Any, **kwargs: Any) -> None:
        self.wrong = missing
        super().__init__(max_length=254, error_messages={"required": missing}, **kwargs)
        self.check = forms.EmailField(max_length=254, error_messages={"invalid": missing, "max_length": TOO_LONG})

    def clean(self, value: Any) -> str:
        address = str(self.check.clean(super().clean(value)))
        name, _at, domain = address.rpartition("@")
        return f"{name}@{domain.lower()}"


class FreeTextField(forms.CharField):
    """Several lines of free words. What cannot be written down (control codes) falls out, the words stay."""

    widget = forms.Textarea

    def __init__(self, **kwargs: Any) -> None:
        words = {"max_length": TOO_LONG} | kwargs.pop("error_messages", {})
        super().__init__(error_messages=words, **kwargs)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Without `maxlength`: a browser would cut a long paste without a word, our answer keeps it and says so."""
        return {name: value for name, value in super().widget_attrs(widget).items() if name != "maxlength"}

    def to_python(self, value: Any) -> str:
        words = str(super().to_python(value) or "").replace("\r\n", "\n").replace("\r", "\n")
        kept = (letter for letter in words if letter in "\n\t" or unicodedata.category(letter) not in UNWRITABLE)
        return "".join(kept).strip()


class YesBox(forms.CheckboxInput):
    """A tick that only an explicit yes sets: a consent is never read out of 'no' or 'off'."""

    def value_from_datadict(self, data: Mapping[str, Any], files: MultiValueDict[str, Any], name: str) -> bool:
        return str(data.get(name, "")).strip().lower() in YES


class OneOfThese(ModelChoice):
    """One row offered, or none; whatever else comes is answered in the same words."""

    def to_python(self, value: Any) -> models.Model | None:
        try:
            return super().to_python(value)
        except ValidationError as error:
            raise ValidationError(PICK_ONE, code="invalid_choice") from error


def one_of(
    choices: list[tuple[str, Any]], widget: type[forms.Widget] = forms.RadioSelect, *, label: Any = None
) -> forms.ChoiceField:
    """One answer of a few; may be left out."""
    return forms.ChoiceField(
        choices=choices, required=False, widget=widget, label=label, error_messages={"invalid_choice": PICK_ONE}
    )


def some_of(choices: list[tuple[str, Any]]) -> forms.MultipleChoiceField:
    """Any number of answers, none included."""
    return forms.MultipleChoiceField(
        choices=choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": PICK_ONE, "invalid_list": PICK_ONE},
    )


def dress[F: forms.BaseForm](form: F) -> F:
    """Give each widget the class of the house's look."""
    for field in form.fields.values():
        look = "form-control"
        if isinstance(field.widget, forms.Select) and not isinstance(field.widget, forms.RadioSelect):
            look = "form-select"
        elif isinstance(field.widget, forms.CheckboxInput | forms.RadioSelect | forms.CheckboxSelectMultiple):
            look = "form-check-input"
        field.widget.attrs.setdefault("class", look)
    return form
