"""What goes into one line of the ledger, and the keyed digest of where it came from."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.crypto import salted_hmac

from catalog.models import Title
from engagement.models import Interaction
from engagement.services.decay import EARLIEST
from engagement.services.judging import Judgement, PointsAboveCeiling, UnknownTest, answer_tests, letters_of, weigh
from engagement.services.rules import RuleInForce, UnknownKind
from library.models import Branch, User
from patrons.models import Patron

__all__ = ["BadValue", "EventInFuture", "EventTooOld", "PointsAboveCeiling", "UnknownKind", "UnknownTest"]

SALT = "engagement.ledger.source"
AHEAD = timedelta(days=1)
MOST_MINUTES = 32_767
LONGEST_WAIT = 2_147_483_647
# What leads to a person.
NAMING = ("patron", "at", "thread", "title")


class EventInFuture(ValueError):
    """The event is later than one day from now."""


class EventTooOld(ValueError):
    """The event is before 1890, where the stored sums would lose their precision."""


class BadValue(ValueError):
    """A fact of the event does not fit its field: says which."""


@dataclass(frozen=True)
class Event:
    """The facts of one interaction as a service above hands them down."""

    kind: str
    source: str
    at: datetime
    patron: Patron | None
    started_by: str
    branch: Branch | None
    audience: str
    language: str
    tests: Mapping[str, bool]
    value: str
    wait_minutes: int | None
    minutes: int | None
    staff: User | None
    thread: int | None
    title: Title | None

    @property
    def branch_id(self) -> int | None:
        """The branch it happened in, else the patron's."""
        if self.branch is not None:
            return self.branch.pk
        return self.patron.branch_id if self.patron else None


def source_keys(source: str) -> list[str]:
    """Keyed digests of a source, the present key's first, then those of keys that were in use before."""
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return [salted_hmac(SALT, source, secret=secret, algorithm="sha256").hexdigest() for secret in secrets]


def digest_source() -> Callable[[str], str]:
    """The first of `source_keys`, with the key made once: an import asks a million times."""
    key = hashlib.sha256((SALT + settings.SECRET_KEY).encode()).digest()
    return lambda source: hmac.digest(key, source.encode(), "sha256").hex()


def check_event(event: Event, now: datetime) -> None:
    """Refuse what no line can say. Raises EventInFuture, EventTooOld, BadValue."""
    if event.at > now + AHEAD:
        raise EventInFuture(f"{event.kind}: {event.at:%Y-%m-%d} is later than tomorrow")
    if event.at < EARLIEST:
        raise EventTooOld(f"{event.kind}: {event.at:%Y-%m-%d} is before {EARLIEST:%Y}")
    if event.started_by not in Interaction.StartedBy.values:
        raise BadValue(f"{event.kind}: started by {event.started_by!r}")
    check_value(event.value)
    _check_minutes(event.minutes, MOST_MINUTES)
    _check_minutes(event.wait_minutes, LONGEST_WAIT)


def check_value(value: str) -> None:
    """Raises BadValue when a value is too long or cannot be stored."""
    if len(value) > 40 or "\0" in value:  # noqa: PLR2004  (the length of Interaction.value)
        raise BadValue(f"A value has at most 40 characters: {value[:60]!r}")


def judge_event(rule: RuleInForce, event: Event) -> Judgement:
    """The tests and points of an event. Who started it answers the second test where the event does not say.

    Raises UnknownTest, PointsAboveCeiling.
    """
    return judge_answers(rule, event.tests, event.started_by)


def judge_answers(rule: RuleInForce, answers: Mapping[str, bool], started_by: str) -> Judgement:
    """The same for a line that is there; `engagement.services.rejudging` says it in SQL.

    Raises UnknownTest, PointsAboveCeiling.
    """
    began = {"patron_took_part": started_by == Interaction.StartedBy.PATRON}
    tests = answer_tests(rule.verdicts, began | dict(answers))
    return weigh(tests, weight=rule.weight, ceiling=rule.ceiling)


def line_facts(event: Event, judged: Judgement, *, zone: ZoneInfo, now: datetime) -> dict[str, Any]:
    """The columns of the line; `zone` is the branch's. Without profile consent NAMING stay empty (law 6)."""
    patron = event.patron
    key, *older = source_keys(event.source)
    return {
        "source_key": key,
        "older_keys": older,
        "kind": event.kind,
        "day": event.at.astimezone(zone).date(),
        "at": event.at,
        "patron": patron.pk if patron else None,
        "branch": event.branch_id,
        "audience": event.audience or (patron.audience if patron else ""),
        "language": event.language or (patron.language if patron else ""),
        "started_by": event.started_by,
        "tests": judged.tests,
        "answers": letters_of(event.tests),
        "transactional": judged.transactional,
        "relational": judged.relational,
        "value": event.value,
        "wait_minutes": event.wait_minutes,
        "minutes": event.minutes,
        "staff": event.staff.pk if event.staff else None,
        "thread": event.thread,
        "title": event.title.pk if event.title else None,
        "recorded_at": now.astimezone(zone).date(),
    }


def _check_minutes(minutes: int | None, most: int) -> None:
    if minutes is not None and not 0 <= minutes <= most:
        raise BadValue(f"Minutes from 0 to {most}, not {minutes}")
