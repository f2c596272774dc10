"""The list of readers who may be slipping away, for librarians of their branches."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.timezone import localtime

from engagement.models import Drift
from engagement.services.drift_words import Told, tell_drift
from library.models import User
from patrons.models import Consent, Patron
from patrons.querysets import PatronQuerySet

PAGE = 50
COUNTED_UP_TO = 1000
A_YEAR = timedelta(days=365)


@dataclass(frozen=True)
class DriftingReader:
    """One line of the list."""

    patron: Patron
    told: Told


@dataclass(frozen=True)
class DriftingList:
    """One page, most likely lost first. `after` names the last reader, for the next page; empty: this is the last.

    counted, not_measured: readers the list could show, and readers without a profile or without a visit; None: more
    than COUNTED_UP_TO.
    """

    readers: list[DriftingReader]
    after: str
    counted: int | None
    not_measured: int | None


def read_drifting(*, user: User, branch: int | None, ever: bool, after: str, now: datetime) -> DriftingList:
    """Readers `user` may see, with profile consent, seen within a year (`ever`: at any time); five queries at most."""
    on = localtime(now).date()
    visible = Patron.objects.visible_to(user).known().filter(gone_at=None)
    if branch is not None:
        visible = visible.filter(branch=branch)
    measured = visible.consenting(Consent.Purpose.PROFILE).filter(drift__isnull=False)
    shown = measured if ever else measured.filter(drift__last_day__gte=on - A_YEAR)
    further = _after(shown, after).order_by("drift__chance", "drift__patron").select_related("drift", "branch")
    rows = list(further[: PAGE + 1])
    return DriftingList(
        readers=[DriftingReader(patron, tell_drift(patron.drift, on=on)) for patron in rows[:PAGE]],
        after=rows[PAGE - 1].public_id if len(rows) > PAGE else "",
        counted=_up_to(shown),
        not_measured=_up_to(visible.filter(drift=None)),
    )


def _after(patrons: PatronQuerySet, public_id: str) -> PatronQuerySet:
    """Those who come after this reader in the list; all, where there is no such reader."""
    last = Drift.objects.filter(patron__public_id=public_id).first() if public_id else None
    if last is None:
        return patrons
    beyond = Q(drift__chance__gt=last.chance) | Q(drift__patron__gt=last.patron_id)
    return patrons.filter(beyond, drift__chance__gte=last.chance)


def _up_to(patrons: PatronQuerySet) -> int | None:
    count = len(patrons.order_by().values_list("pk")[: COUNTED_UP_TO + 1])
    return count if count <= COUNTED_UP_TO else None
