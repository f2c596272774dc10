"""What a librarian types into a letter."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms

from catalog.models import Title
from outreach.models import Letter
from outreach.services.letters import Draft, DraftPick

PICK = re.compile(r"picks-([0-9]{1,3})-title")
NO = {"", "0", "false", "off", "no"}
MOST_ROWS = 30
BIGGEST_ID = 2**53
LONGEST_WAIT = 180
A_DAY_OF_WORK = 600
ACTIONS = ("save", "preview", "send")


@dataclass(frozen=True)
class PickRow:
    """One pick as it stands in the form."""

    title: Title
    why: str
    stretch: bool


class _Words(forms.CharField):
    """Typed words: plain line ends, and no NUL, which PostgreSQL cannot keep and nobody means."""

    def to_python(self, value: object) -> str:
        words = str(value or "").replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
        return words.strip()


class PickForm(forms.Form):
    title = forms.IntegerField(min_value=1, max_value=BIGGEST_ID)
    why = _Words(
        required=False,
        max_length=1500,
        error_messages={"max_length": "Say why in 1,500 characters or fewer. There are %(show_value)s."},
    )


class _Hidden(forms.IntegerField):
    """A number the page itself put there."""

    def __init__(self) -> None:
        words = "This page is out of date. Copy your words, then open the letter again."
        messages = dict.fromkeys(("invalid", "min_value", "max_value"), words)
        super().__init__(required=False, min_value=0, max_value=BIGGEST_ID, error_messages=messages)


class LetterForm(forms.Form):
    """The letter page. Nothing is required: a draft may lack everything; what a letter needs, sending asks for.

    Besides the fields of the contract: `version` (the draft the page was made from), `keep` (save over that other
    version after a conflict), `find` (words to look for), `add` and `remove` (title ids from the page's buttons),
    `back` with its why (the pick that was just removed).
    """

    note = _Words(
        required=False,
        max_length=6000,
        error_messages={"max_length": "Keep the note to 6,000 characters. There are %(show_value)s."},
    )
    check_in_days = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=LONGEST_WAIT,
        error_messages=dict.fromkeys(
            ("invalid", "min_value", "max_value"), f"Ask after 1 to {LONGEST_WAIT} days: write a whole number."
        ),
    )
    minutes = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=A_DAY_OF_WORK,
        error_messages=dict.fromkeys(
            ("invalid", "min_value", "max_value"), f"Write the minutes as a whole number from 0 to {A_DAY_OF_WORK}."
        ),
    )
    action = _Words(required=False)
    version = _Hidden()
    keep = _Hidden()
    find = _Words(required=False)
    add = _Hidden()
    remove = _Hidden()

    def __init__(self, data: Mapping[str, Any]) -> None:
        super().__init__(data)
        self.rows: list[PickRow] = []

    def clean(self) -> dict[str, Any]:
        self._read_rows()
        return self.cleaned_data

    def is_asked_to(self) -> str:
        """save, preview or send; anything else only saves."""
        action = str(self.cleaned_data.get("action"))
        return action if action in ACTIONS else "save"

    def seen_version(self) -> int | None:
        """The version of the draft the librarian has seen, or after a conflict has chosen to replace."""
        keep = self.cleaned_data.get("keep")
        version: int | None = self.cleaned_data.get("version") if keep is None else keep
        return version

    def draft(self) -> Draft:
        """What was typed, with the title just added and without the one just removed."""
        cleaned = self.cleaned_data
        gone = self.removed()
        picks = tuple(DraftPick(row.title, row.why, row.stretch) for row in self.rows if row is not gone)
        return Draft(cleaned["note"], picks, cleaned.get("check_in_days"), cleaned.get("minutes"))

    def removed(self) -> PickRow | None:
        """The pick whose Remove button was pressed."""
        return self._row(self.cleaned_data.get("remove"))

    def added(self) -> int | None:
        """The place of the title whose Add button was pressed."""
        row = self._row(self.cleaned_data.get("add"))
        return self.rows.index(row) if row else None

    def _row(self, title: int | None) -> PickRow | None:
        return next((row for row in self.rows if row.title.pk == title), None)

    def _read_rows(self) -> None:
        """The picks in the order of their numbers; a title named twice is one pick with both whys."""
        typed: dict[int, tuple[str, bool]] = {}
        for number in self._numbers():
            pick = PickForm(self.data, prefix=f"picks-{number}")
            if not pick.is_valid():
                self._note_errors(number, pick)
            title, why = pick.cleaned_data.get("title"), _Words().to_python(self.data.get(f"picks-{number}-why"))
            if title is None:
                continue
            before, stretch = typed.get(title, ("", False))
            words = before if why.strip() in before else "\n".join(part for part in (before, why) if part)
            typed[title] = (words, stretch or _ticked(self.data.get(f"picks-{number}-stretch")))
        new = self.cleaned_data.get("add")
        if new:
            typed.setdefault(new, self._put_back() if str(new) == self.data.get("back") else ("", False))
        titles = Title.objects.in_bulk(typed)
        if len(titles) < len(typed):
            self.add_error(None, "A title that was chosen is not in the catalogue. It was left out.")
        self.rows = [PickRow(titles[pk], *typed[pk]) for pk in typed if pk in titles]

    def _put_back(self) -> tuple[str, bool]:
        """What was written of the pick that was just removed."""
        return _Words().to_python(self.data.get("back-why")), _ticked(self.data.get("back-stretch"))

    def _numbers(self) -> list[int]:
        found = {int(match[1]) for key in self.data if (match := PICK.fullmatch(key)) and self.data[key] != ""}
        return sorted(found)[:MOST_ROWS]

    def _note_errors(self, number: int, pick: PickForm) -> None:
        for words in pick.errors.get("why", []):
            self.add_error(None, f"Pick {number + 1}: {words}")
        if "title" in pick.errors:
            self.add_error(None, "A title that was chosen is not in the catalogue. It was left out.")


def fields_of(letter: Letter, rows: list[PickRow]) -> list[tuple[str, str]]:
    """The fields that say this letter once more, for a page that sends it on without showing the form."""
    fields = [
        ("note", letter.note),
        ("check_in_days", str(letter.check_in_days)),
        ("minutes", "" if letter.minutes is None else str(letter.minutes)),
        ("version", str(letter.version)),
    ]
    for number, row in enumerate(rows):
        fields += [(f"picks-{number}-title", str(row.title.pk)), (f"picks-{number}-why", row.why)]
        if row.stretch:
            fields.append((f"picks-{number}-stretch", "on"))
    return fields


def _ticked(value: object) -> bool:
    return value is not None and str(value).strip().lower() not in NO
