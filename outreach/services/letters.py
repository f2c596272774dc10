"""The librarian's answer: sent once, and taken back while there is time."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from engagement.services.ledger import record_interaction, retract_interaction
from engagement.services.promises import keep_promise, reopen_promise
from library.models import User
from library.services.settings import current_settings
from outreach.models import Letter, Message, Pick, Request
from outreach.services.checkins import cancel_check_in, schedule_check_in
from outreach.services.contact_occasions import close_by_letter, reopen_by_letter
from outreach.services.drafts import AlreadySent, Draft, DraftConflict, DraftPick, lock_letter, open_draft, save_draft
from outreach.services.letter_mail import mail_of
from outreach.services.outbox import discard_queued, queue_message
from outreach.services.readiness import Problem, problems_of
from outreach.services.welcome import nobody_asked
from patrons.models import Consent

__all__ = [
    "AlreadyLeft",
    "AlreadySent",
    "Draft",
    "DraftConflict",
    "DraftPick",
    "LetterNotReady",
    "open_draft",
    "save_draft",
    "send_letter",
    "undo_send",
]

PURPOSE = "letter"
# A letter of ours waits through nights, closed days and a holiday before it is too late for it.
OURS_WAITS = timedelta(days=14)


class AlreadyLeft(Exception):
    """The mail has begun to leave; sending cannot be undone."""


class LetterNotReady(Exception):
    """Something is missing; `problems` says what. Nothing was written."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__([problem.place for problem in problems])
        self.problems = problems


@transaction.atomic
def send_letter(*, letter: Letter, librarian: User, now: datetime) -> Letter:
    """Send it, once, in the librarian's name: the mail leaves when the undo time is over.

    In one transaction: the mail is queued, the check-in planned where agreed to, the promise kept, the ledger
    written, the request answered. Raises AlreadySent, DraftConflict (saved since it was read) or LetterNotReady.
    """
    request, locked = lock_letter(letter.request)
    if locked is None or locked.sent_at:
        raise AlreadySent
    if locked.version != letter.version:
        raise DraftConflict(locked)
    picks = list(locked.picks.select_related("title").order_by("position", "pk"))
    problems = problems_of(letter=locked, picks=picks, librarian=librarian, now=now)
    if problems:
        raise LetterNotReady(problems)
    locked.librarian, locked.sent_at = librarian, now
    locked.save(update_fields=["librarian", "sent_at"])
    _queue(locked, picks, now)
    schedule_check_in(letter=locked, now=now)
    request.state = Request.State.WRITTEN if request.is_ours else Request.State.ANSWERED
    request.answered_at = now
    request.save(update_fields=["state", "answered_at"])
    if request.promise:
        keep_promise(promise=request.promise, now=now)
    _record(locked, now)
    close_by_letter(letter=request, by=librarian, now=now)
    return locked


@transaction.atomic
def undo_send(*, letter: Letter, now: datetime) -> Letter:
    """Take the letter back while its mail waits: everything `send_letter` did is reversed and it is a draft again.

    Does nothing for a letter that is a draft. Raises AlreadyLeft once the mail has begun to leave.
    """
    request, locked = lock_letter(letter.request)
    if locked is None or locked.sent_at is None:
        return letter
    if not discard_queued(purpose=PURPOSE, object_key=str(locked.pk)):
        raise AlreadyLeft
    cancel_check_in(letter=locked, because="sending was undone", remove=True)
    retract_interaction(source=f"letter:{locked.pk}", now=now)
    reopen_by_letter(letter=request)
    if request.promise:
        reopen_promise(promise=request.promise, now=now)
    request.state = Request.State.BEGUN if request.is_ours else Request.State.WAITING
    request.answered_at = None
    request.save(update_fields=["state", "answered_at"])
    locked.sent_at = None
    locked.save(update_fields=["sent_at"])
    return locked


def _queue(letter: Letter, picks: list[Pick], now: datetime) -> Message:
    request = letter.request
    unasked = nobody_asked(request)
    mail = mail_of(letter=letter, picks=picks, librarian=letter.librarian.name)
    leaves_at = now + timedelta(seconds=current_settings().undo_seconds)
    return queue_message(
        purpose=PURPOSE,
        object_key=str(letter.pk),
        kind=Message.Kind.LIBRARY_STARTED if unasked else Message.Kind.ANSWERING,
        consent=Consent.Purpose.PROACTIVE if unasked else "",
        patron=request.patron,
        rendered=mail.rendered,
        links={"letter": str(letter.pk)},
        thread=request.thread,
        branch=request.branch,
        from_name=mail.from_name,
        reply_to=mail.reply_to,
        due_at=leaves_at,
        not_after=leaves_at + OURS_WAITS if unasked else None,
        now=now,
    )


def _record(letter: Letter, now: datetime) -> None:
    request = letter.request
    waited = max(0, int((now - request.asked_at).total_seconds()) // 60)
    unasked = nobody_asked(request)
    ours = "proactive_letter" if unasked else "reply_answered"
    record_interaction(
        kind=ours if request.is_ours else "letter",
        source=f"letter:{letter.pk}",
        at=now,
        patron=request.patron,
        started_by="library",
        branch=request.branch,
        audience=request.audience,
        language=request.language,
        tests={"continued": Request.objects.asked().filter(patron=request.patron).exists()} if unasked else None,
        wait_minutes=None if request.is_ours else waited,
        minutes=letter.minutes,
        staff=letter.librarian,
        thread=request.thread_id,
        now=now,
    )
