"""Starting an experiment."""

from __future__ import annotations

from django import forms

from engagement.forms.needs import FewWordsField
from engagement.models import Experiment
from engagement.services.proof_statistics import about, readers_to_draw
from library.forms.settings import whole_number

TAKES = {percent: about(readers_to_draw(held_percent=percent)) for percent in (20, 50)}
STARTS_WITH = {"share": 50, "days": 21}


class ExperimentForm(forms.Form):
    """What is held back, from how many, and what is counted afterwards."""

    use_required_attribute = False

    name = FewWordsField(
        max_length=120,
        label="Name",
        help_text="As it will stand in reports, e.g. 'Is the reminder worth it, autumn 2026'.",
        error_messages={"required": "Give the experiment a name", "max_length": "Name: at most 120 characters"},
    )
    note = FewWordsField(
        max_length=300,
        required=False,
        label="What we want to know, in a sentence",
        error_messages={"max_length": "What we want to know: at most 300 characters"},
    )
    subject = forms.ChoiceField(
        choices=Experiment.Subject.choices,
        initial=Experiment.Subject.REMINDER,
        label="What is held back",
        help_text="Never what a reader asked for.",
        error_messages={"required": "Choose what is held back", "invalid_choice": "Choose what is held back"},
    )
    share = whole_number(
        "Percent of readers held out",
        f"Half and half is over soonest, with about {TAKES[50]:,} readers. With 20 percent held out it takes about"
        f" {TAKES[20]:,}.",
        1,
        90,
    )
    outcome = forms.ChoiceField(
        choices=Experiment.Outcome.choices,
        initial=Experiment.Outcome.ANSWERED,
        widget=forms.RadioSelect,
        label="What we count",
        error_messages={"required": "Choose what we count", "invalid_choice": "Choose what we count"},
    )
    days = whole_number(
        "Days until we look", "Counted for each reader from the day on which the lot was drawn.", 1, 730
    )
