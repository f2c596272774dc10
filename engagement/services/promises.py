"""Promises are data: made with a due time, kept, late or withdrawn. The form promises only what was kept lately."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from engagement.models import Promise
from engagement.services.changed_months import PROMISES, day_of, note_changed_months
from engagement.services.reports.periods import months_of, period_between
from engagement.services.working_days import Holidays, end_of_day, working_day_after, working_days_between, zone_of
from library.models import Branch
from library.services.settings import current_settings
from patrons.models import Patron

LATELY = timedelta(days=90)
ENOUGH = 8
KEPT_OF_TEN = 9


@dataclass(frozen=True)
class RecentRecord:
    """How the promised letters of the last 90 days went.

    days: working days within which 9 of 10 letters came, at least 1; None while fewer than 8 promises were kept.
    kept: promises kept in these days, in time or late. late: of those, late ones, and open ones past their time.
    """

    days: int | None
    kept: int
    late: int


def make_promise(
    *, kind: str, patron: Patron | None, branch: Branch | None, due_at: datetime, now: datetime
) -> Promise:
    """Tell a patron we will do something by `due_at`. Without a patron: someone we do not know, on a page of ours."""
    return Promise.objects.create(kind=kind, patron=patron, branch=branch, made_at=now, due_at=due_at)


def keep_promise(*, promise: Promise, now: datetime) -> None:
    """It is done. A promise that was kept or withdrawn before stays as it was."""
    _end(promise, "kept_at", now)


def withdraw_promise(*, promise: Promise, now: datetime) -> None:
    """It no longer has to be done, e.g. the reader took the request back; neither kept nor late."""
    _end(promise, "withdrawn_at", now)


@transaction.atomic
def reopen_promise(*, promise: Promise, now: datetime) -> None:
    """It has to be done after all: sending was undone, or a withdrawn request came back. The due time stays.

    It was waiting all the time then, also at the end of months that are over since.
    """
    kept = Promise.objects.select_for_update().get(pk=promise.pk)
    ended = kept.kept_at or kept.withdrawn_at
    promise.kept_at = promise.withdrawn_at = None
    if ended is not None:
        Promise.objects.filter(pk=promise.pk).update(kept_at=None, withdrawn_at=None)
        waited = [month.first for month in months_of(period_between(day_of(min(ended, now)), day_of(now)))]
        note_changed_months(days=[day_of(kept.due_at), *waited], because=PROMISES, now=now)


def letter_due(*, branch: Branch | None, now: datetime) -> datetime:
    """By when a letter asked for at `now` is promised: the end of a working day where the branch is.

    As many working days as the recent record shows, else as the settings say; weekends and holidays are skipped.
    """
    days = recent_record(now=now).days or current_settings().promise_working_days
    zone = zone_of(branch)
    closed = Holidays().closed(branch.pk if branch else None)
    return end_of_day(working_day_after(now.astimezone(zone).date(), days, closed), zone)


def recent_record(*, now: datetime) -> RecentRecord:
    """What the library has kept in the last 90 days, all branches together (at most 3 queries).

    A letter that is overdue and still not written counts with the days it has taken so far: leaving hard requests
    lying must not make the promise shorter.
    """
    since = now - LATELY
    letters = Promise.objects.filter(kind=Promise.Kind.LETTER).select_related("branch")
    kept = list(letters.filter(kept_at__gt=since, kept_at__lte=now))
    overdue = list(letters.late(now).filter(made_at__gt=since))
    late = sum(promise.kept_at is not None and promise.kept_at > promise.due_at for promise in kept) + len(overdue)
    if len(kept) < ENOUGH:
        return RecentRecord(None, len(kept), late)
    holidays = Holidays()
    took = sorted(_days_taken(promise, now, holidays) for promise in [*kept, *overdue])
    nine_of_ten = took[math.ceil(len(took) * KEPT_OF_TEN / 10) - 1]
    return RecentRecord(max(1, nine_of_ten), len(kept), late)


@transaction.atomic
def _end(promise: Promise, field: str, now: datetime) -> None:
    """A late one changes the month it was due in: its wait is known, or it is no longer late."""
    if Promise.objects.open().filter(pk=promise.pk).update(**{field: now}):
        setattr(promise, field, now)
        note_changed_months(days=[day_of(promise.due_at)], because=PROMISES, now=now)


def _days_taken(promise: Promise, now: datetime, holidays: Holidays) -> int:
    zone = zone_of(promise.branch)
    start, end = (at.astimezone(zone).date() for at in (promise.made_at, promise.kept_at or now))
    return working_days_between(start, end, holidays.closed(promise.branch_id))
