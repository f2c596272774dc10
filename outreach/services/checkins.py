"""The life of a check-in: made with the letter, asked, reminded once, brought back once, then silence."""

from datetime import datetime, timedelta

from django.db import transaction

from engagement.services.ledger import record_interaction
from library.services.settings import current_settings
from outreach.mail.checkin import ASKED, PURPOSE, compose_check_in, message_key
from outreach.models import Answer, CheckIn, Letter, Message, Pick
from outreach.services.answers import GivenAnswer, NothingChosen, RequestWithdrawn, UnknownPick, record_answers
from outreach.services.outbox import NoAddress, cancel_queued, queue_message
from outreach.services.reply_addresses import reply_address
from patrons.models import Consent, Patron, Suppression

__all__ = [
    "GivenAnswer",
    "NothingChosen",
    "RequestWithdrawn",
    "UnknownPick",
    "cancel_check_in",
    "queue_due",
    "record_answers",
    "schedule_check_in",
]

Step = CheckIn.Step
BATCH = 1000
DELIVERED = {Message.State.SENT, Message.State.UNKNOWN}
UNDERWAY = {Message.State.QUEUED, Message.State.SENDING}
WAIT = timedelta(days=1)


@transaction.atomic
def schedule_check_in(*, letter: Letter, now: datetime) -> CheckIn | None:
    """Write the row that asks `letter.check_in_days` days from `now`; the same row again when it is there already.

    None for a child, and for a patron who has not agreed to be asked.
    """
    patron = letter.request.patron
    child = patron.is_child or letter.request.audience == Patron.Audience.CHILD
    if child or not Consent.objects.holds(patron, Consent.Purpose.CHECK_IN):
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


def queue_due(*, now: datetime) -> int:
    """Take every step that is due, each in its own transaction; returns how many mails were queued.

    A step that breaks holds up no other: it stays due, and an ExceptionGroup is raised when all have been tried.
    """
    due = CheckIn.objects.due(now).order_by("next_at", "pk").values_list("pk", flat=True)[:BATCH]
    queued, broken = 0, []
    for pk in list(due):
        try:
            queued += _take_step(pk, now)
        except Exception as error:  # noqa: BLE001  (raised below, after the others had their turn)
            broken.append(error)
    if broken:
        raise ExceptionGroup("some check-ins could not be asked", broken)
    return queued


@transaction.atomic
def _take_step(pk: int, now: datetime) -> bool:
    """One step of one check-in, unless another worker holds it."""
    rows = CheckIn.objects.due(now).select_for_update(skip_locked=True, of=("self",))
    check_in = (
        rows.select_related("letter__librarian", "letter__request__patron", "letter__request__branch")
        .filter(pk=pk)
        .first()
    )
    if check_in is None:
        return False
    picks = _picks_to_ask(check_in)
    because = _reason_to_end(check_in, picks)
    if because:
        _end(check_in, because)
        return False
    if _earlier_state(check_in) in UNDERWAY:
        check_in.next_at = now + WAIT
        check_in.save(update_fields=["next_at"])
        return False
    return _queue(check_in, picks, now)


def _picks_to_ask(check_in: CheckIn) -> list[Pick]:
    picks = check_in.letter.picks.select_related("title").order_by("position", "pk")
    if check_in.next_step == Step.AGAIN:
        picks = picks.filter(answer__value=Answer.Value.NOT_YET)
    return list(picks)


def _reason_to_end(check_in: CheckIn, picks: list[Pick]) -> str:
    """Why this step must not be taken, in plain words; empty when it may be."""
    request = check_in.letter.request
    patron = request.patron
    asked = check_in.next_step == Step.REMIND and check_in.answered_at is not None
    reasons = {
        "the request was withdrawn": request.state == request.State.WITHDRAWN,
        "the reader answered": asked,
        "no book is left to ask about": not picks,
        "the reader has no address": not patron.email,
        "the reader turned check-ins off": not Consent.objects.holds(patron, Consent.Purpose.CHECK_IN),
        "the address gets no mail": Suppression.objects.holds(patron.email),
        "the mail before it was not delivered": _earlier_state(check_in) not in DELIVERED | UNDERWAY,
    }
    return next((because for because, holds in reasons.items() if holds), "")


def _earlier_state(check_in: CheckIn) -> str:
    """The state of the mail this step follows: the letter for a first question, else the first question."""
    letter = check_in.letter
    if check_in.next_step == Step.ASK:
        mail = Message.objects.filter(purpose="letter", object_key=str(letter.pk))
    else:
        mail = Message.objects.filter(purpose=ASKED, object_key=message_key(check_in))
    return mail.values_list("state", flat=True).first() or ""


def _queue(check_in: CheckIn, picks: list[Pick], now: datetime) -> bool:
    letter, step = check_in.letter, check_in.next_step
    request = letter.request
    try:
        queue_message(
            purpose=PURPOSE[step],
            object_key=message_key(check_in),
            kind=Message.Kind.ASKED_FOR,
            patron=request.patron,
            rendered=compose_check_in(check_in, picks, step),
            links={"checkin": str(check_in.pk), "unsubscribe": f"{request.patron.pk}-check_in"},
            consent=Consent.Purpose.CHECK_IN,
            thread=request.thread,
            branch=request.branch,
            from_name=str(letter.librarian),
            reply_to=reply_address(thread=request.thread_id),
            now=now,
        )
    except NoAddress:
        _end(check_in, "the reader has no address")
        return False
    record_interaction(
        kind=PURPOSE[step],
        source=f"check_in:{check_in.pk}:{step}",
        at=now,
        patron=request.patron,
        started_by="library",
        branch=request.branch,
        audience=request.audience,
        language=request.language,
        staff=letter.librarian,
        thread=request.thread_id,
        now=now,
    )
    _go_on(check_in, now)
    return True


def _go_on(check_in: CheckIn, now: datetime) -> None:
    """After the first question one reminder; after any other step silence."""
    if check_in.next_step == Step.ASK:
        check_in.asked_at = now
        check_in.next_step = Step.REMIND
        check_in.next_at = now + timedelta(days=current_settings().reminder_days)
    else:
        check_in.next_step, check_in.next_at = Step.DONE, None
    check_in.save(update_fields=["asked_at", "next_step", "next_at"])


def _end(check_in: CheckIn, because: str) -> None:
    check_in.next_step, check_in.next_at, check_in.ended_because = Step.DONE, None, because[:80]
    check_in.save(update_fields=["next_step", "next_at", "ended_because"])
