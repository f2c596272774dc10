"""What helps to place something out of the tray, and what was done a moment ago."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from library.models import User
from outreach.models import Postbox, Reply, ReplyFile, Thread, ThreadTurn
from outreach.services.reports.inbox import can_take_back, who_wrote
from outreach.services.reports.promise_clock import zone_of
from patrons.models import Patron
from patrons.services.finding import by_key, by_name
from relcrm.kit.numbers import row_number

MOST_READERS, MOST_THREADS = 20, 20


@dataclass(frozen=True)
class JustDone:
    """What was done a moment ago, with its undo. `what`: mail, page, done, off or away. `paused`: none leaves now."""

    what: str
    who: str
    pk: int
    seconds_left: int | None = None
    paused: bool = False
    until: datetime | None = None


def find_threads(*, user: User, reply: Reply, words: str) -> list[Thread]:
    """Threads this might belong to: of the readers the words find, else of whoever has the sender's address."""
    whose = _whose(user, reply, words)
    if words:
        whose |= Q(request__reference__iexact=words)
    threads = Thread.objects.visible_to(user).filter(whose).select_related("patron", "branch", "request")
    return list(threads.order_by("-started_at", "-pk")[:MOST_THREADS])


def find_readers(*, user: User, reply: Reply, words: str) -> list[Patron]:
    """Readers found in the same way with whom nothing was exchanged yet."""
    nobody_wrote = ~Exists(Thread.objects.filter(patron=OuterRef("pk")))
    whose = _whose(user, reply, words, of="")
    readers = Patron.objects.visible_to(user).filter(whose, nobody_wrote).select_related("branch")
    return list(readers.order_by("search_text", "pk")[:MOST_READERS])


def files_of(reply: Reply) -> QuerySet[ReplyFile]:
    """What came with it, without the bytes. `kept`: whether there are any to save."""
    there = Exists(ReplyFile.objects.filter(pk=OuterRef("pk"), content__isnull=False))
    return ReplyFile.objects.filter(reply=reply).defer("content").annotate(kept=there).order_by("pk")


def _whose(user: User, reply: Reply, words: str, of: str = "patron__") -> Q:
    if words:
        readers = Patron.objects.visible_to(user)
        found = [pk for _name, pk in by_key(readers, words)]
        found += by_name(readers, words).order_by("search_text", "pk").values_list("pk", flat=True)[:MOST_READERS]
        return Q(**{f"{of}pk__in": found})
    return Q(**{f"{of}email__iexact": reply.from_address}) if reply.from_address else Q(pk__in=[])


def just_done(*, user: User, words: str, now: datetime) -> JustDone | None:
    """Out of the address the last action led to, e.g. 'turn-12'; None for anything that can no longer be undone."""
    what, _dash, said = words.partition("-")
    number = row_number(said)
    if what == "away":
        reply = Reply.objects.visible_to(user).filter(pk=number, thread=None, handled_at__isnull=False).first()
        return JustDone("away", reply.from_name or reply.from_address, reply.pk) if reply else None
    if what == "off":
        off = Thread.objects.visible_to(user).put_off(now).select_related("patron", "branch").filter(pk=number)
        thread = off.first()
        until = thread.snoozed_until.astimezone(zone_of(thread)) if thread and thread.snoozed_until else None
        return JustDone("off", who_wrote(thread), thread.pk, until=until) if thread else None
    turns = ThreadTurn.objects.visible_to(user).select_related("thread__patron", "message")
    turns = turns.annotate(paused=Exists(Postbox.objects.filter(paused_at__isnull=False)))
    turn = turns.filter(pk=number).first() if what == "turn" else None
    if turn is None or not can_take_back(turn):
        return None
    left = round((turn.message.due_at - now) / timedelta(seconds=1)) if turn.message else None
    seconds = None if left is None else max(0, left)
    paused = bool(getattr(turn, "paused", False))
    return JustDone(turn.way, who_wrote(turn.thread), turn.thread_id, seconds, paused=paused)
