"""The public form: one POST, few things required, everything else with a default (DESIGN section 7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any

from django import forms
from django.forms.boundfield import BoundField, BoundWidget
from django.utils.translation import gettext_lazy as _

from library.models import Branch, User
from outreach.forms import choices
from outreach.forms.books import BookRows
from outreach.forms.fields import AddressField, FreeTextField, OneLineField, OneOfThese, YesBox, dress, one_of, some_of
from outreach.services.wishes import Wishes
from patrons.services.consents import WORDINGS

ADDRESS_WRONG = _("Enter an email address, like name@example.org")
GROWN_UPS_ADDRESS_WRONG = _("Enter the email address of the child's grown-up, like name@example.org")
NOTHING_ASKED = _("Name a book you enjoyed, or tell us in your own words what you would like to read")
OPENED_TOO_LONG_AGO = _("This page was open for more than a day. Look over your answers and send them again")


class SuggestForm(forms.Form):
    """What a reader asks for. Only `email` and (a liked book or `about`) are required."""

    use_required_attribute = False

    about = FreeTextField(
        max_length=4000,
        required=False,
        label=_("Anything else, in your own words"),
        help_text=_("A place, a time, a question, the book you can never find more of."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    reads = one_of(choices.READS)
    mood = some_of(choices.MOODS)
    limits = some_of(choices.LIMITS)
    length = one_of(choices.LENGTHS)
    formats = some_of(choices.FORMATS)
    audience = one_of(choices.AUDIENCES)
    email = AddressField(
        missing=ADDRESS_WRONG, widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"})
    )
    name = OneLineField(
        max_length=120,
        required=False,
        label=_("What should we call you?"),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    language = one_of(choices.LANGUAGES, forms.Select, label=_("Language of the letter"))
    librarian = OneOfThese(
        queryset=User.objects.offered_on_form().exclude(name=""),
        required=False,
        label=_("Who should write to you?"),
        empty_label=_("Whoever fits best"),
    )
    branch = OneOfThese(
        queryset=Branch.objects.filter(is_open=True).order_by("name"),
        required=False,
        label=_("Which library do you use?"),
        empty_label=_("Any, or none yet"),
    )
    card_number = OneLineField(max_length=40, required=False, label=_("Your library card number"))
    consent_check_in = forms.BooleanField(required=False, widget=YesBox, label=WORDINGS["check_in"])
    consent_profile = forms.BooleanField(required=False, widget=YesBox, label=WORDINGS["profile"])
    consent_proactive = forms.BooleanField(required=False, widget=YesBox, label=WORDINGS["proactive"])

    def __init__(self, data: Mapping[str, Any] | None = None, *, language: str) -> None:
        """`language`: of the page; the letter's too, unless the reader chooses another."""
        first = {"audience": "adult", "reads": "both", "length": "", "language": language}
        super().__init__(data, initial=first)
        self.page_language = language
        dress(self)
        self.likes = BookRows("likes", data)
        self.dislikes = BookRows("dislikes", data)

    def clean_language(self) -> str:
        return self.cleaned_data["language"] or self.page_language

    def clean_audience(self) -> str:
        return self.cleaned_data["audience"] or "adult"

    def clean_reads(self) -> str:
        return self.cleaned_data["reads"] or "both"

    def clean(self) -> None:
        super().clean()
        asked = any(row.is_valid() and row.cleaned_data["title"] for row in self.likes.rows)
        about_left_empty = not self.cleaned_data.get("about") and "about" not in self.errors
        if not asked and about_left_empty and self.likes.is_valid():
            self.likes.rows[0].add_error("title", NOTHING_ASKED)
        for_child = self.cleaned_data.get("audience") == "child"
        if for_child and (self.has_error("email", "required") or self.has_error("email", "invalid")):
            self.errors["email"] = self.error_class([str(GROWN_UPS_ADDRESS_WRONG)])

    def is_valid(self) -> bool:
        return all([super().is_valid(), self.likes.is_valid(), self.dislikes.is_valid()])

    def refuse_as_old(self) -> None:
        """The proof of rendering is missing or older than a day, where one is needed."""
        self.add_error(None, OPENED_TOO_LONG_AGO)

    def problems(self) -> list[tuple[str, str]]:
        """Everything wrong, in the order of the page: pairs of an element's id and the sentence."""
        if not self.is_bound:
            return []
        whole = [("send", str(error)) for error in self.non_field_errors()]
        own = {field.name: [(_anchor(field), str(error)) for error in field.errors] for field in self}
        own["limits"] = [*self.dislikes.problems(), *own["limits"]]
        return [*whole, *self.likes.problems(), *chain.from_iterable(own.values())]

    def fiction_moods(self) -> list[BoundWidget]:
        """The boxes a reader of stories is asked about."""
        return [box for box in self["mood"].subwidgets if box.data["value"] in choices.moods_for("fiction")]

    def nonfiction_moods(self) -> list[BoundWidget]:
        """The boxes a reader of non-fiction is asked about."""
        return [box for box in self["mood"].subwidgets if box.data["value"] in choices.moods_for("nonfiction")]

    def more_is_used(self) -> bool:
        """Whether the folded part about books holds anything that must not be hidden."""
        own = any(self[name].value() or self[name].errors for name in ("limits", "length", "formats"))
        return own or not self.dislikes.is_blank()

    def details_are_used(self) -> bool:
        """Whether the folded part about the reader holds anything that must not be hidden."""
        chosen = any(self[name].value() or self[name].errors for name in ("librarian", "branch", "card_number"))
        return chosen or bool(self["language"].errors) or self["language"].value() != self.page_language

    def wishes(self) -> Wishes:
        """The whole form, cleaned; only after `is_valid`. For a child no consent is taken over."""
        said = self.cleaned_data
        consents = [purpose for purpose in WORDINGS if said.get(f"consent_{purpose}")]
        asked_moods = choices.moods_for(said["reads"])
        return Wishes(
            nonce="",
            email=said["email"],
            language=said["language"],
            audience=said["audience"],
            reads=said["reads"],
            name=said["name"],
            card_number=said["card_number"],
            branch=said["branch"],
            librarian=said["librarian"],
            likes=self.likes.books(),
            dislikes=self.dislikes.books(),
            mood=_each_once(mood for mood in said["mood"] if mood in asked_moods),
            limits=_each_once(said["limits"]),
            length=said["length"],
            formats=_each_once(said["formats"]),
            about=said["about"],
            consents=() if said["audience"] == "child" else tuple(consents),
        )


def _each_once(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


def _anchor(field: BoundField) -> str:
    """The id the summary links to: the field, or the first of a group of boxes."""
    grouped = isinstance(field.field.widget, forms.RadioSelect | forms.CheckboxSelectMultiple)
    return f"{field.auto_id}_0" if grouped else str(field.auto_id)
