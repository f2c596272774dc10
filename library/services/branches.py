"""Branches, and the days on which they are closed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction
from django.utils.text import slugify

from library.models import Branch, Holiday, User
from library.services.audit import write_line

CHANGEABLE = ("name", "time_zone", "is_open", "ils_codes")


class HolidayExists(Exception):
    """That day is a holiday there already."""


@transaction.atomic
def add_branch(
    *, name: str, time_zone: str, is_open: bool, ils_codes: Iterable[str] = (), by: User, now: datetime
) -> Branch:
    """Open a place of the library under a name nobody else has. `ils_codes`: what the library system calls it."""
    branch = Branch.objects.create(
        name=name, slug=_free_slug(name), time_zone=time_zone, is_open=is_open, ils_codes=list(ils_codes)
    )
    write_line(what="branch.added", thing="branch", reference=str(branch.pk), by=by, now=now)
    return branch


@transaction.atomic
def change_branch(
    *,
    branch: Branch,
    name: str,
    time_zone: str,
    is_open: bool,
    ils_codes: Iterable[str] | None = None,
    by: User,
    now: datetime,
) -> None:
    """Rename, move or close a branch. Its slug stays, so that old addresses keep working. No `ils_codes`: as before."""
    before = {field: getattr(branch, field) for field in CHANGEABLE}
    branch.name, branch.time_zone, branch.is_open = name, time_zone, is_open
    if ils_codes is not None:
        branch.ils_codes = list(ils_codes)
    branch.save(update_fields=CHANGEABLE)
    changed = [field for field in CHANGEABLE if getattr(branch, field) != before[field]]
    if changed:
        write_line(what="branch.changed", thing="branch", reference=str(branch.pk), fields=changed, by=by, now=now)


@transaction.atomic
def add_holiday(*, day: date, name: str, branch: Branch | None, by: User, now: datetime) -> Holiday:
    """Close the library, or one branch, on that day. Raises HolidayExists."""
    holiday, made = Holiday.objects.get_or_create(day=day, branch=branch, defaults={"name": name})
    if not made:
        raise HolidayExists
    write_line(what="holiday.added", thing="holiday", reference=str(holiday.pk), by=by, now=now)
    return holiday


@transaction.atomic
def remove_holiday(*, holiday: Holiday, by: User, now: datetime) -> None:
    """Make it a day like any other."""
    write_line(what="holiday.removed", thing="holiday", reference=str(holiday.pk), by=by, now=now)
    holiday.delete()


def _free_slug(name: str) -> str:
    base = slugify(name)[:50] or "branch"
    taken = set(Branch.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    return next(slug for slug in (base, *(f"{base}-{n}" for n in range(2, len(taken) + 3))) if slug not in taken)
