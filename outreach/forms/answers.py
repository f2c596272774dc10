"""One question for each pick, and two for all."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _

from outreach.forms.fields import PICK_ONE, FreeTextField
from outreach.models import Answer, CheckIn, Pick
from outreach.services.checkins import GivenAnswer

ANSWERS = (
    (Answer.Value.LOVED.value, _("Loved it")),
    (Answer.Value.LIKED.value, _("Liked it")),
    (Answer.Value.SO_SO.value, _("So-so")),
    (Answer.Value.NOT_FOR_ME.value, _("Not for me")),
    (Answer.Value.NOT_YET.value, _("Not read yet")),
    (Answer.Value.COULD_NOT_GET.value, _("Could not get it")),
)
YES_OR_NO = (("yes", _("Yes")), ("no", _("No")))
KNOWN = {"invalid_choice": PICK_ONE}


class Choices(forms.RadioSelect):
    """Radio buttons to which an error can lead: to the first of them."""

    def id_for_label(self, id_: str, index: str | None = None) -> str:
        return super().id_for_label(id_, index or "0")


@dataclass(frozen=True)
class Question:
    """What the page asks about one pick."""

    pick: Pick
    answer: BoundField
    why: BoundField


class CheckInForm(forms.Form):
    """Fields `pick-<id>`, `why-<id>`, `learned` and `comment`; earlier answers are filled in."""

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        check_in: CheckIn,
        picks: Sequence[Pick],
        chosen: Mapping[str, str],
    ) -> None:
        """`chosen`: the query of a link from the mail; what is not a known answer to one of `picks` is ignored."""
        super().__init__(data)
        self.picks = picks
        for pick in picks:
            self._add_question(pick, chosen.get(f"pick-{pick.pk}", ""))
        self.fields["learned"] = forms.ChoiceField(
            label=_("Did you learn something new about what you like to read?"),
            choices=YES_OR_NO,
            widget=Choices,
            required=False,
            initial=None if check_in.learned is None else ("yes" if check_in.learned else "no"),
            error_messages=KNOWN,
        )
        self.fields["comment"] = FreeTextField(
            label=_("Anything else you would like to tell me?"),
            max_length=2000,
            required=False,
            initial=check_in.comment,
            widget=forms.Textarea(attrs={"rows": 3, "class": "form-control"}),
        )

    def questions(self) -> Iterator[Question]:
        for pick in self.picks:
            yield Question(pick, self[f"pick-{pick.pk}"], self[f"why-{pick.pk}"])

    def clean(self) -> dict[str, Any]:
        chosen = [self.cleaned_data.get(f"pick-{pick.pk}") for pick in self.picks]
        failed = [name for name in self.errors if name.startswith("pick-")]
        if not any(chosen) and not failed:
            first = f"pick-{self.picks[0].pk}" if self.picks else None
            self.add_error(first, _("Choose an answer for at least one book"))
        return self.cleaned_data

    def answers(self) -> dict[int, GivenAnswer]:
        """What was chosen, by pick id. Words that did not come with the form stay as they were."""
        given = {}
        for pick in self.picks:
            value, why = self.cleaned_data[f"pick-{pick.pk}"], f"why-{pick.pk}"
            if value:
                given[pick.pk] = GivenAnswer(value, self.cleaned_data[why] if why in self.data else None)
        return given

    def learned(self) -> bool | None:
        """None when the question was left open."""
        return {"yes": True, "no": False}.get(self.cleaned_data["learned"])

    def comment(self) -> str | None:
        """None when the words did not come with the form."""
        return self.cleaned_data["comment"] if "comment" in self.data else None

    def _add_question(self, pick: Pick, chosen: str) -> None:
        answer: Answer | None = getattr(pick, "answer", None)
        before = answer.value if answer else ""
        self.fields[f"pick-{pick.pk}"] = forms.ChoiceField(
            label=pick.title.name,
            choices=ANSWERS,
            widget=Choices,
            required=False,
            initial=chosen if chosen in Answer.Value.values else before,
            error_messages=KNOWN,
        )
        self.fields[f"why-{pick.pk}"] = FreeTextField(
            label=_("Why? A word is enough (optional)"),
            max_length=1500,
            required=False,
            initial=answer.why if answer else "",
            widget=forms.Textarea(attrs={"rows": 2, "class": "form-control"}),
        )
