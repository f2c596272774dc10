"""How does the library do for you? The questions of the pulse.

The 0-10 question is that of the net promoter score; the four statements are those of Project Outcome's immediate
survey; the longer scale shortens the ten items on feeling, thinking and doing of Hollebeek, Glynn and Brodie (2014)
to two each (reference: docs/engagement.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _

from engagement.models import Pulse
from outreach.forms.answers import KNOWN, Choices
from outreach.forms.fields import FreeTextField
from outreach.services.pulse_answers import Said

MARKS = [(str(mark), str(mark)) for mark in range(11)]
AGREEMENT = (
    ("5", _("Agree")),
    ("4", _("Rather agree")),
    ("3", _("In between")),
    ("2", _("Rather not")),
    ("1", _("Disagree")),
)
STATEMENTS = {
    "learned": _("At the library I learned something new that helps me."),
    "confident": _("I feel surer about what I learned there."),
    "will_do": _("I mean to do something with it."),
    "aware": _("I know better what the library has for me."),
}
SCALE = {
    "feeling-1": _("Using the library makes me feel good."),
    "feeling-2": _("I am glad to be one of its readers."),
    "thinking-1": _("What I find there makes me think."),
    "thinking-2": _("It makes me want to know more."),
    "doing-1": _("I spend a good part of my time with what I find there."),
    "doing-2": _("When I look for something to read, I try the library first."),
}
SCALES = ("feeling", "thinking", "doing")


class PulseForm(forms.Form):
    """Fields `recommend`, the four statements, once a year the scale, `words` and `may_quote`; none is required."""

    def __init__(self, data: Mapping[str, Any] | None = None, *, pulse: Pulse, library: str) -> None:
        super().__init__(data)
        self.longer = pulse.wave == Pulse.Wave.YEARLY
        self.fields["recommend"] = forms.ChoiceField(
            label=_("How likely is it that you recommend %(library)s to a friend?") % {"library": library},
            choices=MARKS,
            widget=Choices,
            required=False,
            initial=_text(pulse.recommend),
            error_messages=KNOWN,
        )
        for name, statement in STATEMENTS.items():
            self._ask(name, statement, _text(getattr(pulse, name)))
        for name, statement in SCALE.items() if self.longer else ():
            self._ask(name, statement, "")
        self.fields["words"] = FreeTextField(
            label=_("What would you like to tell us?"),
            max_length=2000,
            required=False,
            initial=pulse.words,
            widget=forms.Textarea(attrs={"rows": 3, "class": "form-control"}),
        )
        self.fields["may_quote"] = forms.BooleanField(
            label=_("You may quote these words, without my name"), required=False, initial=pulse.may_quote
        )

    def statements(self) -> list[BoundField]:
        return [self[name] for name in STATEMENTS]

    def scale(self) -> list[BoundField]:
        return [self[name] for name in SCALE] if self.longer else []

    def clean(self) -> dict[str, Any]:
        said = self.cleaned_data
        if not self.errors and not any(said.get(name) for name in self.fields if name != "may_quote"):
            self.add_error("recommend", _("Answer at least one question"))
        return said

    def said(self) -> Said:
        """The answers by question; each part of the scale is the mean of its statements that have one."""
        given = self.cleaned_data
        answers: dict[str, float | None] = {
            name: int(given[name]) if given[name] else None for name in ("recommend", *STATEMENTS)
        }
        if self.longer:
            answers |= {part: self._mean(part) for part in SCALES}
        return Said(answers, given["words"], given["may_quote"])

    def _mean(self, part: str) -> float | None:
        marks = [int(mark) for name, mark in self.cleaned_data.items() if name.startswith(f"{part}-") and mark]
        return sum(marks) / len(marks) if marks else None

    def _ask(self, name: str, statement: Any, initial: str) -> None:
        self.fields[name] = forms.ChoiceField(
            label=statement,
            choices=AGREEMENT,
            widget=Choices,
            required=False,
            initial=initial,
            error_messages=KNOWN,
        )


def _text(mark: int | None) -> str:
    return "" if mark is None else str(mark)
