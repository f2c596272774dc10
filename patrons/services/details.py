"""What a reader corrects about themselves."""

from django.db import transaction

from patrons.models import Patron


@transaction.atomic
def change_details(*, patron: Patron, name: str, language: str) -> None:
    """Set what to call the reader and the language we write in."""
    patron.name, patron.language = name, language
    patron.save(update_fields=["name", "language"])
