"""What belongs to no thread: what waits in the tray, and what was put away from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Q

from library.models import User
from outreach.models import Reply, Thread
from outreach.querysets import ReplyQuerySet


@dataclass(frozen=True)
class TrayRow:
    """What came in and belongs to no thread. `proposal`: a guess, where this librarian may see that thread."""

    reply: Reply
    proposal: Thread | None


def unplaced(user: User) -> ReplyQuerySet:
    """The tray, with the thread that is proposed."""
    seen = Thread.objects.visible_to(user).filter(pk=OuterRef("proposed"))
    replies = Reply.objects.visible_to(user).unplaced().select_related("proposed__patron")
    return replies.annotate(may_see=Exists(seen))


def put_away(user: User, since: datetime) -> ReplyQuerySet:
    """What was put away since then, and by whom."""
    return Reply.objects.visible_to(user).put_away_since(since).select_related("handled_by")


def tray_page(replies: ReplyQuerySet, *, key: str, after: tuple[datetime, int] | None, size: int) -> list[Reply]:
    """The next so many, by the time in the column `key`, the newest first; `after`: time and number of the last one."""
    if after:
        replies = replies.filter(Q(**{f"{key}__lt": after[0]}) | Q(**{key: after[0], "pk__lt": after[1]}))
    return list(replies.annotate(files_kept=Count("files")).defer("html")[:size])


def tray_row(reply: Reply) -> TrayRow:
    """The line of a reply taken from a page above."""
    return TrayRow(reply, reply.proposed if getattr(reply, "may_see", False) else None)
