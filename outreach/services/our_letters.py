"""Letters nobody asked for: a librarian writes because she knows something of this reader, and they like to hear it."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction

from outreach.models import Request, Thread
from outreach.services.welcome import unwelcome_because
from outreach.services.withdrawals import locked_request
from patrons.models import Patron

# What the reader must be spared, and what they can use, holds for a letter of ours as for the last they asked for.
CARRIED = ("reads", "length", "limits", "formats")


class NotWelcome(Exception):
    """We may not write to this reader unasked; `words` says why. Nothing was written."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


class NotOurs(Exception):
    """It is not a letter of ours that could be put away or taken up again (any more)."""


@transaction.atomic
def begin_letter(*, patron: Patron, now: datetime, asked: bool = False) -> Request:
    """The occasion of a letter of ours to this reader; the one a colleague has begun already, if there is one.

    `asked`: it answers something the reader said, so it needs no more than that. Raises NotWelcome.
    """
    held = Patron.objects.select_for_update(no_key=True).select_related(None).get(pk=patron.pk)
    begun = Request.objects.filter(patron=held, state=Request.State.BEGUN).order_by("pk").first()
    words = "" if begun or asked else unwelcome_because(held, now=now)
    if words:
        raise NotWelcome(words)
    return begun or _begin(held, now)


@transaction.atomic
def drop_letter(*, request: Request) -> Request:
    """Put the draft away; its words stay for `take_up_letter`, which is the undo. Raises NotOurs."""
    return _turn(request, Request.State.BEGUN, Request.State.DROPPED)


@transaction.atomic
def take_up_letter(*, request: Request) -> Request:
    """Go on with a draft that was put away. Raises NotOurs."""
    return _turn(request, Request.State.DROPPED, Request.State.BEGUN)


def _begin(patron: Patron, now: datetime) -> Request:
    last = Request.objects.asked().filter(patron=patron).order_by("-asked_at", "-pk").first()
    carried = {name: getattr(last, name) for name in CARRIED} if last else {}
    thread = Thread.objects.create(patron=patron, subject="A letter from us", started_at=now, branch=patron.branch)
    return Request.objects.create(
        nonce=f"ours-{uuid.uuid4()}",
        thread=thread,
        patron=patron,
        branch=patron.branch,
        language=patron.language,
        audience=patron.audience,
        state=Request.State.BEGUN,
        asked_at=now,
        **carried,
    )


def _turn(request: Request, before: Request.State, after: Request.State) -> Request:
    locked = locked_request(request)
    if locked.state != before:
        raise NotOurs
    locked.state = after
    locked.save(update_fields=["state"])
    return locked
