"""Branches, and the days on which they are closed."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils.text import slugify

from library.models import Branch, Holiday


class HolidayExists(Exception):
    """That day is a holiday there already."""


@transaction.atomic
def add_branch(*, name: str, time_zone: str, is_open: bool) -> Branch:
    """Open a place of the library under a name nobody else has."""
    return Branch.objects.create(name=name, slug=_free_slug(name), time_zone=time_zone, is_open=is_open)


@transaction.atomic
def change_branch(*, branch: Branch, name: str, time_zone: str, is_open: bool) -> None:
    """Rename, move or close a branch. Its slug stays, so that old addresses keep working."""
    branch.name, branch.time_zone, branch.is_open = name, time_zone, is_open
    branch.save(update_fields=["name", "time_zone", "is_open"])


@transaction.atomic
def add_holiday(*, day: date, name: str, branch: Branch | None) -> Holiday:
    """Close the library, or one branch, on that day. Raises HolidayExists."""
    holiday, made = Holiday.objects.get_or_create(day=day, branch=branch, defaults={"name": name})
    if not made:
        raise HolidayExists
    return holiday


@transaction.atomic
def remove_holiday(*, holiday: Holiday) -> None:
    """Make it a day like any other."""
    holiday.delete()


def _free_slug(name: str) -> str:
    base = slugify(name)[:50] or "branch"
    taken = set(Branch.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    return next(slug for slug in (base, *(f"{base}-{n}" for n in range(2, len(taken) + 3))) if slug not in taken)
