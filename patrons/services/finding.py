"""Finding a patron by what a person has at hand."""

from __future__ import annotations

from django.db.models import Q

from patrons.models import Patron


def find_patrons(words: str) -> list[Patron]:
    """Patrons whose card number, e-mail address or public id this is; several may share an address. Oldest first."""
    words = words.strip()
    if not words or "\0" in words:
        return []
    where = Q(cards__number=words) | Q(email__iexact=words) | Q(public_id__iexact=words)
    return list(Patron.objects.filter(where).distinct().order_by("pk"))
