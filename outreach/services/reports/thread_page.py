"""One thread: everything that was exchanged about its subject, in the order it happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef
from django.db.models.functions import JSONObject, Lower

from library.models import User
from outreach.models import Answer, Message, Pick, Postbox, Reply, ReplyFile, Request, RequestTitle, Thread, ThreadTurn
from outreach.querysets import ThreadQuerySet
from outreach.services.answering import Seen
from outreach.services.librarians import colleagues_for
from outreach.services.reports.inbox import WaitingRow, can_take_back, waiting_row, with_words
from outreach.services.reports.messages import purpose_in_words
from outreach.services.reports.promise_clock import zone_of
from outreach.services.waiting import FOR_US
from patrons.models import Patron, Suppression

MOST = 200
# These are told by the letter and by our answers themselves.
TOLD = ("letter", "reply")
SAID = dict(Answer.Value.choices)


@dataclass(frozen=True)
class Item:
    """One thing in the thread. `what`: request, letter, answered, mail, reply, report or turn."""

    what: str
    at: datetime
    request: Request | None = None
    books: list[dict[str, Any]] = field(default_factory=list)
    message: Message | None = None
    purpose: str = ""
    reply: Reply | None = None
    files: list[dict[str, Any]] = field(default_factory=list)
    other_sender: bool = False
    can_take_out: bool = False
    turn: ThreadTurn | None = None


@dataclass(frozen=True)
class ThreadPage:
    """`row`: how it stands. `undo`: our latest turn while it can be taken back, `seconds_left` while its mail waits.

    `paused`: no mail leaves now, so nothing runs out either.
    """

    thread: Thread
    row: WaitingRow
    items: list[Item]
    seen: Seen
    colleagues: list[User]
    undo: ThreadTurn | None
    seconds_left: int | None
    patron_visible: bool
    suppressed: bool
    paused: bool
    waits: bool
    put_off: bool

    @property
    def by_mail(self) -> bool:
        """An answer can go by mail: we know who wrote."""
        return self.thread.patron is not None

    @property
    def on_page(self) -> bool:
        """It was said on a page of ours, so it can be answered there."""
        return self.thread.channel == Thread.Channel.SOCIAL


def with_thread_facts(threads: ThreadQuerySet, user: User) -> ThreadQuerySet:
    """Threads with everything their page reads of them."""
    blocked = Suppression.objects.active().filter(address=Lower(OuterRef("patron__email")))
    return (
        with_words(threads)
        .select_related("draft_by")
        .annotate(
            suppressed=Exists(blocked),
            paused=Exists(Postbox.objects.filter(paused_at__isnull=False)),
            patron_visible=Exists(Patron.objects.visible_to(user).filter(pk=OuterRef("patron"))),
        )
    )


def thread_page(*, thread: Thread, now: datetime) -> ThreadPage:
    """The page of a thread that came through `with_thread_facts`; five queries."""
    replies, turns = _replies(thread), _turns(thread)
    items = [*_of_request(thread), *_of_messages(thread), *_of_replies(thread, replies), *_of_turns(turns)]
    zone = zone_of(thread)
    latest = turns[-1] if turns else None
    undo = latest if latest and can_take_back(latest) else None
    left, paused = None, bool(getattr(thread, "paused", False))
    if undo and undo.message and not paused:
        left = max(0, round((undo.message.due_at - now) / timedelta(seconds=1)))
    return ThreadPage(
        thread=thread,
        row=waiting_row(thread, now),
        items=[_local(item, zone) for item in sorted(items, key=lambda item: item.at)],
        seen=_seen(replies, latest),
        colleagues=list(colleagues_for(thread)),
        undo=undo,
        seconds_left=left,
        patron_visible=bool(getattr(thread, "patron_visible", False)),
        suppressed=bool(getattr(thread, "suppressed", False)),
        paused=paused,
        waits=thread.waiting_since is not None,
        put_off=thread.snoozed_until is not None and thread.snoozed_until > now,
    )


def _seen(replies: Sequence[Reply], latest: ThreadTurn | None) -> Seen:
    waiting = [reply.pk for reply in replies if reply.kind in FOR_US and reply.handled_at is None]
    return Seen(max(waiting, default=0), len(waiting), latest.pk if latest else 0)


def _of_request(thread: Thread) -> list[Item]:
    named = RequestTitle.objects.filter(request=OuterRef("pk")).order_by("-kind", "position")
    picks = Pick.objects.filter(letter__request=OuterRef("pk")).order_by("position", "pk")
    pick = JSONObject(title="title__name", why="why", value="answer__value", said="answer__why")
    request = (
        Request.objects.filter(thread=thread)
        .select_related("letter__librarian", "letter__check_in")
        .annotate(
            named_books=ArraySubquery(named.values(json=JSONObject(title="title", why="why", kind="kind"))),
            picked_books=ArraySubquery(picks.values(json=pick)),
        )
        .first()
    )
    if request is None:
        return []
    items = []
    if not request.is_ours:
        items.append(Item("request", request.asked_at, request=request, books=getattr(request, "named_books", [])))
    letter = getattr(request, "letter", None)
    if letter is None or letter.sent_at is None:
        return items
    picked = getattr(request, "picked_books", [])
    items.append(Item("letter", letter.sent_at, request=request, books=picked))
    check_in = getattr(letter, "check_in", None)
    if check_in and check_in.answered_at:
        answered = [book | {"value": SAID.get(book["value"], "")} for book in picked if book["value"]]
        items.append(Item("answered", check_in.answered_at, request=request, books=answered))
    return items


def _of_messages(thread: Thread) -> list[Item]:
    messages = Message.objects.filter(thread=thread).exclude(purpose__in=TOLD).order_by("-queued_at", "-pk")
    shown = messages.defer("body_text", "body_html", "facts", "links")[:MOST]
    return [Item("mail", one.queued_at, message=one, purpose=purpose_in_words(one.purpose)) for one in shown]


def _replies(thread: Thread) -> list[Reply]:
    files = ReplyFile.objects.filter(reply=OuterRef("pk")).order_by("pk")
    kept = Exists(ReplyFile.objects.filter(pk=OuterRef("pk"), content__isnull=False))
    facts = JSONObject(pk="pk", name="name", size="size", kept=kept)
    rows = Reply.objects.filter(thread=thread).order_by("-received_at", "-pk").defer("html")
    return list(rows.annotate(file_list=ArraySubquery(files.values(json=facts)))[:MOST])


def _of_replies(thread: Thread, replies: Sequence[Reply]) -> list[Item]:
    ours = thread.patron.email.lower() if thread.patron else ""
    return [
        Item(
            "reply" if reply.kind == Reply.Kind.REPLY else "report",
            reply.received_at,
            reply=reply,
            files=getattr(reply, "file_list", []),
            other_sender=bool(thread.patron and reply.from_address and reply.from_address.lower() != ours),
            can_take_out=reply.matched_by == Reply.Match.PERSON and reply.handled_at is None,
        )
        for reply in replies
    ]


def _turns(thread: Thread) -> list[ThreadTurn]:
    """Oldest first, the latest always among them."""
    rows = ThreadTurn.objects.filter(thread=thread).newest().select_related("by", "message")
    bodies = ("message__body_text", "message__body_html", "message__facts", "message__links")
    return list(rows.defer(*bodies)[:MOST])[::-1]


def _of_turns(turns: Sequence[ThreadTurn]) -> list[Item]:
    return [Item("turn", turn.at, turn=turn, message=turn.message) for turn in turns]


def _local(item: Item, zone: tzinfo) -> Item:
    return replace(item, at=item.at.astimezone(zone))
