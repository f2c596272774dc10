"""Counting anew from the ledger: one patron after a correction, everybody in one statement."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from engagement.models import Interaction, Score, StageChange
from engagement.services.rules import rules_in_force
from engagement.services.stages import settle_stages
from engagement.services.sums import RECOUNT, sum_facts
from patrons.models import Consent, Patron

BY_RULES, BY_TIME = "rules", "time"


@transaction.atomic
def recount_patron(*, patron: Patron, now: datetime, because: str = BY_RULES) -> None:
    """Sums and stage of one patron, counted anew from the lines that name them; zero when none is left."""
    _hold_consent(patron)
    _count(now, patron.pk)
    settle_stages(now=now, because=because, patron_id=patron.pk)


@transaction.atomic
def rebuild_scores(*, now: datetime) -> int:
    """Count every score and stage anew from the ledger, each in one set-based statement; how many scores there are.

    What is left of patrons whose consent has ended goes first. Writers of the ledger wait until it is done.
    """
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE engagement_interaction, engagement_score IN SHARE ROW EXCLUSIVE MODE")
        # A million lines fit a hash table of patrons; left alone the planner sorts them, and on disk.
        cursor.execute("SET LOCAL work_mem = '128MB'")
        cursor.execute("SET LOCAL enable_sort = off")
    forget_withdrawn()
    _count(now, None)
    settle_stages(now=now, because=BY_RULES)
    return Score.objects.count()


def retest_stages(*, now: datetime) -> int:
    """Test again the stages whose time has passed, in one statement; how many moved."""
    return settle_stages(now=now, because=BY_TIME, only_due=True)


@transaction.atomic
def forget_profile(*, patron: Patron, now: datetime) -> None:
    """Law 6: the patron's lines lose patron, time, title and thread; score, stage and its history go.

    Call it when profile consent has been withdrawn, in the same transaction, and before a patron is erased.
    """
    _hold_consent(patron)
    _forget([patron.pk])


def forget_withdrawn() -> int:
    """Forget the profile of everyone who has a score but no profile consent in force; how many."""
    consent = Consent.objects.active().filter(patron=OuterRef("patron"), purpose=Consent.Purpose.PROFILE)
    patrons = list(Score.objects.filter(~Exists(consent)).values_list("patron_id", flat=True))
    if patrons:
        _forget(patrons)
    return len(patrons)


def _forget(patrons: list[int]) -> None:
    lines = Interaction.objects.filter(patron__in=patrons)
    lines.update(patron=None, at=None, title=None, thread=None)
    StageChange.objects.filter(patron__in=patrons).delete()
    Score.objects.filter(patron__in=patrons).delete()


def _hold_consent(patron: Patron) -> None:
    """Wait for a line on its way, and let the next one wait for us (see the ledger)."""
    consents = Consent.objects.filter(patron=patron, purpose=Consent.Purpose.PROFILE).order_by("pk")
    list(consents.select_for_update(no_key=True).values_list("pk"))


def _count(now: datetime, patron_id: int | None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(RECOUNT, {"patron": patron_id, **sum_facts(rules=rules_in_force().number, now=now)})
