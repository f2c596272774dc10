"""Counting anew from the ledger: one patron after a correction, everybody at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import batched

from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from engagement.models import Draw, Drift, Interaction, Pulse, ReaderType, Score, StageChange, StageOverride
from engagement.services.changed_months import FORGOTTEN, note_months_of
from engagement.services.history import let_go_of
from engagement.services.rules import rules_in_force
from engagement.services.stages import settle_stages
from engagement.services.sums import REBUILD, RECOUNT, STAGING, sum_facts
from patrons.models import Consent, Patron

BY_RULES, BY_TIME = "rules", "time"
# People whose lines are let go in one transaction: some three thousand lines, locked for half a second.
BATCH = 250
# For the length of a rebuild: a hash table of all patrons fits into memory, and each process of the database keeps
# its own until the end; left alone the planner would sort all lines, on disk.
TOGETHER = (
    "work_mem = '256MB'",
    "parallel_setup_cost = 0",
    "parallel_tuple_cost = 0",
    "parallel_leader_participation = off",  # a third sum of everybody to be put together, on two cores
    "random_page_cost = 1.1",
)
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
        _count(patrons, now)
        settle_stages(now=now, because=because, patrons=patrons)


def rebuild_scores(*, now: datetime) -> int:
    """Count every score and stage anew from the ledger, set-based; how many scores there are.

    One statement adds up all lines, with several processes; one writes what differs; one moves the stages.
    What is left of patrons whose consent has ended goes first, in batches. Then writers of the ledger wait until it
    is done.
    """
    forget_withdrawn(now=now)
    with transaction.atomic():
        _count_everybody(now)
        settle_stages(now=now, because=BY_RULES)
        return Score.objects.count()


def _count_everybody(now: datetime) -> None:
    facts = sum_facts(rules=rules_in_force().number, now=now)
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE engagement_interaction, engagement_score IN SHARE ROW EXCLUSIVE MODE")
        for setting in TOGETHER:
            cursor.execute(f"SET LOCAL {setting}")
        cursor.execute(STAGING, facts)
        cursor.execute("ANALYZE engagement_counted")
        cursor.execute(REBUILD, facts)
        cursor.execute("DROP TABLE engagement_counted")


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
    forget_profiles(patrons=[patron.pk], now=now)


@transaction.atomic
def forget_profiles(*, patrons: Sequence[int], now: datetime) -> None:
    """The same for any number of patrons, in as many statements as for one."""
    _hold_consents(patrons)
    _forget(list(patrons), now)


def forget_withdrawn(*, now: datetime) -> int:
    """Forget the profile of everyone who has a score but no profile consent in force, in batches; how many."""
    consent = Consent.objects.active().filter(patron=OuterRef("patron"), purpose=Consent.Purpose.PROFILE)
    withdrawn = list(Score.objects.filter(~Exists(consent)).order_by("patron").values_list("patron_id", flat=True))
    for patrons in batched(withdrawn, BATCH):
        forget_profiles(patrons=patrons, now=now)
    return len(withdrawn)


def _forget(patrons: list[int], now: datetime) -> None:
    note_months_of(patrons=patrons, because=FORGOTTEN, now=now)
    lines = Interaction.objects.filter(patron__in=patrons)
    lines.update(patron=None, at=None, title=None, thread=None)
    let_go_of(patrons)  # loans alone: no line says any more whose title it has
    for profile in (StageChange, StageOverride, Drift, ReaderType):
        profile.objects.filter(patron__in=patrons).delete()
    for counted in (Draw, Pulse):
        counted.objects.filter(patron__in=patrons).update(patron=None)
    Score.objects.filter(patron__in=patrons).delete()


def _hold_consents(patrons: Sequence[int]) -> None:
    """Wait for a line on its way, and let the next one wait for us (see the ledger)."""
    with connection.cursor() as cursor:
        cursor.execute(HOLD, [list(patrons)])


def _count(patrons: Sequence[int], now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(RECOUNT, {"patrons": list(patrons), **sum_facts(rules=rules_in_force().number, now=now)})
