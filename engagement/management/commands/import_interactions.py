"""Visits, programmes, holds, database use and gifts from a file; and taking such an import back."""

from engagement.services.imports import interactions
from library.management.importing import ImportCommand


class Command(ImportCommand):
    help = (
        "Reads what happened between readers and the library (kind, card, time, minutes, source key): all of it or "
        "nothing. Each source is taken once. docs/imports.md lists the columns, docs/engagement.md the kinds."
    )
    importer = interactions
    words = {
        "created": "created",
        "unchanged": "here already",
        "rejected": "rejected",
        "without_person": "without a person: nobody here has the number, or the row names none",
    }
