"""Copies on the shelves from a library system's file; and taking such an import back."""

from catalog.services import copies
from library.management.importing import ImportCommand


class Command(ImportCommand):
    help = (
        "Reads copies (title, branch, status, as of) from a library system's file: all of it or nothing. The same file "
        "again changes nothing, and an older one does not overwrite a newer. docs/imports.md lists the columns."
    )
    importer = copies
    words = {
        "created": "created",
        "updated": "updated",
        "unchanged": "unchanged",
        "rejected": "rejected",
        "gone": "gone from the library system",
        "ambiguous": "title numbers that several catalogues use",
    }
    with_full = "the file has every copy: those missing from it go"
