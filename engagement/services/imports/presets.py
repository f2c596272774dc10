"""What can be read of loans and of other happenings."""

from __future__ import annotations

from engagement.services.imports.presets_loans import LOAN_PRESETS
from library.services.importing import Field
from library.services.reading.maps import Kind, Preset

LOAN_FIELDS = (
    Field("loan_id", "Number of the loan", required=True, help="Several columns may make one."),
    Field("patron", "Reader", help="Number in the library system, or card number."),
    Field("title", "Title number", help="Its number in the catalogue."),
    Field("isbn", "ISBN"),
    Field("title_words", "Title", help="Its name, where no number fits."),
    Field("copy", "Copy", help="Barcode or number of the copy."),
    Field("branch", "Branch"),
    Field("borrowed_at", "Borrowed"),
    Field("due_at", "Due"),
    Field("returned_at", "Returned"),
    Field("renewals", "Renewals"),
)
LOAN_DATES = ("borrowed_at", "due_at", "returned_at")

INTERACTION_FIELDS = (
    Field("source", "Source key", required=True, help="What tells this happening from all others."),
    Field("kind", "Kind", required=True, help="visit, programme, hold, database_use, donation ..."),
    Field("patron", "Reader", help="Number in the library system, or card number."),
    Field("at", "When", required=True),
    Field("minutes", "Minutes of staff"),
    Field("value", "Value", help="An amount or a word: what was given, which database."),
    Field("branch", "Branch"),
    Field(
        "rules", "Version of the rules", help="One version in the whole file; points are those of the rules in force."
    ),
    Field("points", "Points", help="Only checked: points come from the rules."),
)

INTERACTION_PRESETS = {
    "relcrm": Preset(
        label="Our own columns (CSV)",
        format="csv",
        marks=[("kind", when, key) for when in ("time", "at", "date") for key in ("source_key", "source", "key", "id")],
        fields={
            "source": ["source_key", "source", "key", "id"],
            "kind": "kind",
            "patron": ["card", "card_number", "patron", "ils_id"],
            "at": ["time", "at", "date"],
            "minutes": "minutes",
            "value": ["value", "amount"],
            "branch": "branch",
            "rules": ["rules", "rules_version"],
            "points": "points",
        },
    ),
}
LOANS = Kind("loans", LOAN_FIELDS, LOAN_DATES, (("loan_id",),), LOAN_PRESETS)
INTERACTIONS = Kind("interactions", INTERACTION_FIELDS, ("at",), (("source", "kind", "at"),), INTERACTION_PRESETS)
