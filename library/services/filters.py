"""Saved filters of a list: kept for oneself, or shared with those who work for the same branch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from library.models import Branch, SavedFilter, User


class NameTaken(Exception):
    """Another saved filter of this person has that name."""


@dataclass(frozen=True)
class Removed:
    """What it takes to have a deleted filter back."""

    page: str
    name: str
    query: str
    shared: bool
    branch: int | None


def filters_for(user: User, page: str) -> QuerySet[SavedFilter]:
    """One's own, and those shared with all or with a branch one works for; by name."""
    shared = Q(shared=True)
    if user.places:
        shared &= Q(branch=None) | Q(branch__in=[branch.pk for branch in user.places])
    return (
        SavedFilter.objects.filter(Q(owner=user) | shared, page=page).select_related("branch", "owner").order_by("name")
    )


@transaction.atomic
def save_filter(
    *, owner: User, page: str, name: str, query: str, shared: bool, branch: Branch | None, now: datetime
) -> SavedFilter:
    """Keep a query under a name; one's own filter of that name is replaced. `branch` counts only where it is shared."""
    saved, _new = SavedFilter.objects.update_or_create(
        owner=owner,
        page=page,
        name=name,
        defaults={"query": query, "shared": shared, "branch": branch if shared else None, "saved_at": now},
    )
    return saved


@transaction.atomic
def rename_filter(*, saved: SavedFilter, name: str) -> None:
    """Give it another name. Raises NameTaken."""
    others = SavedFilter.objects.filter(owner=saved.owner, page=saved.page, name=name).exclude(pk=saved.pk)
    if others.exists():
        raise NameTaken
    saved.name = name
    saved.save(update_fields=["name"])


@transaction.atomic
def remove_filter(*, saved: SavedFilter) -> Removed:
    """Delete it; what comes back is for `restore_filter`."""
    saved.delete()
    return Removed(saved.page, saved.name, saved.query, saved.shared, saved.branch_id)


@transaction.atomic
def restore_filter(*, owner: User, removed: Removed, now: datetime) -> SavedFilter:
    """Undo of `remove_filter`."""
    branch = Branch.objects.filter(pk=removed.branch).first() if removed.branch else None
    shared = removed.shared and (branch is not None or removed.branch is None)
    return save_filter(
        owner=owner,
        page=removed.page,
        name=removed.name,
        query=removed.query,
        shared=shared,
        branch=branch,
        now=now,
    )
