"""The questions how the rows of a file are to come in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from library.models import ImportRun
from library.services.importing import Field
from relcrm.desk.services.importing.registry import KINDS

PURPOSES = {
    "check_in": "asking how the books were",
    "profile": "remembering their taste",
    "proactive": "writing to them unasked",
}
FULL = {
    True: (
        "This is everybody the library system knows",
        "Whoever is missing from the file is then marked as gone. Leave it empty for a part, or for changes only.",
    ),
    False: ("This is everything there is", "What is missing from the file is then marked as gone."),
}
WINS = [("ils", "the library system wins"), ("ours", "ours wins")]


class OptionsForm(forms.Form):
    """How the rows are to come in. Which questions there are depends on the kind and on its fields."""

    def __init__(self, *args: Any, run: ImportRun, fields: Sequence[Field], **kwargs: Any) -> None:
        kwargs.setdefault("initial", _as_before(run.options))
        super().__init__(*args, **kwargs)
        kind = KINDS[run.what]
        self.by_rule = [one for one in fields if one.by_rule]
        if kind.goes_missing:
            label, help_text = FULL[kind.people]
            self.fields["full"] = forms.BooleanField(required=False, label=label, help_text=help_text)
        for one in self.by_rule:
            self.fields[f"rule-{one.name}"] = forms.ChoiceField(
                label=one.label, choices=WINS, required=False, initial="ours"
            )
        for purpose, words in PURPOSES.items() if kind.people else ():
            self.fields[f"consent-{purpose}"] = forms.CharField(
                required=False,
                max_length=20,
                label=f"They agreed to {words}",
                error_messages={"max_length": "At most 20 characters, as in: paper-2024"},
            )

    @property
    def rules(self) -> list[forms.BoundField]:
        """The questions who wins."""
        return [self[name] for name in self.fields if name.startswith("rule-")]

    @property
    def consents(self) -> list[forms.BoundField]:
        """The questions who agreed."""
        return [self[name] for name in self.fields if name.startswith("consent-")]

    @property
    def options(self) -> dict[str, Any]:
        """As the importers read them: full, rules per field, consents by purpose with the version of their wording."""
        said = self.cleaned_data
        rules = {one.name: said[f"rule-{one.name}"] or "ours" for one in self.by_rule}
        consents = {purpose: said.get(f"consent-{purpose}", "").strip() for purpose in PURPOSES}
        return {
            "full": bool(said.get("full")),
            "rules": rules,
            "consents": {purpose: version for purpose, version in consents.items() if version},
        }


def _as_before(options: Mapping[str, Any]) -> dict[str, Any]:
    """The answers given before, to begin with."""
    before: dict[str, Any] = {"full": options.get("full", False)}
    before |= {f"rule-{name}": wins for name, wins in options.get("rules", {}).items()}
    return before | {f"consent-{purpose}": version for purpose, version in options.get("consents", {}).items()}
