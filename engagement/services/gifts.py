"""What a reader gave, written down at the desk: money or things, time, a word for the library, a new reader."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import transaction

from engagement.models import Interaction, Rule
from engagement.services.ledger import record_interaction, retract_interaction
from engagement.services.lines import source_keys
from engagement.services.rules import rules_in_force
from engagement.services.working_days import zone_of
from library.models import User
from library.services.audit import write_line
from patrons.models import Patron
from patrons.services.references import reference_of

UNDO_FOR = timedelta(days=1)
NOON = time(12)


class TooLate(Exception):
    """The day in which it can be taken back is over."""


class WrittenBefore(Exception):
    """This form was written down already, with other words: what was written first stands."""


@dataclass(frozen=True)
class Gift:
    """One gift. `value`: an amount or a few words; `minutes`: staff time it took. `nonce`: the form it came from."""

    nonce: str
    kind: str
    day: date
    value: str = ""
    minutes: int | None = None


def gift_kinds() -> list[tuple[str, str]]:
    """The kinds of the rules in force that are an outcome, with their labels; the first is the first of the table."""
    rules = Rule.objects.filter(version=rules_in_force()).exclude(outcome="").order_by("pk")
    return list(rules.values_list("kind", "label"))


@transaction.atomic
def write_gift(*, patron: Patron, gift: Gift, by: User, now: datetime) -> Interaction:
    """Write it into the ledger, once for each form. Whoever wrote it down is the named person on our side.

    Raises WrittenBefore, and what the ledger refuses.
    """
    zone = zone_of(patron.branch)
    at = datetime.combine(gift.day, NOON, zone)
    line = record_interaction(
        kind=gift.kind,
        source=source_of(gift.nonce),
        at=min(at, now) if gift.day == now.astimezone(zone).date() else at,
        patron=patron,
        started_by="patron",
        tests={"named_people": True},
        value=gift.value,
        minutes=gift.minutes,
        staff=by,
        now=now,
    )
    if not _says(line, gift):
        raise WrittenBefore
    _audit("gift.written", patron, by, now)
    return line


@transaction.atomic
def take_back_gift(*, patron: Patron, nonce: str, written_at: datetime, by: User, now: datetime) -> bool:
    """As if it had not been written down, within a day. False: it is not there. Raises TooLate."""
    if now > written_at + UNDO_FOR:
        raise TooLate
    lines = Interaction.objects.filter(source_key__in=source_keys(source_of(nonce)), staff=by)
    if not lines.exists() or not retract_interaction(source=source_of(nonce), now=now):
        return False
    _audit("gift.taken_back", patron, by, now)
    return True


def source_of(nonce: str) -> str:
    """How the ledger knows the line of a gift."""
    return f"gift:{nonce}"


def _says(line: Interaction, gift: Gift) -> bool:
    """Whether a line is of this gift; one that names nobody may keep no words."""
    same = (line.kind, line.day, line.minutes) == (gift.kind, gift.day, gift.minutes)
    return same and (line.patron_id is None or line.value == gift.value)


def _audit(what: str, patron: Patron, by: User, now: datetime) -> None:
    write_line(what=what, thing="patron", reference=reference_of(patron), by=by, now=now)
