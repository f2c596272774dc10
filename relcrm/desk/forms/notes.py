"""A talk, written down in two clicks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings

from engagement.models import Note
from engagement.services.notes import Talk
from outreach.forms.fields import FreeTextField, YesBox, dress

LONGEST = 4000
MOST_MINUTES = 600
STARTED_BY = [("patron", "the reader"), ("library", "we did")]
WHOLE_MINUTES = f"Minutes: a whole number from 0 to {MOST_MINUTES}"
TESTS = {"answered": "patron_took_part", "used": "used_knowledge", "continued": "continued"}


def _tick(label: str) -> forms.BooleanField:
    return forms.BooleanField(required=False, label=label, widget=YesBox)


class NoteForm(forms.Form):
    """What was said, on which way, who began it. The ticks say what only who was there can know."""

    use_required_attribute = False

    words = FreeTextField(
        max_length=LONGEST, label="What was said", error_messages={"required": "Write down what was said"}
    )
    channel = forms.ChoiceField(
        choices=Note.Channel.choices, label="How", error_messages={"invalid_choice": "Choose how you talked"}
    )
    started_by = forms.ChoiceField(
        choices=STARTED_BY, label="Who began", error_messages={"invalid_choice": "Choose who began"}
    )
    minutes = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=MOST_MINUTES,
        label="Minutes (optional)",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"invalid": WHOLE_MINUTES, "min_value": WHOLE_MINUTES, "max_value": WHOLE_MINUTES},
    )
    day = forms.DateField(
        required=False,
        label="Another day than today (optional)",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "Write the day like 2026-11-24"},
    )
    answered = _tick("We both talked: something was asked and answered")
    used = _tick("I used what we know of this reader")
    continued = _tick("It went on from an earlier letter or talk")
    closed = _tick("I heard how the books were")

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        initial: dict[str, Any] | None = None,
        now: datetime,
        zone: str = "",
    ) -> None:
        super().__init__(data, auto_id="note_%s", initial=initial)
        self.now, self.zone = now, ZoneInfo(zone or settings.TIME_ZONE)
        self.fields["words"].widget.attrs |= {"rows": 3, "autocomplete": "off"}
        dress(self)

    def clean_day(self) -> date | None:
        day: date | None = self.cleaned_data["day"]
        if day is not None and not 1990 <= day.year <= self.now.year:  # noqa: PLR2004  (nobody writes down older talks)
            raise forms.ValidationError("Choose a day since 1990 and not after today")
        if day is not None and day > self.now.astimezone(self.zone).date():
            raise forms.ValidationError("Choose today or an earlier day")
        return day

    def talk(self, *, at: datetime | None = None) -> Talk:
        """The facts of a form that is valid; `at` is when it happened, where the day was not changed."""
        said = self.cleaned_data
        before = at or self.now
        same_day = said["day"] in (None, before.astimezone(self.zone).date())
        return Talk(
            channel=said["channel"],
            started_by=said["started_by"],
            words=said["words"],
            at=before if same_day else datetime.combine(said["day"], time(12), self.zone),
            minutes=said["minutes"],
            tests={test: True for name, test in TESTS.items() if said[name]},
            closed=said["closed"],
        )


def initial_of(talk: Talk, *, zone: str = "") -> dict[str, Any]:
    """What the form shows of a note that is there."""
    ticks = {name: talk.tests.get(test, False) for name, test in TESTS.items()}
    day = talk.at.astimezone(ZoneInfo(zone or settings.TIME_ZONE)).date()
    facts = {"words": talk.words, "channel": talk.channel, "started_by": talk.started_by, "minutes": talk.minutes}
    return facts | ticks | {"day": day, "closed": talk.closed}
