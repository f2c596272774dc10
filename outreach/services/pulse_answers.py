"""What readers say of the library: written once, changed as long as the link works."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from engagement.models import Pulse
from engagement.services.ledger import correct_interaction, record_interaction
from outreach.mail.pulse import message_key
from outreach.services.fates import note_link_used
from patrons.services.patrons import prove_address

ANSWERED = "pulse_answer"


class NothingSaid(Exception):
    """No question has an answer."""


@dataclass(frozen=True)
class Said:
    """The answers by question (None leaves what was said before), free words, and whether these may be quoted."""

    answers: dict[str, float | None]
    words: str
    may_quote: bool


@transaction.atomic
def record_pulse(*, pulse: Pulse, said: Said, now: datetime) -> None:
    """Write the answers; the same again changes nothing. Only a mailed link leads here: it proves the address.

    Raises NothingSaid, and then writes nothing.
    """
    if all(answer is None for answer in said.answers.values()) and not said.words:
        raise NothingSaid
    pulse = Pulse.objects.select_for_update(of=("self",)).select_related("patron").get(pk=pulse.pk)
    for question, answer in said.answers.items():
        if answer is not None:
            setattr(pulse, question, answer)
    pulse.words, pulse.may_quote = said.words, said.may_quote and bool(said.words)
    first, pulse.answered_at = pulse.answered_at is None, pulse.answered_at or now
    pulse.save(update_fields=[*said.answers, "words", "may_quote", "answered_at"])
    if pulse.patron is not None:
        prove_address(patron=pulse.patron, now=now)
    note_link_used(object_key=message_key(pulse.pk))
    _into_the_ledger(pulse, first=first, now=now)


def _into_the_ledger(pulse: Pulse, *, first: bool, now: datetime) -> None:
    source = f"{message_key(pulse.pk)}:answer"
    value = "" if pulse.recommend is None else str(pulse.recommend)
    if not first:
        correct_interaction(source=source, value=value, now=now)
        return
    record_interaction(
        kind=ANSWERED,
        source=source,
        at=now,
        patron=pulse.patron,
        started_by="patron",
        branch=pulse.branch,
        audience=pulse.audience,
        language=pulse.language,
        value=value,
        now=now,
    )
