"""Profiles that ended where nobody could take down what rested on them: an import knows no scores and no taste.

An import of patrons that turns somebody into a child ends the consents. Score, stage, taste and the name on ledger
lines go right after an import at the desk, with the next tick after a command, and every night whatever ended them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from engagement.models import Drift, Interaction, NeedAsk, ReaderType, Score, StageOverride
from engagement.services import privacy as engagement
from outreach.models import Taste
from outreach.services.taste import forget_tastes
from patrons.models import Consent, Patron
from patrons.querysets import ConsentQuerySet, PatronQuerySet

# A tick looks at what ended lately, straight from an index; the night looks at everybody.
LOOKS_BACK = timedelta(days=2)
BATCH = 250


def end_left_profiles(*, now: datetime, since: datetime | None = None) -> int:
    """Take down what is left of profiles without a consent; of those that ended since a time, if one is given."""
    # Most ticks end here, at the price of one look into an index.
    if since is not None and not _ended_since(since).exists():
        return 0
    ended = last = 0
    while batch := some_left(since=since, after=last):
        end_those(batch, now=now)
        ended, last = ended + len(batch), batch[-1]
    return ended


def left_profiles(since: datetime | None = None) -> PatronQuerySet:
    """People of whom something is measured or learned although no profile consent is in force."""
    mine = {"patron": OuterRef("pk")}
    measured = (Score, StageOverride, ReaderType, Drift, Taste, NeedAsk, Interaction)
    left = [Exists(model._default_manager.filter(**mine)) for model in measured]
    some = Patron.objects.all()
    if since is not None:
        some = some.filter(pk__in=_ended_since(since).values("patron"))
    return some.consenting(Consent.Purpose.PROFILE, held=False).filter(Q(*left, _connector=Q.OR))


def _ended_since(since: datetime) -> ConsentQuerySet:
    return Consent.objects.filter(purpose=Consent.Purpose.PROFILE, withdrawn_at__gte=since)


def some_left(*, since: datetime | None = None, after: int = 0) -> list[int]:
    """The next batch of people numbered above `after`, in order."""
    left = left_profiles(since).filter(pk__gt=after).order_by("pk")
    return list(left.values_list("pk", flat=True)[:BATCH])


@transaction.atomic
def end_those(patrons: Sequence[int], *, now: datetime) -> None:
    """One batch in one short transaction: their lines are locked for as long as it takes, others stay free."""
    engagement.end_profiles(patrons=patrons, now=now)
    forget_tastes(patrons=patrons)
