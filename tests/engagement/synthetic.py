"""A library of invented readers of whom everything is known, to see whether reports tell the truth.

How its readers behave, decided reader by reader with dice of a given seed:

- 70 in 100 agreed to a profile, whatever else they do. Only they can be measured; the truth about the others is the
  same, and no report may guess it.
- Every reader borrows, 0 to 6 titles in the year. Loans say nothing of a relationship.
- 30 in 100 asked for a letter and got one, on a day of the last year. One in six of these, and so **5 in 100 of all
  readers, truly become relational**: they tell us in the check-in, within ten days, how the books were. Half of them
  agreed to be written to, get a letter nobody had asked for, and answer that too: they are the proactive ones.
- Four in ten of the other letter readers answer too, but only that they have not read the books yet: an answer, and no
  relationship. The rest stay silent.
- 4 in 100 were relational once, and nothing came of it for more than 400 days: they are not any more.
- 5 in 100 talked at the desk with somebody who did not write down a name: that answers nothing they asked.

What they do is written into the ledger as it would have come: points and tests by the rules in force, a patron only
with profile consent. Scores are then counted by `rebuild_scores`; nothing tells reports the truth.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from django.db import connection

from engagement.services.judging import answer_tests, weigh
from engagement.services.rules import rule_for
from engagement.services.scores import rebuild_scores
from patrons.models import Consent, Patron
from relcrm.kit.copying import copy_rows

DAY = timedelta(days=1)
PROFILE, ASKED, RELATIONAL, ANSWERS_ANYWAY, PROACTIVE, ONCE, TALKED = 0.70, 0.30, 1 / 6, 0.40, 0.5, 0.04, 0.05
CHECK_IN_AFTER, UNASKED_AFTER = 21 * DAY, 35 * DAY
FIRST_NUMBER = 1_000_000_000
COLUMNS = (
    "source_key", "kind", "day", "at", "patron_id", "audience", "language", "started_by", "tests", "transactional",
    "relational", "rules", "value", "thread", "recorded_at",
)  # fmt: skip


@dataclass
class Reader:
    """What is true of one reader. `answer`: closed, open, or nothing at all."""

    number: int
    has_profile: bool
    loans: list[datetime]
    letter_at: datetime | None = None
    answer: str = ""
    is_proactive: bool = False
    once: bool = False
    talked: bool = False

    @property
    def is_relational(self) -> bool:
        return self.letter_at is not None and self.answer == "closed"

    @property
    def stage(self) -> str:
        """Where a report should see this reader."""
        if self.is_relational:
            return "proactive" if self.is_proactive else "follow_up"
        return "reactive" if self.letter_at else "basic"

    def contacts(self) -> Iterator[tuple[datetime, bool]]:
        """When we wrote to this reader, and whether that was answered in the end."""
        if self.letter_at is not None:
            yield self.letter_at, bool(self.answer)
            yield self.letter_at + CHECK_IN_AFTER, bool(self.answer)
            if self.is_proactive:
                yield self.letter_at + UNASKED_AFTER, True


@dataclass
class Synthetic:
    """One library, as it truly is at `now`."""

    seed: int
    now: datetime
    readers: list[Reader]
    patrons: list[Patron] = field(default_factory=list)

    @cached_property
    def measured(self) -> list[Reader]:
        """Those whom reports can know anything of."""
        return [reader for reader in self.readers if reader.has_profile]

    def share_at(self, *stages: str) -> float:
        """Percent of measured readers who truly stand there."""
        return 100 * sum(reader.stage in stages for reader in self.measured) / len(self.measured)

    def contacts_between(self, first: datetime, end: datetime) -> tuple[int, int]:
        """What we sent to measured readers in that time, and asked them for an answer: answered, and not."""
        said = [answered for reader in self.measured for at, answered in reader.contacts() if first <= at < end]
        return said.count(True), said.count(False)


def make_synthetic(seed: int, *, readers: int, now: datetime) -> Synthetic:
    """Roll the dice, write patrons, consents and ledger, and count the scores."""
    dice = random.Random(seed)  # noqa: S311  (invented readers, no secret)
    library = Synthetic(seed, now, [_invent(number, dice, now) for number in range(readers)])
    library.patrons = _write_patrons(library)
    _write_lines(library)
    rebuild_scores(now=now)
    return library


def _invent(number: int, dice: random.Random, now: datetime) -> Reader:
    """One reader."""
    reader = Reader(number, dice.random() < PROFILE, [])
    reader.loans = [now - dice.randint(1, 365) * DAY for _ in range(dice.randint(0, 6))]
    fate = dice.random()
    if fate < ASKED:
        # Long enough ago for the check-in and its answer, and not so long that it no longer counts.
        reader.letter_at = now - dice.randint(45, 360) * DAY
        if dice.random() < RELATIONAL:
            reader.answer, reader.is_proactive = "closed", dice.random() < PROACTIVE
        elif dice.random() < ANSWERS_ANYWAY:
            reader.answer = "open"
    reader.once = ASKED <= fate < ASKED + ONCE
    reader.talked = ASKED + ONCE <= fate < ASKED + ONCE + TALKED
    return reader


def _write_patrons(library: Synthetic) -> list[Patron]:
    # Numbers of their own: lots follow from them, and fall the same in every run.
    people = [
        Patron(
            pk=FIRST_NUMBER + n,
            public_id=f"S-{library.seed}-{n}",
            email=f"s{library.seed}-{n}@example.org",
            created_at=library.now,
        )
        for n in range(len(library.readers))
    ]
    made = Patron.objects.bulk_create(people)
    words = {"wording": "Yes.", "wording_version": "test", "language": "en", "how": "form"}
    Consent.objects.bulk_create(
        Consent(patron=patron, purpose=purpose, given_at=library.now - 900 * DAY, **words)
        for patron, reader in zip(made, library.readers, strict=True)
        for purpose, agreed in (("profile", reader.has_profile), ("proactive", reader.is_proactive))
        if agreed
    )
    return made


@dataclass(frozen=True)
class Line:
    """What happened, before it is judged."""

    kind: str
    at: datetime
    started_by: str
    value: str = ""
    thread: int | None = None


def lines_of(reader: Reader, thread: int, now: datetime) -> Iterator[Line]:
    """Everything one reader and the library did with each other."""
    for at in reader.loans:
        yield Line("loan", at, "patron")
    if reader.talked:
        yield Line("desk_talk", now - 100 * DAY, "patron", "closed")
    if reader.once:
        yield from _loop(now - 480 * DAY, "closed", thread)
    if reader.letter_at is not None:
        yield from _loop(reader.letter_at, reader.answer, thread)
    if reader.letter_at is not None and reader.is_proactive:
        contact = reader.letter_at + UNASKED_AFTER
        yield Line("proactive_letter", contact, "library", "", thread + 1)
        yield Line("proactive_answer", contact + 5 * DAY, "patron", "yes", thread + 1)


def _loop(began: datetime, answer: str, thread: int) -> Iterator[Line]:
    asked = began + CHECK_IN_AFTER
    yield Line("request", began - 4 * DAY, "patron", "", thread)
    yield Line("letter", began, "library", "", thread)
    yield Line("check_in", asked, "library", "", thread)
    if answer:
        yield Line("check_in_answer", asked + 2 * DAY, "patron", answer, thread)
    else:
        yield Line("check_in_reminder", asked + 7 * DAY, "library", "", thread)


def write_lines(rows: list[tuple[str, Patron, bool, Line]]) -> None:
    """(source, patron, with profile, line) into the ledger, judged by the rules in force, in one COPY."""
    judged = {}
    for kind, started_by in {(line.kind, line.started_by) for *_, line in rows}:
        rule = rule_for(kind)
        tests = answer_tests(rule.verdicts, {"patron_took_part": started_by == "patron"})
        points = weigh(tests, weight=rule.weight, ceiling=rule.ceiling)
        judged[kind, started_by] = (points.tests, points.transactional, points.relational, rule.version)
    with connection.cursor() as cursor:
        copy_rows(cursor, "engagement_interaction", COLUMNS, (_row(*row, judged) for row in rows))


def _row(
    source: str,
    patron: Patron,
    known: bool,
    line: Line,
    judged: dict[tuple[str, str], tuple[str, float, float, int]],
) -> list[object]:
    who = (line.at, patron.pk) if known else (None, None)
    facts = judged[line.kind, line.started_by]
    thread = line.thread if known else None
    day = line.at.date()
    return [source, line.kind, day, *who, "adult", "en", line.started_by, *facts, line.value, thread, day]


def _write_lines(library: Synthetic) -> None:
    rows = []
    for reader, patron in zip(library.readers, library.patrons, strict=True):
        lines = lines_of(reader, 2 * patron.pk, library.now)
        rows += [
            (f"s{library.seed}-{reader.number}-{place}", patron, reader.has_profile, line)
            for place, line in enumerate(lines)
        ]
    write_lines(rows)
