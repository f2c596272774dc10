"""A stage set by staff: somebody who knows a reader knows more than the ledger. It has a reason and an end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from engagement.models import Score, StageOverride
from engagement.models.score import Stage
from engagement.services.holding import hold_profile
from engagement.services.rules import rules_in_force
from engagement.services.stages import BY_STAFF, settle_stages
from library.models import User
from library.services.audit import write_line
from patrons.models import Patron
from patrons.services.references import reference_of

USUALLY = timedelta(days=92)
AT_MOST = timedelta(days=365)
LONGEST_REASON = 200
DAY = timedelta(days=1)


class NotMeasured(Exception):
    """Without profile consent there is no stage to set (law 6)."""


class NotAnOverride(ValueError):
    """Which of stage, reason and end cannot be, in a sentence."""


@dataclass(frozen=True)
class Fixed:
    """What staff set: the stage, why, until when, and who (`by` a name for colleagues, `role` for everybody else)."""

    stage: Stage
    reason: str
    made_at: datetime
    until: datetime
    by: str
    role: str


@transaction.atomic
def set_stage(*, patron: Patron, stage: str, reason: str, until: datetime, by: User, now: datetime) -> StageOverride:
    """From now to `until` this is the stage, whatever the facts say; what was set before ends.

    Raises NotMeasured, NotAnOverride.
    """
    words = " ".join(reason.split())
    _check(stage, words, until, now)
    if not hold_profile(patron):
        raise NotMeasured
    _end(patron, now)
    override = StageOverride.objects.create(patron=patron, stage=stage, reason=words, by=by, made_at=now, until=until)
    _follow(patron, stage, until, now)
    write_line(what="stage.set", thing="patron", reference=reference_of(patron), fields=["stage"], by=by, now=now)
    return override


@transaction.atomic
def take_back_stage(*, patron: Patron, by: User, now: datetime) -> bool:
    """The facts decide again. False: nothing was set."""
    if not hold_profile(patron) or not _end(patron, now):
        return False
    _follow(patron, "", None, now)
    write_line(
        what="stage.taken_back", thing="patron", reference=reference_of(patron), fields=["stage"], by=by, now=now
    )
    return True


def fixed_now(patron: Patron, *, now: datetime) -> Fixed | None:
    """What staff set for this reader and what still holds (one query); None: the facts decide."""
    rows = StageOverride.objects.filter(patron=patron, ended_at=None, until__gt=now).select_related("by")
    row = rows.order_by("-made_at", "-pk").first()
    if row is None:
        return None
    name, role = (str(row.by), row.by.get_role_display()) if row.by else ("", "")
    return Fixed(Stage(row.stage), row.reason, row.made_at, row.until, name, role)


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """A stage set until a day holds through that day."""
    return datetime.combine(day + DAY, time.min, zone)


def _check(stage: str, reason: str, until: datetime, now: datetime) -> None:
    if stage not in Stage.values:
        raise NotAnOverride(f"{stage!r} is no stage")
    if not reason or len(reason) > LONGEST_REASON or "\0" in reason:
        raise NotAnOverride(f"A reason has 1 to {LONGEST_REASON} characters")
    if not now < until <= now + AT_MOST + DAY:
        raise NotAnOverride("A stage is set until a day from today to a year ahead")


def _end(patron: Patron, now: datetime) -> int:
    """What is in force ends now."""
    return StageOverride.objects.filter(patron=patron, ended_at=None, until__gt=now).update(ended_at=now)


def _follow(patron: Patron, stage: str, until: datetime | None, now: datetime) -> None:
    """The score says what was set, and the stage is settled at once; somebody of whom nothing is known gets a row."""
    fixed = {"fixed_stage": stage, "fixed_until": until}
    if not Score.objects.filter(patron=patron).update(**fixed):
        rules = rules_in_force().number
        Score.objects.create(patron=patron, rules=rules, changed_at=now, stage_since=now, **fixed)
    settle_stages(now=now, because=BY_STAFF, patrons=[patron.pk])
