"""The forms of the list of patrons: what narrows it stands in the address, each as one of a few words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django import forms
from django.conf import settings
from django.utils.dateparse import parse_date

from engagement.models import ReaderType
from engagement.models.score import Stage
from library.models import Branch
from outreach.forms.fields import OneLineField, dress
from patrons.models import Consent, Patron
from relcrm.desk.services.patron_list import NONE, Filters

LONGEST = 80  # of any script, it fits the address kept with a list
Choices = Sequence[tuple[str, str]]
CHOICES: dict[str, Choices] = {
    "stage": [*((str(value), str(label)) for value, label in Stage.choices), (NONE, "not measured")],
    "type": [*((str(value), str(label)) for value, label in ReaderType.Type.choices), (NONE, "no type")],
    "audience": [(str(value), str(label)) for value, label in Patron.Audience.choices],
    "language": list(settings.LANGUAGES),
    "standing": [("own", "known"), ("provisional", "address not proved yet")],
    "consent": [
        *((str(purpose), f"agreed: {label}") for purpose, label in Consent.Purpose.choices),
        *((f"no_{purpose}", f"not agreed: {label}") for purpose, label in Consent.Purpose.choices),
    ],
    "source": [("ils", "in the library system"), ("gone", "gone from the library system"), ("here", "only here")],
    "channel": [(str(value), str(label)) for value, label in Patron.Channel.choices],
    "household": [("yes", "in a household"), ("no", "in none")],
    "open": [("yes", "has an open request"), ("no", "has none")],
}
LABELS = {
    "stage": "Stage",
    "type": "Kind of reader",
    "audience": "Age",
    "language": "Language",
    "standing": "Record",
    "consent": "Consent",
    "source": "Library system",
    "channel": "Prefers",
    "household": "Household",
    "open": "Request",
}


def read_filters(query: Mapping[str, str], branches: Sequence[Branch]) -> Filters:
    """What an address asks for; a word that is none of the known ones counts as not said."""
    said = {name: _one_of(query.get(name, ""), choices) for name, choices in CHOICES.items()}
    places = [str(branch.pk) for branch in branches]
    return Filters(
        words=" ".join(query.get("q", "").replace("\0", "").split())[:LONGEST],
        branch=query.get("branch", "") if query.get("branch", "") in {NONE, *places} else "",
        since=_day(query.get("since", "")),
        **said,
    )


def _one_of(value: str, choices: Choices) -> str:
    return value if value in {known for known, _label in choices} else ""


def _day(words: str) -> date | None:
    try:
        return parse_date(words)
    except ValueError:
        return None


@dataclass(frozen=True)
class FilterField:
    """One choice on the page."""

    name: str
    label: str
    value: str
    choices: Choices


def filter_fields(filters: Filters, branches: Sequence[Branch]) -> list[FilterField]:
    """The choices as they stand."""
    places = [*((str(branch.pk), str(branch)) for branch in branches), (NONE, "no branch")]
    offered = {"branch": places, **CHOICES}
    labels = {"branch": "Branch", **LABELS}
    return [FilterField(name, labels[name], getattr(filters, name), choices) for name, choices in offered.items()]


class SaveForm(forms.Form):
    """A name for the filter shown, and who else may use it."""

    use_required_attribute = False

    name = OneLineField(max_length=60, label="Name", required=True)
    shared = forms.ChoiceField(required=False, label="For")

    def __init__(self, data: Mapping[str, str] | None = None, *, branches: Sequence[Branch]) -> None:
        super().__init__(data)
        self.fields["name"].error_messages["required"] = "Give the list a name."
        field = self.fields["shared"]
        if isinstance(field, forms.ChoiceField):
            offered = [(str(branch.pk), f"everyone at {branch}") for branch in branches]
            field.choices = [("", "only me"), ("all", "all librarians"), *offered]
        dress(self)


class BulkForm(forms.Form):
    """What to do with many patrons at once."""

    use_required_attribute = False

    action = forms.ChoiceField(label="With these readers")

    def __init__(self, data: Mapping[str, str] | None = None, *, branches: Sequence[Branch]) -> None:
        super().__init__(data)
        field = self.fields["action"]
        if isinstance(field, forms.ChoiceField):
            field.choices = bulk_choices(branches)
            field.error_messages["required"] = field.error_messages["invalid_choice"] = "Choose what to do."
        dress(self)


def bulk_words(action: str, value: str, *, branches: Sequence[Branch]) -> str:
    """What a bulk action does, in the words it was chosen by; empty where its branch has gone."""
    groups = (choices for _group, choices in bulk_choices(branches) if isinstance(choices, list))
    return next((label for group in groups for key, label in group if key == f"{action}:{value}"), "")


def bulk_choices(branches: Sequence[Branch]) -> list[tuple[str, str | list[tuple[str, str]]]]:
    """Every action with its value, as `action:value`."""
    return [
        ("", "choose"),
        ("branch", [(f"branch:{branch.pk}", f"move to {branch}") for branch in branches]),
        ("language", [(f"language:{code}", f"write in {name}") for code, name in settings.LANGUAGES]),
        ("preferred channel", [(f"channel:{value}", f"prefers {label}") for value, label in CHOICES["channel"]]),
        ("library system", [("gone:yes", "mark as gone"), ("gone:no", "mark as still there")]),
    ]
