"""How long things are kept: the form of the retention page."""

from __future__ import annotations

from django import forms

from library.forms.settings import CHILD_AGES, CHILD_HINT, CHILD_LABEL, whole_number
from library.models import LibrarySettings


class RetentionForm(forms.Form):
    """One number for each rule; the limits keep a slip of the finger from emptying the house."""

    use_required_attribute = False

    keep_unanswered_months = whole_number(
        "Months a request nobody answered is kept",
        "Then it goes with everything in it; the promise counts as missed.",
        1,
        60,
    )
    keep_identity_months = whole_number(
        "Months a person is kept after the last contact",
        "Nobody who has a book out, waits for something, or is listed by the library system with a valid card.",
        3,
        120,
    )
    keep_notes_months = whole_number("Months a note is kept", "Its line in the story stays, without words.", 1, 60)
    keep_links_days = whole_number(
        "Days the links to a letter and a check-in open",
        "Counted from the mail they came in; links mailed before keep their time. Links to stop mail always work.",
        7,
        365,
    )
    keep_mail_bodies_days = whole_number(
        "Days the words of a mail are kept", "The row stays: to whom, when, and what came of it.", 7, 365
    )
    keep_events_days = whole_number(
        "Days the reports of mail services are kept",
        "As they came. What followed from them stays with the mail.",
        3,
        90,
    )
    keep_undo_days = whole_number(
        "Days an import, a merge or a change to many can be undone", "Then the old values go.", 1, 90
    )
    keep_exports_hours = whole_number(
        "Hours files are kept",
        "Files brought in, tables made from the patron list, and the values of rejected rows; line, field and reason"
        " stay with the report of the import.",
        1,
        168,
    )
    reading_history = forms.ChoiceField(
        choices=LibrarySettings.ReadingHistory.choices,
        label="Reading history, where a reader leaves it to the library",
        help_text="Readers choose forever or never on their own page; nobody can change that for them.",
        error_messages={"required": "Choose what the library keeps", "invalid_choice": "Choose one of the three"},
    )
    child_until = whole_number(CHILD_LABEL, CHILD_HINT, *CHILD_AGES)
