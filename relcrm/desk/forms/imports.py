"""The forms of the import wizard: the file, what it is, what its columns mean, how it is to come in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from library.models import ImportRun
from library.services.importing import Field, Importer
from library.services.reading.maps import SYSTEMS
from relcrm.desk.services.importing.arriving import most_bytes
from relcrm.desk.services.importing.columns import Column, guess_columns
from relcrm.desk.services.importing.registry import Kind

BY_HAND = "by_hand"
DATES = [
    ("", "as 2026-12-31, or so that day and month cannot be confused"),
    ("dmy", "day first: 31/12/2026"),
    ("mdy", "month first: 12/31/2026"),
]
# What systems keep in several columns; their parts are joined by a blank.
JOINED = {"name": 3, "postal_address": 4}


class UploadForm(forms.Form):
    """A file and what is in it."""

    what = forms.ChoiceField(
        label="What is in the file?",
        widget=forms.RadioSelect,
        error_messages={"required": "Say what is in the file", "invalid_choice": "Choose one of these"},
    )
    file = forms.FileField(
        label="The file",
        allow_empty_file=True,
        error_messages={"required": "Choose the file", "invalid": "Choose the file"},
    )

    def __init__(self, *args: Any, kinds: Sequence[Kind], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["what"] = _choice(self.fields["what"], [(kind.what, kind.name) for kind in kinds])
        self.fields["file"].help_text = f"As the library system exports it, at most {most_bytes() // 1_000_000} MB."
        self.fields["file"].widget.attrs |= {"data-most-bytes": str(most_bytes()), "data-too-large": too_large()}

    def clean_file(self) -> UploadedFile[bytes]:
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        if not file.size:
            raise forms.ValidationError("This file is empty. Export it again, then choose the new one")
        if file.size > most_bytes():
            raise forms.ValidationError(too_large())
        return file


def too_large() -> str:
    """What to do with a file that is larger than taken here."""
    most = most_bytes() // 1_000_000
    return f"This file is larger than {most} MB. Export it in parts, or ask whoever runs Relcrm to import it there"


class ColumnsForm(forms.Form):
    """Which system the file comes from, or, by hand, which of its columns means what."""

    preset = forms.ChoiceField(
        label="Where does this file come from?",
        widget=forms.RadioSelect,
        error_messages={"required": "Say where the file comes from", "invalid_choice": "Choose one of these"},
    )
    system = forms.ChoiceField(
        required=False,
        label="Whose numbers these are",
        choices=[("", "not said"), *((name, name.title()) for name in SYSTEMS)],
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    dates = forms.ChoiceField(
        required=False,
        label="How dates are written",
        choices=DATES,
        widget=forms.Select(attrs={"class": "form-select"}),
    )

    def __init__(
        self, *args: Any, run: ImportRun, importer: Importer, columns: Sequence[Column], **kwargs: Any
    ) -> None:
        guessed = guess_columns(columns=columns, fields=importer.FIELDS) if not run.mapping else {}
        initial = {f"field-{name}": column for name, column in guessed.items()} | _chosen(run)
        super().__init__(*args, **{"initial": initial} | kwargs)
        self.importer = importer
        self.examples = {column.name: column.examples for column in columns}
        presets = list(importer.PRESETS.items())
        by_hand = [(BY_HAND, "None of these: I say which column means what")] if columns else []
        self.fields["preset"] = _choice(self.fields["preset"], presets + by_hand)
        names = [("", "not in this file"), *((column.name, column.name) for column in columns)]
        for one in importer.FIELDS if columns else ():
            self.fields[f"field-{one.name}"] = _column(one, one.label, names)
            for nth in range(1, JOINED.get(one.name, 1)):
                self.fields[f"field-{one.name}-{nth}"] = _column(one, f"{one.label}, part {nth + 1}", names)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("preset") == BY_HAND:
            for one in self.importer.FIELDS:
                if one.required and not cleaned.get(f"field-{one.name}"):
                    self.add_error(f"field-{one.name}", f"{one.label}: choose its column")
        return cleaned

    @property
    def by_field(self) -> list[tuple[forms.BoundField, bool, str]]:
        """The selects, whether each is needed, and what stands in the column chosen."""
        needed = {f"field-{one.name}" for one in self.importer.FIELDS if one.required}
        bound = [(self[name], name in needed) for name in self.fields if name.startswith("field-")]
        return [(field, must, self.examples.get(str(field.value() or ""), "")) for field, must in bound]

    @property
    def chosen_preset(self) -> str:
        """The system chosen; empty: by hand."""
        chosen = str(self.cleaned_data["preset"])
        return "" if chosen == BY_HAND else chosen

    @property
    def chosen_mapping(self) -> dict[str, Any]:
        """The map as readers take it (library.services.reading.maps), for the fields that have a column."""
        fields = {one.name: self._columns_of(one.name) for one in self.importer.FIELDS}
        rules = {name: self._rule(name, columns) for name, columns in fields.items() if columns}
        return {"what": self.importer.WHAT, "system": str(self.cleaned_data.get("system") or ""), "fields": rules}

    def _columns_of(self, name: str) -> list[str]:
        keys = [f"field-{name}", *(f"field-{name}-{nth}" for nth in range(1, JOINED.get(name, 1)))]
        return [str(self.cleaned_data[key]) for key in keys if self.cleaned_data.get(key)]

    def _rule(self, name: str, columns: Sequence[str]) -> Any:
        order = self.cleaned_data.get("dates")
        if order and name.endswith(("_on", "_at", "date")):
            return {"column": columns[0], "dates": order}
        return columns[0] if len(columns) == 1 else {"columns": list(columns)}


def _choice(field: forms.Field, choices: list[tuple[str, str]]) -> forms.ChoiceField:
    """The declared field with the choices of this request."""
    made = forms.ChoiceField(label=field.label, widget=forms.RadioSelect, error_messages=field.error_messages)
    made.choices = choices
    return made


def _column(field: Field, label: str, names: list[tuple[str, str]]) -> forms.ChoiceField:
    made = forms.ChoiceField(
        label=label,
        help_text=field.help if label == field.label else "",
        required=False,
        choices=names,
        error_messages={"invalid_choice": f"{label}: choose a column of this file"},
    )
    made.widget.attrs["class"] = "form-select"
    return made


def _chosen(run: ImportRun) -> dict[str, str]:
    """What was said before: the preset, or each field's columns and the order in dates."""
    chosen = {"preset": run.preset or (BY_HAND if run.mapping else ""), "system": run.mapping.get("system", "")}
    for name, rule in run.mapping.get("fields", {}).items():
        said = rule if isinstance(rule, dict) else {"column": rule}
        chosen["dates"] = said.get("dates") or chosen.get("dates", "")
        for nth, column in enumerate(said.get("columns") or [said.get("column", "")]):
            chosen[f"field-{name}-{nth}" if nth else f"field-{name}"] = str(column)
    return chosen
