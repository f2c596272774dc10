"""Who of us writes to whom: the librarians of a thread, and the one its reader writes back to."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from library.models import User
from outreach.models import Letter, Thread, ThreadTurn


def colleagues_for(thread: Thread) -> QuerySet[User]:
    """Librarians who can sign in and see this thread, by name."""
    sees = Q(branches=None) | Q(branches=thread.branch_id) if thread.branch_id else Q()
    return User.objects.letter_writers().filter(sees).order_by("name", "username", "pk").distinct()


def give_to_librarian(thread: Thread) -> None:
    """What comes into this locked thread is for whoever wrote last in it, unless somebody has it already.

    One who has left, or changed branches, cannot answer: then it is nobody's yet.
    """
    able = colleagues_for(thread)
    if thread.assigned_to_id and able.filter(pk=thread.assigned_to_id).exists():
        return
    writer = _wrote_last(thread)
    thread.assigned_to = able.filter(pk=writer).first() if writer else None
    thread.save(update_fields=["assigned_to"])


def _wrote_last(thread: Thread) -> int | None:
    """Answers come after the letter; setting words aside writes to nobody."""
    answers = ThreadTurn.objects.filter(thread=thread).exclude(way=ThreadTurn.Way.DONE).newest()
    writer = answers.values_list("by", flat=True).first()
    letters = Letter.objects.filter(request__thread=thread, sent_at__isnull=False)
    return writer or letters.values_list("librarian", flat=True).first()
