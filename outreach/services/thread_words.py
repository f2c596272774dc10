"""Words that came in, and ours to them, are let go of in time: the rows stay, so that what was done stays countable."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from library.services.privacy import Limits
from outreach.models import Reply, ReplyFile, Thread, ThreadTurn


def count_old_words(*, before: Limits) -> int:
    """How many mails and comments have words that are too old."""
    return _replies(before).count() + _turns(before).count() + _lost(before).count()


def forget_old_words(*, before: Limits) -> int:
    """Words and files go after as long as those of our own mails; what still waits for an answer keeps its own.

    Of somebody we do not know, who commented on a page or whose mail nobody could place, nothing is left that says
    who it was. In the caller's transaction.
    """
    lost, _by_table = _lost(before).delete()
    commenters = Thread.objects.filter(patron=None, started_at__lt=before.mail_bodies).filter(_settled(before, ""))
    commenters.exclude(author="", address="").update(author="", address="")
    Reply.objects.filter(thread__in=commenters).exclude(from_name="").update(from_name="")
    replies = _replies(before)
    ReplyFile.objects.filter(reply__in=replies).delete()
    emptied = replies.update(text="", quoted="", html="", subject="")
    return lost + emptied + _turns(before).update(words="")


def _replies(before: Limits) -> QuerySet[Reply]:
    old = Reply.objects.filter(thread__isnull=False, received_at__lt=before.mail_bodies)
    return old.filter(_settled(before, "thread__")).exclude(text="", quoted="", html="", subject="")


def _turns(before: Limits) -> QuerySet[ThreadTurn]:
    return ThreadTurn.objects.filter(at__lt=before.mail_bodies).exclude(words="")


def _lost(before: Limits) -> QuerySet[Reply]:
    return Reply.objects.filter(thread=None, received_at__lt=before.mail_bodies)


def _settled(before: Limits, to: str) -> Q:
    """Nobody waits in that thread, or has waited longer than anybody's request is kept."""
    return Q(**{f"{to}waiting_since": None}) | Q(**{f"{to}waiting_since__lt": before.unanswered})
