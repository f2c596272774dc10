"""What still keeps an answer from leaving, each in a sentence that says what to do. The words stay in their place."""

from __future__ import annotations

from library.models import User
from outreach.models import Reply, Thread, ThreadTurn
from outreach.services.readiness import Problem
from patrons.models import Suppression


def problems_of_answer(*, thread: Thread, by: User, way: str) -> list[Problem]:
    """Everything that is missing; empty when the answer may leave."""
    who = thread.patron.first if thread.patron else (thread.author or "this reader")
    problems = []
    if not thread.draft.strip():
        problems.append(Problem("words", f"Write {who} a few words first."))
    if way == ThreadTurn.Way.MAIL:
        problems += _of_mail(thread, by, who)
    return problems


def _of_mail(thread: Thread, by: User, who: str) -> list[Problem]:
    problems = []
    if not by.name.strip():
        problems.append(
            Problem("name", "Your account has no name that readers see. An admin can add it in the settings.")
        )
    if thread.patron is None:
        problems.append(
            Problem("address", "Nobody knows who wrote this, so no mail can go. Answer on the page and write it down.")
        )
    elif not thread.patron.email:
        problems.append(
            Problem("address", f"There is no mail address for {who}. Add one on the patron card; your words wait here.")
        )
    elif Suppression.objects.holds(thread.patron.email):
        problems.append(Problem("address", f"The address of {who} takes no mail from us. Your words wait here."))
    elif not Reply.objects.filter(thread=thread, kind=Reply.Kind.REPLY).exists():
        problems.append(
            Problem("words", f"{who[:1].upper()}{who[1:]} has written nothing here yet that could be answered.")
        )
    return problems
