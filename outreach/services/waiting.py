"""A thread begins to wait for us when someone's words come into it, by mail, out of the tray or as a comment."""

from __future__ import annotations

from datetime import datetime

from engagement.models import Promise
from engagement.services.promises import make_promise, withdraw_promise
from engagement.services.working_days import Holidays, end_of_day, working_day_after, zone_of
from library.models import Branch
from library.services.settings import current_settings
from outreach.models import Reply, Thread
from outreach.querysets import ReplyQuerySet
from outreach.services.holding import hold_thread

# What a librarian has to look at; machines' mails and reports are only shown.
FOR_US = (Reply.Kind.REPLY, Reply.Kind.COMPLAINT)


def lock_thread(thread: Thread) -> Thread:
    """The thread as it is now; its row is what everybody who changes it waits for. Raises Thread.DoesNotExist."""
    held = hold_thread(thread.pk)
    if held is None:
        raise Thread.DoesNotExist
    return held


def begin_waiting(*, thread: Thread, since: datetime, now: datetime) -> None:
    """Someone wrote: it waits for an answer from `since` on, with a day by which we answer. Of a locked thread.

    Words that come into a thread that waits already change neither; one that was put off comes back at once.
    """
    thread.snoozed_until = None
    if thread.promise is None:
        thread.promise = make_promise(
            kind=Promise.Kind.WORD,
            patron=thread.patron,
            branch=thread.branch,
            due_at=answer_due(branch=thread.branch, now=now),
            now=now,
        )
    thread.waiting_since = min(since, thread.waiting_since or since)
    thread.save(update_fields=["waiting_since", "snoozed_until", "promise"])


def stop_waiting(*, thread: Thread, now: datetime) -> None:
    """Words left this locked thread, e.g. for another one: it waits only for what is left."""
    left = unanswered(thread).order_by("received_at").values_list("received_at", flat=True).first()
    if left is None and thread.promise is not None:
        withdraw_promise(promise=thread.promise, now=now)
        thread.promise = None
    if left is None:
        thread.snoozed_until = None
    thread.waiting_since = left
    thread.save(update_fields=["waiting_since", "snoozed_until", "promise"])


def unanswered(thread: Thread) -> ReplyQuerySet:
    """A person's words, and complaints, that nobody has answered or set aside."""
    return Reply.objects.filter(thread=thread, kind__in=FOR_US, handled_at=None)


def answer_due(*, branch: Branch | None, now: datetime) -> datetime:
    """By when words that come now are answered: the end of a working day where the branch is."""
    zone = zone_of(branch)
    closed = Holidays().closed(branch.pk if branch else None)
    day = working_day_after(now.astimezone(zone).date(), current_settings().answer_working_days, closed)
    return end_of_day(day, zone)
