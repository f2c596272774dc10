"""The life of a check-in: made with the letter, asked, reminded once, brought back once, then silence."""

from datetime import datetime, timedelta

from django.db import transaction

from outreach.mail.checkin import PURPOSE, REMINDED, message_key
from outreach.models import CheckIn, Letter, Thread
from outreach.services.answers import GivenAnswer, NothingChosen, RequestWithdrawn, UnknownPick, record_answers
from outreach.services.check_in_queue import queue_due
from outreach.services.outbox import cancel_queued
from patrons.models import Consent, Patron

__all__ = [
    "GivenAnswer",
    "NothingChosen",
    "RequestWithdrawn",
    "UnknownPick",
    "answered_by_mail",
    "cancel_check_in",
    "queue_due",
    "record_answers",
    "schedule_check_in",
]

Step = CheckIn.Step
WROTE = "the reader wrote to us"


@transaction.atomic
def schedule_check_in(*, letter: Letter, now: datetime) -> CheckIn | None:
    """Write the row that asks `letter.check_in_days` days from `now`; the same row again when it is there already.

    None for a child, for a patron who has not agreed to be asked, and for a letter of ours without books.
    """
    patron = letter.request.patron
    child = patron.is_child or letter.request.audience == Patron.Audience.CHILD
    no_book = letter.request.is_ours and not letter.picks.exists()
    if child or no_book or not Consent.objects.holds(patron, Consent.Purpose.CHECK_IN):
        return None
    due = now + timedelta(days=letter.check_in_days)
    check_in, _ = CheckIn.objects.get_or_create(letter=letter, defaults={"next_step": Step.ASK, "next_at": due})
    return check_in


@transaction.atomic
def cancel_check_in(*, letter: Letter, because: str = "", remove: bool = False) -> bool:
    """Ask nothing more about this letter. `remove` deletes the row instead, for a letter whose sending is undone.

    Mails of the check-in that have not begun to leave are cancelled. False when there is no check-in.
    """
    check_in = CheckIn.objects.select_for_update().filter(letter=letter).first()
    if check_in is None:
        return False
    for purpose in PURPOSE.values():
        cancel_queued(purpose=purpose, object_key=message_key(check_in), reason=because or "the letter was taken back")
    if remove:
        check_in.delete()
    else:
        _end(check_in, because)
    return True


@transaction.atomic
def answered_by_mail(*, thread: Thread, now: datetime) -> bool:
    """The reader wrote to us in this thread, so nobody reminds them any more. False: nothing was to be reminded of."""
    check_in = CheckIn.objects.select_for_update(of=("self",)).filter(letter__request__thread=thread).first()
    if check_in is None:
        return False
    waited = cancel_queued(purpose=REMINDED, object_key=message_key(check_in), reason=WROTE)
    if check_in.next_step == Step.REMIND or waited:
        _end(check_in, WROTE)
        return True
    return False


def _end(check_in: CheckIn, because: str) -> None:
    check_in.next_step, check_in.next_at, check_in.ended_because = Step.DONE, None, because[:80]
    check_in.save(update_fields=["next_step", "next_at", "ended_because"])
