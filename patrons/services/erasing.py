"""Taking a person out of the records."""

from django.db import transaction

from patrons.models import Patron


def erase_patron(*, patron: Patron) -> None:
    """Delete the patron and everything that hangs on them.

    The caller has taken the person out of the ledger first: its lines stay, without a person.
    """
    with transaction.atomic():
        patron.delete()
