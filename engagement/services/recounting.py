"""Counting anew from the ledger: one patron after a correction, everybody in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from engagement.models import Interaction, Score, StageChange
from engagement.services.history import let_go_of
from engagement.services.rules import rules_in_force
from engagement.services.stages import settle_stages
from engagement.services.sums import RECOUNT, sum_facts
from patrons.models import Consent, Patron

BY_RULES, BY_TIME = "rules", "time"
HOLD = """
SELECT count(*) FROM (
    SELECT 1 FROM patrons_consent WHERE patron_id = ANY(%s::bigint[]) AND purpose = 'profile'
    ORDER BY id FOR NO KEY UPDATE
) AS held
"""


@transaction.atomic
def recount_patron(*, patron: Patron, now: datetime, because: str = BY_RULES) -> None:
    """Sums and stage of one patron, counted anew from the lines that name them; zero when none is left."""
    recount_patrons(patrons=[patron.pk], now=now, because=because)


@transaction.atomic
def recount_patrons(*, patrons: Sequence[int], now: datetime, because: str = BY_RULES) -> None:
    """The same for any number of patrons, in as many statements as for one."""
    if patrons:
        _hold_consents(patrons)
        _count(now, patrons)
        settle_stages(now=now, because=because, patrons=patrons)


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
    """Test again the stages whose time has passed, in one statement; how many moved. Costs one look where none has."""
    if not Score.objects.filter(holds_until__lte=now).exists():
        return 0
    return settle_stages(now=now, because=BY_TIME, only_due=True)


@transaction.atomic
def forget_profile(*, patron: Patron, now: datetime) -> None:
    """Law 6: the patron's lines lose patron, time, title and thread; score, stage and its history go, and so does the
    reading history where only this consent kept it.

    Call it when profile consent has been withdrawn, in the same transaction, and before a patron is erased.
    """
    forget_profiles(patrons=[patron.pk])


@transaction.atomic
def forget_profiles(*, patrons: Sequence[int]) -> None:
    """The same for any number of patrons, in as many statements as for one."""
    _hold_consents(patrons)
    _forget(list(patrons))


def forget_withdrawn() -> int:
    """Forget the profile of everyone who has a score but no profile consent in force; how many."""
    consent = Consent.objects.active().filter(patron=OuterRef("patron"), purpose=Consent.Purpose.PROFILE)
    patrons = list(Score.objects.filter(~Exists(consent)).values_list("patron_id", flat=True))
    if patrons:
        _forget(patrons)
    return len(patrons)


def _forget(patrons: list[int]) -> None:
    let_go_of(patrons)
    lines = Interaction.objects.filter(patron__in=patrons)
    lines.update(patron=None, at=None, title=None, thread=None)
    StageChange.objects.filter(patron__in=patrons).delete()
    Score.objects.filter(patron__in=patrons).delete()


def _hold_consents(patrons: Sequence[int]) -> None:
    """Wait for a line on its way, and let the next one wait for us (see the ledger)."""
    with connection.cursor() as cursor:
        cursor.execute(HOLD, [list(patrons)])


def _count(now: datetime, patrons: Sequence[int] | None) -> None:
    some = None if patrons is None else list(patrons)
    with connection.cursor() as cursor:
        cursor.execute(RECOUNT, {"patrons": some, **sum_facts(rules=rules_in_force().number, now=now)})
