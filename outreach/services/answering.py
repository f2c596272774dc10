"""Answering what a reader wrote, in the librarian's own name: once, and taken back while there is time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from engagement.services.ledger import record_interaction, retract_interaction
from engagement.services.promises import keep_promise, reopen_promise, withdraw_promise
from library.models import User
from library.services.settings import current_settings
from outreach.mail.reply import compose_reply
from outreach.models import Message, Reply, Thread, ThreadTurn
from outreach.services.answer_readiness import problems_of_answer
from outreach.services.letters import AlreadyLeft
from outreach.services.outbox import discard_queued, queue_message
from outreach.services.readiness import Problem
from outreach.services.reply_addresses import reply_address
from outreach.services.waiting import lock_thread, unanswered

__all__ = [
    "AlreadyLeft",
    "AnswerConflict",
    "AnswerNotReady",
    "AnsweredMeanwhile",
    "NotTheLatest",
    "Seen",
    "WroteAgain",
    "save_answer",
    "send_answer",
    "settle_turn",
    "take_back_turn",
    "wait_again",
]

PURPOSE = "reply"
Way = ThreadTurn.Way


class AnswerConflict(Exception):
    """Somebody saved another draft since it was read; `thread` has what is saved now. Nothing was written."""

    def __init__(self, thread: Thread) -> None:
        super().__init__(thread.pk)
        self.thread = thread


class WroteAgain(Exception):
    """More words of the reader came in since the page was opened. Nothing was sent."""


class AnsweredMeanwhile(Exception):
    """A colleague answered, or set the words aside, since the page was opened: `turn`. Nothing was sent."""

    def __init__(self, turn: ThreadTurn) -> None:
        super().__init__(turn.pk)
        self.turn = turn


class AnswerNotReady(Exception):
    """Something is missing; `problems` says what. Nothing was sent."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__([problem.place for problem in problems])
        self.problems = problems


class NotTheLatest(Exception):
    """Something was done in this thread after it, so it cannot be taken back."""


@dataclass(frozen=True)
class Seen:
    """What the librarian had before her eyes when she wrote: what waited (the newest and how many), our newest turn."""

    reply: int = 0
    waiting: int = 0
    turn: int = 0


@transaction.atomic
def save_answer(*, thread: Thread, by: User, words: str, version: int | None, now: datetime) -> Thread:
    """Keep what is typed. `version` is the one the librarian saw; None: save over whatever is there.

    Raises AnswerConflict when somebody else saved different words in between.
    """
    locked = lock_thread(thread)
    if locked.draft == words:
        return locked
    if version not in (None, locked.draft_version):
        raise AnswerConflict(locked)
    locked.draft, locked.draft_by, locked.draft_version = words, by, locked.draft_version + 1
    locked.save(update_fields=["draft", "draft_by", "draft_version"])
    return locked


@transaction.atomic
def send_answer(
    *, thread: Thread, by: User, seen: Seen, now: datetime, way: str = Way.MAIL, minutes: int | None = None
) -> ThreadTurn:
    """Send the draft of this thread, once, or write down what she answered on the page herself.

    In one transaction: the mail is queued, the promise kept, the ledger written, the words answered, the draft empty.
    Raises AnsweredMeanwhile, WroteAgain, AnswerConflict (saved since it was read) or AnswerNotReady.
    """
    locked = lock_thread(thread)
    _check_seen(locked, seen)
    if locked.draft_version != thread.draft_version:
        raise AnswerConflict(locked)
    problems = problems_of_answer(thread=locked, by=by, way=way)
    if problems:
        raise AnswerNotReady(problems)
    message = _queue(locked, by, now) if way == Way.MAIL else None
    turn = settle_turn(thread=locked, way=way, by=by, words=locked.draft, message=message, now=now)
    if turn.waited_since:
        _record(locked, turn, minutes, now)
    return turn


def settle_turn(
    *, thread: Thread, way: str, by: User, now: datetime, words: str = "", message: Message | None = None
) -> ThreadTurn:
    """Nothing waits any more in this locked thread, and what it looked like before is kept for taking it back."""
    turn = ThreadTurn.objects.create(
        thread=thread,
        way=way,
        words=words,
        by=by,
        at=now,
        message=message,
        waited_since=thread.waiting_since,
        snoozed_until=thread.snoozed_until,
        promise=thread.promise,
    )
    unanswered(thread).update(handled_at=now, handled_by=by)
    if thread.promise is not None:
        (withdraw_promise if way == Way.DONE else keep_promise)(promise=thread.promise, now=now)
    thread.waiting_since = thread.snoozed_until = thread.promise = None
    if way != Way.DONE:
        thread.draft, thread.draft_by, thread.draft_version = "", None, thread.draft_version + 1
    thread.save(update_fields=["waiting_since", "snoozed_until", "promise", "draft", "draft_by", "draft_version"])
    return turn


@transaction.atomic
def take_back_turn(*, turn: ThreadTurn, now: datetime) -> Thread:
    """Undo: the thread waits again as it did, the words are a draft again, the ledger forgets the answer.

    Words that came in meanwhile stay. Raises AlreadyLeft once the mail has begun to leave, and NotTheLatest.
    """
    thread = lock_thread(turn.thread)
    latest = ThreadTurn.objects.filter(thread=thread).newest().first()
    if latest is None or latest.pk != turn.pk:
        raise NotTheLatest
    key = latest.message.object_key if latest.message else ""
    if latest.way == Way.MAIL and not (key and discard_queued(purpose=PURPOSE, object_key=key)):
        raise AlreadyLeft
    retract_interaction(source=source_of(latest), now=now)
    wait_again(thread, latest, now)
    latest.delete()
    return thread


def source_of(turn: ThreadTurn) -> str:
    """What the ledger knows this answer by."""
    return f"reply_answered:{turn.pk}"


def wait_again(thread: Thread, turn: ThreadTurn, now: datetime) -> None:
    """This locked thread waits as it did before the turn; what was written is a draft again."""
    answered = Reply.objects.filter(thread=thread, handled_at=turn.at, handled_by=turn.by)
    answered.update(handled_at=None, handled_by=None)
    if turn.promise is not None:
        if thread.promise is not None:
            withdraw_promise(promise=thread.promise, now=now)
        reopen_promise(promise=turn.promise, now=now)
        thread.promise = turn.promise
    if thread.waiting_since is None:
        thread.snoozed_until = turn.snoozed_until
    waits = [at for at in (turn.waited_since, thread.waiting_since) if at]
    thread.waiting_since = min(waits, default=None)
    if turn.words and not thread.draft:
        thread.draft, thread.draft_by = turn.words, turn.by
    thread.draft_version += 1
    thread.save(update_fields=["waiting_since", "snoozed_until", "promise", "draft", "draft_by", "draft_version"])


def _check_seen(thread: Thread, seen: Seen) -> None:
    turn = ThreadTurn.objects.filter(thread=thread).select_related("by").newest().first()
    if turn is not None and turn.pk != seen.turn:
        raise AnsweredMeanwhile(turn)
    waiting = set(unanswered(thread).values_list("pk", flat=True))
    if max(waiting, default=0) > seen.reply or len(waiting) > seen.waiting:
        raise WroteAgain


def _queue(thread: Thread, by: User, now: datetime) -> Message:
    patron = thread.patron
    if patron is None:  # problems_of_answer has said so
        raise AnswerNotReady([])
    last = Reply.objects.filter(thread=thread, kind=Reply.Kind.REPLY).order_by("-received_at", "-pk").first()
    rendered = compose_reply(
        words=thread.draft,
        librarian=by.name,
        branch=thread.branch.name if thread.branch else "",
        about=last.subject if last else "",
        language=patron.language,
    )
    return queue_message(
        purpose=PURPOSE,
        object_key=f"reply:{thread.pk}:{thread.draft_version}",
        kind=Message.Kind.ANSWERING,
        patron=patron,
        rendered=rendered,
        links={},
        thread=thread,
        branch=thread.branch,
        from_name=" ".join(by.name.split()),
        reply_to=reply_address(thread=thread.pk),
        in_reply_to=last.message_id if last else "",
        due_at=now + timedelta(seconds=current_settings().undo_seconds),
        now=now,
    )


def _record(thread: Thread, turn: ThreadTurn, minutes: int | None, now: datetime) -> None:
    waited = now - turn.waited_since if turn.waited_since else timedelta(0)
    record_interaction(
        kind="reply_answered",
        source=source_of(turn),
        at=now,
        patron=thread.patron,
        started_by="library",
        branch=thread.branch,
        wait_minutes=max(0, int(waited.total_seconds()) // 60),
        minutes=minutes,
        staff=turn.by,
        thread=thread.pk,
        now=now,
    )
