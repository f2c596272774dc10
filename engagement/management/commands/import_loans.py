"""Loans from a library system's file; and taking such an import back."""

from engagement.services.imports import loans
from library.management.importing import ImportCommand


class Command(ImportCommand):
    help = (
        "Reads loans from a library system's file: all of it or nothing. The same file again changes nothing. "
        "docs/imports.md lists the presets, the form of a map, and what becomes of a reader's history."
    )
    importer = loans
    words = {
        "created": "created",
        "updated": "updated",
        "unchanged": "unchanged",
        "rejected": "rejected",
        "without_person": "without a person: nobody here has the number",
        "without_day": "without a day, so not in the ledger",
        "ambiguous": "title numbers that several catalogues use",
    }
    with_full = "the file has every loan; loans that are missing from it stay as they are"
