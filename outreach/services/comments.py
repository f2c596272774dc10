"""Comments on the library's social pages, entered by hand or from a file: threads that wait for an answer like any.

The librarian answers on the page herself, under the library's name there, and writes down here what she said.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from library.models import Branch
from outreach.models import Reply, Thread
from outreach.services.waiting import begin_waiting
from patrons.models import Patron

CHANNEL = Thread.Channel.SOCIAL
# Clocks of other people's pages may run ahead of ours.
AHEAD = timedelta(days=1)
OLDEST = timedelta(days=366)
LIMITS = {"page": 60, "author": 120, "words": 6000, "address": 500, "key": 80}


@dataclass(frozen=True)
class Comment:
    """What somebody said on a page of ours. `key` is the page's own number of it, where it has one."""

    page: str
    words: str
    said_at: datetime
    author: str = ""
    address: str = ""
    key: str = ""

    @property
    def source_key(self) -> str:
        """The same comment has the same key, however often and in whatever way it is entered."""
        if self.key:
            return f"{self.page.casefold()[:30]}:{self.key}"
        said = "\0".join((self.page.casefold(), self.author, self.words, self.said_at.isoformat(), self.address))
        return "words:" + hashlib.sha256(said.encode()).hexdigest()[:40]


@dataclass(frozen=True)
class Entered:
    """How many comments came in, and how many were here before."""

    new: int
    known: int


@transaction.atomic
def enter_comment(
    *, comment: Comment, branch: Branch | None, patron: Patron | None = None, now: datetime
) -> tuple[Thread, bool]:
    """The thread of this comment, and whether it is new. `patron`: only where somebody has said who it is."""
    known = Thread.objects.filter(source_key=comment.source_key).first()
    if known is not None:
        return known, False
    row = _thread_of(comment, branch, patron)
    Thread.objects.bulk_create([row], ignore_conflicts=True)
    thread = Thread.objects.select_for_update(of=("self",)).select_related("patron", "branch", "promise")
    entered = thread.get(source_key=comment.source_key)
    if Reply.objects.filter(thread=entered).exists():
        return entered, False
    _write_words(entered, comment)
    begin_waiting(thread=entered, since=comment.said_at, now=now)
    return entered, True


@transaction.atomic
def enter_comments(*, comments: Iterable[Comment], branch: Branch | None, now: datetime) -> Entered:
    """All of a file, or, where one fails, none."""
    results = [enter_comment(comment=comment, branch=branch, now=now)[1] for comment in comments]
    return Entered(sum(results), len(results) - sum(results))


def _thread_of(comment: Comment, branch: Branch | None, patron: Patron | None) -> Thread:
    return Thread(
        patron=patron,
        subject=f"A comment on {comment.page}",
        started_at=comment.said_at,
        channel=CHANNEL,
        branch=branch,
        author=comment.author,
        page=comment.page,
        address=comment.address,
        source_key=comment.source_key,
    )


def _write_words(thread: Thread, comment: Comment) -> None:
    Reply.objects.create(
        key="comment:" + hashlib.sha256(comment.source_key.encode()).hexdigest()[:50],
        kind=Reply.Kind.REPLY,
        matched_by=Reply.Match.ENTERED,
        thread=thread,
        patron=thread.patron,
        from_name=comment.author,
        subject="",
        text=comment.words,
        received_at=comment.said_at,
    )
