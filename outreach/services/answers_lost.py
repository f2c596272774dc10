"""Answers that will not arrive: refused for good, or stopped before they left. Their readers wait for us again."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from engagement.services.ledger import retract_interaction
from outreach.models import Message, Thread, ThreadTurn
from outreach.services.answering import source_of, wait_again
from outreach.services.waiting import lock_thread

BATCH = 200


def reopen_lost(*, now: datetime) -> int:
    """The thread of every lost answer waits as it did before, with her words as a draft; returns how many.

    What she wrote and why it was lost stay to be seen there. A thread in which somebody did something since, or in
    which more words wait, has been looked at and is left as it is.
    """
    if not Message.objects.lost_answers().exists():  # most ticks
        return 0
    found = list(ThreadTurn.objects.lost().order_by("pk").values_list("pk", flat=True)[:BATCH])
    return sum(_reopen(pk, now) for pk in found)


def _reopen(pk: int, now: datetime) -> bool:
    with transaction.atomic():
        thread = lock_thread(Thread.objects.get(turns=pk))
        turn = ThreadTurn.objects.lost().filter(pk=pk).first()
        if turn is None:
            return False
        retract_interaction(source=source_of(turn), now=now)
        wait_again(thread, turn, now)
    return True
