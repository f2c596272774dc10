"""One row of the rule table, the scale, and the note a table is published with."""

from __future__ import annotations

from typing import Any

from django import forms

from engagement.forms.needs import FewWordsField
from engagement.models import Rule
from engagement.services.judging import TESTS, most_points
from engagement.services.rule_table import RuleFacts
from engagement.services.rules import LEAST_S50, MOST_POINTS, MOST_S50, MOST_WEIGHT

QUESTIONS = {
    "named_people": "Are there named people on both sides?",
    "patron_took_part": "Did the reader begin or answer it?",
    "used_knowledge": "Did it use what we know of this reader?",
    "continued": "Did it continue an earlier exchange?",
    "gave_something": "Did it give something to other readers or to us?",
}
VERDICTS = [("yes", "yes"), ("no", "no"), ("event", "depends on the event")]
CHOOSE = {"required": "Choose an answer", "invalid_choice": "Choose an answer from the list"}
LONG = {"max_length": "Say it in fewer words"}


def _number(label: str, most: float, help_text: str, *, least: float = 0, required: bool = True) -> forms.FloatField:
    wrong = f"{label.split(',', maxsplit=1)[0]}: a number from {least:g} to {most:,g}"
    words = {"required": wrong, "invalid": wrong, "min_value": wrong, "max_value": wrong}
    return forms.FloatField(
        label=label, min_value=least, max_value=most, required=required, help_text=help_text, error_messages=words
    )


class RuleForm(forms.Form):
    """A row: what it counts, the five tests, what it is worth, and where reports show it."""

    use_required_attribute = False

    kind = forms.CharField(
        max_length=40,
        label="Kind",
        help_text="Its name in files, e.g. book_swap: small letters, numbers and _. It never changes.",
        error_messages={"required": "Name the kind, e.g. book_swap", "max_length": "A kind has at most 40 letters"},
    )
    label = FewWordsField(max_length=80, label="What happened", error_messages={"required": "Say what happened"} | LONG)
    definition = FewWordsField(
        max_length=300,
        label="What counts",
        help_text="One sentence that leaves no doubt.",
        error_messages={"required": "Say what counts"} | LONG,
    )
    weight = _number("Weight", MOST_WEIGHT, "Points where at most one answer is yes, else points for each yes.")
    ceiling = _number(
        "Most points one event may bring",
        MOST_POINTS,
        "Leave it empty for as many as the answers allow.",
        required=False,
    )
    channel = forms.ChoiceField(choices=Rule.Channel.choices, label="Channel", error_messages=CHOOSE)
    group = forms.ChoiceField(
        choices=[("", "not in it"), *Rule.Group.choices],
        required=False,
        label="In the contact mix",
        error_messages=CHOOSE,
    )
    outcome = forms.ChoiceField(
        choices=[("", "none"), *Rule.Outcome.choices], required=False, label="A gift", error_messages=CHOOSE
    )
    shows_use = forms.BooleanField(required=False, label="It makes a reader an active one")

    def __init__(self, *args: Any, row: RuleFacts | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.row = row
        for test in TESTS:
            self.fields[test] = forms.ChoiceField(choices=VERDICTS, label=QUESTIONS[test], error_messages=CHOOSE)
        if row is not None:
            del self.fields["kind"]
            facts = {name: getattr(row, name) for name in self.fields if name not in TESTS}
            self.initial = {**facts, **row.verdicts, **self.initial}
            if row.ceiling == most_points(row.verdicts, row.weight):
                self.initial["ceiling"] = None
        named = ["kind", "label", "definition", *TESTS, "weight", "ceiling", "channel", "group", "outcome", "shows_use"]
        self.order_fields(named)

    def facts(self) -> RuleFacts:
        """The row as it was filled in; call it on a form that is valid."""
        said = dict(self.cleaned_data)
        verdicts = {test: said.pop(test) for test in TESTS}
        kind = said.pop("kind", "") if self.row is None else self.row.kind
        ceiling = said.pop("ceiling")
        most = most_points(verdicts, said["weight"])
        return RuleFacts(kind=kind, verdicts=verdicts, ceiling=most if ceiling is None else ceiling, **said)


class ScaleForm(forms.Form):
    """How many points show as 50."""

    use_required_attribute = False

    s50_relational = _number(
        "Relational points that show as 50", MOST_S50, "More points make numbers smaller.", least=LEAST_S50
    )
    s50_transactional = _number(
        "Transactional points that show as 50", MOST_S50, "More points make numbers smaller.", least=LEAST_S50
    )


class PublishForm(forms.Form):
    """Why the table changes, for everybody who reads its history."""

    use_required_attribute = False

    note = FewWordsField(
        max_length=200,
        label="Why it changes",
        error_messages={"required": "Say in a sentence why the rules change"} | LONG,
    )
