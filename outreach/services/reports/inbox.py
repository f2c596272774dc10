"""The inbox as pages show it: who waits for an answer, what was done lately, and what belongs to nobody yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.db.models.functions import JSONObject, Left

from library.models import User
from outreach.models import Message, Reply, Thread, ThreadTurn
from outreach.querysets import ThreadQuerySet
from outreach.services.reports.messages import read_place
from outreach.services.reports.promise_clock import Clock, clock_of, since_in_words, zone_of
from outreach.services.reports.unplaced import TrayRow, put_away, tray_page, tray_row, unplaced
from outreach.services.waiting import FOR_US

PAGE = 25
SHOWN = 400
LATELY = timedelta(days=14)
MINE, FREE, ALL, PUT_OFF, DONE, TRAY, AWAY = "mine", "free", "all", "put-off", "done", "tray", "away"
VIEWS = {
    ALL: "All",
    MINE: "Mine",
    FREE: "Nobody’s yet",
    PUT_OFF: "Put off",
    TRAY: "Not placed",
    DONE: "Done lately",
    AWAY: "Put away lately",
}


@dataclass(frozen=True)
class WaitingRow:
    """A thread somebody waits in: their own words first. `more`: how many of their mails wait besides this one.

    `complaint`: word that our mail is unwanted waits there too; a mail service's report has no words to show.
    """

    thread: Thread
    who: str
    words: str
    more: int
    since: str
    clock: Clock | None
    back_at: datetime | None
    complaint: bool


@dataclass(frozen=True)
class DoneRow:
    """What was done in a thread lately. `undo`: it can still be taken back. `state`: of the mail, if there is one."""

    turn: ThreadTurn
    who: str
    at: datetime
    state: str
    undo: bool


@dataclass(frozen=True)
class Inbox:
    """One page of one view. `counts` by view; `next_place` begins the next page, empty: that was all."""

    view: str
    counts: dict[str, int]
    waiting: list[WaitingRow]
    done: list[DoneRow]
    tray: list[TrayRow]
    next_place: str

    @property
    def empty(self) -> bool:
        return not (self.waiting or self.done or self.tray)


def read_inbox(*, user: User, view: str, place: str, now: datetime) -> Inbox:
    """The page; `place` is the `next_place` of the page before. The number of queries does not grow with the rows."""
    threads, after = Thread.objects.visible_to(user), read_place(place)
    counts = _counts(threads, user, now) | {TRAY: Reply.objects.visible_to(user).unplaced().count()}
    if view == DONE:
        turns = _done(user, after, now)
        return Inbox(view, counts, [], [_done_row(turn) for turn in turns[:PAGE]], [], _place(turns, "at"))
    if view in {TRAY, AWAY}:
        rows, key = (unplaced(user), "received_at") if view == TRAY else (put_away(user, now - LATELY), "handled_at")
        replies = tray_page(rows, key=key, after=after, size=PAGE + 1)
        return Inbox(view, counts, [], [], [tray_row(reply) for reply in replies[:PAGE]], _place(replies, key))
    key = "snoozed_until" if view == PUT_OFF else "waiting_since"
    chosen = _chosen(threads, user, view, now)
    if after:
        chosen = chosen.filter(Q(**{f"{key}__gt": after[0]}) | Q(**{key: after[0], "pk__gt": after[1]}))
    found = list(with_words(chosen)[: PAGE + 1])
    return Inbox(view, counts, [waiting_row(thread, now) for thread in found[:PAGE]], [], [], _place(found, key))


def with_words(threads: ThreadQuerySet) -> ThreadQuerySet:
    """Threads with the words a list shows of them, in the same query: the oldest nobody has answered, else the last."""
    replies = Reply.objects.filter(thread=OuterRef("pk"), kind__in=FOR_US)
    open_ones = replies.filter(handled_at=None)
    words = JSONObject(text=Left("text", SHOWN), kind="kind", subject="subject")
    counted = open_ones.order_by().values("thread").annotate(n=Count("pk")).values("n")
    return threads.select_related("patron", "branch", "promise", "assigned_to").annotate(
        first_words=ArraySubquery(open_ones.order_by("received_at", "pk").values(json=words)[:1]),
        last_words=ArraySubquery(replies.order_by("-received_at", "-pk").values(json=words)[:1]),
        open_count=Subquery(counted),
        complained=Exists(open_ones.filter(kind=Reply.Kind.COMPLAINT)),
    )


def waiting_row(thread: Thread, now: datetime) -> WaitingRow:
    """The line of a thread taken from `with_words`."""
    zone, since = zone_of(thread), thread.waiting_since or now
    said = [*getattr(thread, "first_words", []), *getattr(thread, "last_words", [])]
    first = said[0] if said else {"text": "", "subject": "", "kind": ""}
    off = thread.snoozed_until if thread.snoozed_until and thread.snoozed_until > now else None
    return WaitingRow(
        thread=thread,
        who=who_wrote(thread),
        words="" if first["kind"] == Reply.Kind.COMPLAINT else first["text"] or first["subject"],
        more=max(0, (getattr(thread, "open_count", 0) or 0) - 1),
        since=since_in_words(since, now=now, zone=zone),
        clock=clock_of(thread, now=now),
        back_at=off.astimezone(zone) if off else None,
        complaint=bool(getattr(thread, "complained", False)),
    )


def who_wrote(thread: Thread) -> str:
    """The reader, or the name a comment was signed with."""
    if thread.patron is not None:
        return str(thread.patron)
    return thread.author or "Someone without a name"


def _counts(threads: ThreadQuerySet, user: User, now: datetime) -> dict[str, int]:
    waits = Q(snoozed_until=None) | Q(snoozed_until__lte=now)
    counted = threads.filter(waiting_since__isnull=False).aggregate(
        everyone=Count("pk", filter=waits),
        mine=Count("pk", filter=waits & Q(assigned_to=user)),
        free=Count("pk", filter=waits & Q(assigned_to=None)),
        off=Count("pk", filter=~waits),
    )
    return {ALL: counted["everyone"], MINE: counted["mine"], FREE: counted["free"], PUT_OFF: counted["off"]}


def _chosen(threads: ThreadQuerySet, user: User, view: str, now: datetime) -> ThreadQuerySet:
    if view == PUT_OFF:
        return threads.put_off(now)
    waiting = threads.waiting(now)
    if view == MINE:
        return waiting.filter(assigned_to=user)
    return waiting.filter(assigned_to=None) if view == FREE else waiting


def _done(user: User, after: tuple[datetime, int] | None, now: datetime) -> list[ThreadTurn]:
    later = ThreadTurn.objects.filter(thread=OuterRef("thread"), pk__gt=OuterRef("pk"))
    turns = ThreadTurn.objects.visible_to(user).filter(at__gt=now - LATELY).newest()
    turns = turns.select_related("thread__patron", "thread__branch", "by", "message").annotate(is_latest=~Exists(later))
    if after:
        turns = turns.filter(Q(at__lt=after[0]) | Q(at=after[0], pk__lt=after[1]))
    bodies = ("message__body_text", "message__body_html", "message__facts", "message__links")
    return list(turns.defer(*bodies)[: PAGE + 1])


def _done_row(turn: ThreadTurn) -> DoneRow:
    thread, message = turn.thread, turn.message
    return DoneRow(
        turn=turn,
        who=who_wrote(thread),
        at=turn.at.astimezone(zone_of(thread)),
        state=message.state if message else "",
        undo=bool(getattr(turn, "is_latest", False)) and can_take_back(turn),
    )


def can_take_back(turn: ThreadTurn) -> bool:
    """As far as its mail goes: one that waits can be taken back, one that left cannot."""
    if turn.way != ThreadTurn.Way.MAIL:
        return True
    return turn.message is not None and turn.message.state == Message.State.QUEUED


def _place(rows: Sequence[Thread | ThreadTurn | Reply], key: str) -> str:
    if len(rows) <= PAGE:
        return ""
    last = rows[PAGE - 1]
    return f"{getattr(last, key).isoformat()}_{last.pk}"
