"""A thread with a letter and words of its reader that wait for an answer: where tests of the inbox begin."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from typing import Any

from django.test import Client

from library.models import User
from outreach.models import Reply, Thread, ThreadTurn
from outreach.services.answering import Seen, save_answer, send_answer
from outreach.services.waiting import begin_waiting, unanswered
from patrons.models import Patron
from tests.builders import NOON, make_branch, make_letter, make_patron, make_request, make_title

HOUR = timedelta(hours=1)
_numbers = itertools.count(1)
Over = Any


def make_thread(patron: Patron | None = None, **over: Over) -> Thread:
    """A letter was sent in it at NOON; nobody waits."""
    patron = patron or make_patron("profile", name="Iris Marsh", branch=make_branch())
    request = make_request(patron, state="answered", answered_at=NOON)
    make_letter(request, titles=(make_title(),), sent_at=NOON)
    Thread.objects.filter(pk=request.thread_id).update(**over)
    return Thread.objects.get(pk=request.thread_id)


def make_reply(thread: Thread | None, *, at: datetime = NOON + HOUR, **over: Over) -> Reply:
    """What came in, as it would lie there; nobody waits because of it yet."""
    number = next(_numbers)
    values = {
        "key": f"reply-{number}",
        "kind": "reply",
        "thread": thread,
        "patron": thread.patron if thread else None,
        "matched_by": "address" if thread else "",
        "message_id": f"<{number}@mail.example>",
        "from_address": thread.patron.email if thread and thread.patron else "someone@example.org",
        "from_name": "Iris",
        "subject": "Re: A letter about books for you",
        "text": "Is there another one like it?",
        "received_at": at,
    }
    return Reply.objects.create(**(values | over))


def make_waiting(patron: Patron | None = None, *, at: datetime = NOON + HOUR, **over: Over) -> Thread:
    """A thread in which its reader waits since `at`."""
    thread = make_thread(patron)
    make_reply(thread, at=at, **over)
    begin_waiting(thread=thread, since=at, now=at)
    return Thread.objects.get(pk=thread.pk)


def seen_in(thread: Thread) -> Seen:
    """What somebody sees who opens the thread now."""
    waiting = [reply.pk for reply in unanswered(thread)]
    turn = thread.turns.order_by("-pk").first()
    return Seen(max(waiting, default=0), len(waiting), turn.pk if turn else 0)


def write(
    thread: Thread, by: User, words: str = "Yes, two of them.", *, now: datetime = NOON + 2 * HOUR, **over: Over
) -> ThreadTurn:
    """Type an answer and send it."""
    seen = over.pop("seen", None) or seen_in(thread)
    draft = save_answer(thread=thread, by=by, words=words, version=None, now=now)
    return send_answer(thread=draft, by=by, seen=seen, now=now, **over)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client
