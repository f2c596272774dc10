"""Locks around what comes in, always in the same order: the thread's requests, the thread, its messages.

Erasing takes the requests first, so whoever writes into a thread is waited for, or finds nothing left to write into.
"""

from __future__ import annotations

from outreach.models import Request, Thread
from outreach.querysets import ThreadQuerySet


def hold_threads(threads: ThreadQuerySet) -> dict[int, Thread]:
    """The threads as they are now, by number, held until the transaction ends.

    Not their numbers: whoever only refers to one of them, at the end of a transaction that holds a mail we want next,
    would wait for us as we for it. Erasing wants the numbers too, and waits.
    """
    numbers = list(threads.order_by("pk").values_list("pk", flat=True))
    if not numbers:
        return {}
    requests = Request.objects.filter(thread__in=numbers).order_by("pk")
    list(requests.select_for_update(of=("self",), no_key=True).values_list("pk"))
    rows = Thread.objects.filter(pk__in=numbers).select_related("patron", "branch", "promise").order_by("pk")
    return {thread.pk: thread for thread in rows.select_for_update(of=("self",), no_key=True)}


def hold_thread(number: int) -> Thread | None:
    """One of them; None where it is no more."""
    return hold_threads(Thread.objects.filter(pk=number)).get(number)
