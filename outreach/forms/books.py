"""The books a reader names: rows `likes-0-title`, `likes-0-why`, `likes-1-title` ... as they come."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from outreach.forms.fields import FreeTextField, OneLineField, dress
from outreach.services.wishes import TITLE_LENGTH, NamedBook

MOST = 10
SHOWN = 3
TOO_MANY = _("Name at most %(most)d books here")


class BookRow(forms.Form):
    """One book in the reader's own words. Both parts may be empty."""

    use_required_attribute = False

    title = OneLineField(max_length=TITLE_LENGTH, required=False, label=_("Title"))
    why = FreeTextField(max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def book(self) -> NamedBook | None:
        """The book of this row; None for an empty row."""
        title, why = self.cleaned_data["title"], self.cleaned_data["why"]
        return NamedBook(title, why) if title or why else None

    @property
    def is_used(self) -> bool:
        """Whether anything was typed here, right or wrong."""
        return any(str(self[name].value() or "").strip() for name in self.fields)


class BookRows:
    """All rows of one kind. Needs no count from the poster: a row exists because it was sent."""

    def __init__(self, prefix: str, data: Mapping[str, Any] | None) -> None:
        self.prefix = prefix
        sent = _numbers_sent(prefix, data or {})
        count = max(SHOWN, *(number + 1 for number in sent if number < MOST), 0)
        self.rows = [dress(BookRow(data, prefix=f"{prefix}-{number}")) for number in range(count)]
        if any(number >= MOST for number in sent):
            self.rows[-1].add_error("title", ValidationError(TOO_MANY, params={"most": MOST}))

    def is_valid(self) -> bool:
        return all(row.is_valid() for row in self.rows)

    def books(self) -> tuple[NamedBook, ...]:
        """The books named, in order; only after `is_valid`."""
        return tuple(book for row in self.rows if (book := row.book()))

    def problems(self) -> list[tuple[str, str]]:
        """What is wrong, as pairs of the field's id and the sentence."""
        return [(str(field.auto_id), str(error)) for row in self.rows for field in row for error in field.errors]

    def is_blank(self) -> bool:
        """Whether nothing was typed in any row."""
        return not any(row.is_used for row in self.rows)

    @property
    def opened(self) -> list[tuple[BookRow, bool]]:
        """Each row, and whether it is shown open: rows lie inside one another, so a used row opens those before it."""
        last = max((place for place, row in enumerate(self.rows) if row.is_used), default=0)
        return [(row, place <= last) for place, row in enumerate(self.rows)]


def _numbers_sent(prefix: str, data: Mapping[str, Any]) -> list[int]:
    """The row numbers in what was sent; a number too long to be meant counts as one too many."""
    pattern = re.compile(rf"{prefix}-([0-9]{{1,6}})-(?:title|why)")
    return [int(match[1]) for name in data if (match := pattern.fullmatch(name)) and str(data[name]).strip()]
