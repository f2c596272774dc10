"""How much a librarian takes on her list for one day."""

from __future__ import annotations

from library.models import User


def change_contacts_a_day(*, user: User, number: int) -> None:
    """The most that stands on her list of whom to contact next; 0: nobody."""
    User.objects.filter(pk=user.pk).update(contacts_a_day=number)
    user.contacts_a_day = number
