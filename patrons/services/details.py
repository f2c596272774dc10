"""What a reader corrects about themselves, and what staff put right."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from library.models import Branch, User
from library.services.audit import write_line
from patrons.models import Patron
from patrons.services.naming import search_text_of
from patrons.services.references import reference_of

STAFF_FIELDS = frozenset({"name", "email", "phone", "postal_address", "branch", "language", "preferred_channel"})


class NotForStaff(ValueError):
    """Only the reader can change this: says which fields."""


@transaction.atomic
def change_details(*, patron: Patron, name: str, language: str, branch: Branch | None, time_zone: str) -> None:
    """What the reader says: what to call them, the language we write in, their branch and their clock.

    What changed here, an import leaves alone.
    """
    held = Patron.objects.select_for_update(no_key=True, of=("self",)).select_related("branch").get(pk=patron.pk)
    values = {"name": name, "language": language, "branch": branch, "time_zone": time_zone}
    changed = {field for field, value in values.items() if getattr(held, field) != value}
    for field, value in values.items():
        setattr(patron, field, value)
    patron.search_text = search_text_of(name)
    patron.by_hand = sorted({*held.by_hand, *changed})
    patron.save(update_fields=[*values, "search_text", "by_hand"])


@transaction.atomic
def edit_patron(*, patron: Patron, changes: Mapping[str, Any], by: User, now: datetime) -> list[str]:
    """What staff put right on a reader's record; the names of the fields that changed.

    Only STAFF_FIELDS can be changed, and an e-mail address only where there is none: another one the reader confirms
    on their own page. How long loans are remembered is the reader's to say. What changed here, an import leaves alone.
    Raises NotForStaff.
    """
    held = Patron.objects.select_for_update(of=("self",)).select_related("branch").get(pk=patron.pk)
    if strange := set(changes) - STAFF_FIELDS:
        raise NotForStaff(", ".join(sorted(strange)))
    changed = [name for name, value in changes.items() if getattr(held, name) != value]
    if "email" in changed and held.email:
        raise NotForStaff("email")
    if not changed:
        return []
    for name in changed:
        setattr(held, name, changes[name])
    if "email" in changed:
        held.link_generation += 1
    held.search_text = search_text_of(held.name)
    held.by_hand = sorted({*held.by_hand, *changed})
    held.save(update_fields=[*changed, "search_text", "by_hand", "link_generation"])
    write_line(what="patron.changed", thing="patron", reference=reference_of(held), fields=changed, by=by, now=now)
    return changed
