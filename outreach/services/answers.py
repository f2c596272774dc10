"""What a patron says of the books: written once, changed as often as the patron likes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from catalog.models import Title
from engagement.services.ledger import correct_interaction, record_interaction, retract_interaction
from library.services.settings import current_settings
from outreach.mail.checkin import ASKED_AGAIN, REMINDED, message_key
from outreach.models import Answer, CheckIn, Message, Pick, Reply, Request
from outreach.services.contact_occasions import close_could_not_get, open_could_not_get
from outreach.services.fates import note_link_used
from outreach.services.outbox import cancel_queued
from outreach.services.taste import learn_from_answer
from outreach.services.welcome import nobody_asked
from patrons.models import Consent
from patrons.services.consents import give_consent
from patrons.services.patrons import prove_address

OFFERS = (Consent.Purpose.PROACTIVE, Consent.Purpose.PROFILE, Consent.Purpose.PULSE)
OPEN, CLOSED = "open", "closed"


class NothingChosen(Exception):
    """No book has an answer."""


class UnknownPick(Exception):
    """An answer names a pick of another letter."""


class RequestWithdrawn(Exception):
    """The reader took the request back; nothing is written."""


@dataclass(frozen=True)
class GivenAnswer:
    """One of the six answers; `why` None leaves words given before as they are."""

    value: str
    why: str | None = None


@transaction.atomic
def record_answers(
    *, check_in: CheckIn, answers: Mapping[int, GivenAnswer], learned: bool | None, comment: str | None, now: datetime
) -> None:
    """Write the answers by pick id; picks not named keep theirs. The same again changes nothing.

    `learned` and `comment` None leave what was said before. Proves the address, since only a mailed link leads here.
    Raises NothingChosen, UnknownPick or RequestWithdrawn, and then writes nothing.
    """
    check_in = lock_check_in(check_in)
    picks = {pick.pk: pick for pick in _picks(check_in)}
    if not answers.keys() <= picks.keys():
        raise UnknownPick
    if not answers and check_in.answered_at is None:
        raise NothingChosen
    prove_address(patron=check_in.letter.request.patron, now=now)
    again = False
    for pk, given in answers.items():
        again |= _write_answer(check_in, picks[pk], given, now)
    _write_loop(check_in, now)
    _write_comment(check_in, comment, now)
    _write_learned(check_in, learned, now)
    _plan_next(check_in, again, now)
    note_link_used(object_key=message_key(check_in))
    check_in.save(update_fields=["answered_at", "comment", "learned", "next_step", "next_at", "ended_because"])


@transaction.atomic
def accept_offer(*, check_in: CheckIn, purpose: str, now: datetime) -> None:
    """Write a consent offered on the thank-you page. With a profile, these answers are learned at once.

    Raises ValueError for a purpose that is not offered there, RequestWithdrawn as above.
    """
    if purpose not in OFFERS:
        raise ValueError(purpose)
    check_in = lock_check_in(check_in)
    patron = check_in.letter.request.patron
    prove_address(patron=patron, now=now)
    give_consent(patron=patron, purpose=purpose, language=patron.language, how="answer", now=now)
    if purpose == Consent.Purpose.PROFILE:
        for answer in Answer.objects.filter(pick__letter=check_in.letter_id):
            learn_from_answer(answer=answer, now=now)


def lock_check_in(check_in: CheckIn) -> CheckIn:
    """The row as it is now, held until the transaction ends. Raises RequestWithdrawn."""
    # Two statements: what the row leads to is read after the wait for it, not as it was before.
    CheckIn.objects.select_for_update().only("pk").get(pk=check_in.pk)
    rows = CheckIn.objects.select_related("letter__librarian", "letter__request__patron", "letter__request__branch")
    locked = rows.get(pk=check_in.pk)
    if locked.letter.request.state == Request.State.WITHDRAWN:
        raise RequestWithdrawn
    return locked


def _picks(check_in: CheckIn) -> list[Pick]:
    return list(check_in.letter.picks.select_related("title", "answer"))


def _write_answer(check_in: CheckIn, pick: Pick, given: GivenAnswer, now: datetime) -> bool:
    """Write one answer and what follows from it. True when it newly says 'not read yet'."""
    answer: Answer | None = getattr(pick, "answer", None)
    before = answer.value if answer else None
    if answer is None:
        answer = Answer(pick=pick, value=given.value, why=given.why or "", answered_at=now, changed_at=now)
        answer.save(force_insert=True)
    elif before != given.value or given.why not in (None, answer.why):
        answer.value, answer.changed_at = given.value, now
        answer.why = answer.why if given.why is None else given.why
        answer.save(update_fields=["value", "why", "changed_at"])
    if before == given.value:
        return False
    if before is None:
        _record(check_in, "pick_answer", f"answer:{pick.pk}", now, value=given.value, title=pick.title)
    else:
        correct_interaction(source=f"answer:{pick.pk}", now=now, value=given.value)
    learn_from_answer(answer=answer, now=now)
    if given.value == Answer.Value.COULD_NOT_GET:
        open_could_not_get(pick=pick, patron=check_in.letter.request.patron, now=now)
    elif before == Answer.Value.COULD_NOT_GET:
        close_could_not_get(pick=pick, now=now)
    return given.value == Answer.Value.NOT_YET


def _write_loop(check_in: CheckIn, now: datetime) -> None:
    """The loop is closed when at least one answer is more than 'not read yet'."""
    answers = Answer.objects.filter(pick__letter=check_in.letter_id)
    value = CLOSED if answers.exclude(value=Answer.Value.NOT_YET).exists() else OPEN
    source = f"check_in_answer:{check_in.pk}"
    if check_in.answered_at is None:
        _write_welcome(check_in, now)
        check_in.answered_at = now
        _record(check_in, "check_in_answer", source, now, value=value)
    else:
        correct_interaction(source=source, now=now, value=value)


def _write_welcome(check_in: CheckIn, now: datetime) -> None:
    """The first thing a reader says to a letter nobody had asked for answers it; their own words may have before."""
    request = check_in.letter.request
    wrote = Reply.objects.filter(thread=request.thread_id, kind=Reply.Kind.REPLY)
    if nobody_asked(request) and not wrote.exists():
        _record(check_in, "proactive_answer", f"proactive_answer:{check_in.letter_id}", now)


def _write_comment(check_in: CheckIn, comment: str | None, now: datetime) -> None:
    if comment is None or comment == check_in.comment:
        return
    source = f"check_in_comment:{check_in.pk}"
    if comment and not check_in.comment:
        _record(check_in, "check_in_comment", source, now)
    elif not comment:
        retract_interaction(source=source, now=now)
    check_in.comment = comment


def _write_learned(check_in: CheckIn, learned: bool | None, now: datetime) -> None:
    if learned is None or learned == check_in.learned:
        return
    source = f"learned_something:{check_in.pk}"
    if learned:
        _record(check_in, "learned_something", source, now)
    elif check_in.learned:
        retract_interaction(source=source, now=now)
    check_in.learned = learned


def _plan_next(check_in: CheckIn, again: bool, now: datetime) -> None:
    """An answer ends the reminding; a book not read yet is asked about once more, never twice."""
    key = message_key(check_in)
    cancel_queued(purpose=REMINDED, object_key=key, reason="the reader answered")
    unread = Answer.objects.filter(pick__letter=check_in.letter_id, value=Answer.Value.NOT_YET)
    if not unread.exists():
        cancel_queued(purpose=ASKED_AGAIN, object_key=key, reason="the reader answered")
        check_in.next_step, check_in.next_at = CheckIn.Step.DONE, None
    elif Message.objects.filter(purpose=ASKED_AGAIN, object_key=key).exists():
        check_in.next_step, check_in.next_at = CheckIn.Step.DONE, None
    elif again:
        check_in.next_step, check_in.ended_because = CheckIn.Step.AGAIN, ""
        check_in.next_at = now + timedelta(days=current_settings().again_days)


def _record(
    check_in: CheckIn, kind: str, source: str, now: datetime, *, value: str = "", title: Title | None = None
) -> None:
    request = check_in.letter.request
    record_interaction(
        kind=kind,
        source=source,
        at=now,
        patron=request.patron,
        started_by="patron",
        branch=request.branch,
        audience=request.audience,
        language=request.language,
        value=value,
        staff=check_in.letter.librarian,
        thread=request.thread_id,
        title=title,
        now=now,
    )
