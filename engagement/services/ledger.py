"""The ledger: the only writer of interactions. One line, its points, score and stage are one transaction.

Concurrency: whoever adds to, corrects or forgets a patron's lines first takes that patron's profile consent row.
Withdrawing consent waits for a line on its way and the next line sees the withdrawal, so no line keeps a patron
that should not, and a recount never misses a line that is being added.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import NamedTuple

from django.db import connection, transaction

from catalog.models import Title
from engagement.models import Interaction
from engagement.services.changed_months import CORRECTED, LATE, note_changed_months
from engagement.services.holding import hold_profile
from engagement.services.judging import PointsAboveCeiling, answers_of, letters_of
from engagement.services.lines import (
    NAMING,
    Event,
    check_event,
    check_value,
    judge_answers,
    judge_event,
    line_facts,
    source_keys,
)
from engagement.services.recounting import recount_patron
from engagement.services.rules import RuleInForce, rule_for, rule_seen
from engagement.services.stages import ITS_ANSWER, MOVING_KINDS, OUR_CONTACT, Standing, settle_stages, stage_at
from engagement.services.sums import record_statement
from engagement.services.working_days import zone_named
from library.models import Branch, User
from patrons.models import Patron

NAMES = [field.attname for field in Interaction._meta.concrete_fields]
# The same by the names of `lines.line_facts`.
FACTS = [name.removesuffix("_id") for name in NAMES]


def record_interaction(
    *,
    kind: str,
    source: str,
    at: datetime,
    patron: Patron | None,
    started_by: str,
    branch: Branch | None = None,
    audience: str = "",
    language: str = "",
    tests: Mapping[str, bool] | None = None,
    value: str = "",
    wait_minutes: int | None = None,
    minutes: int | None = None,
    staff: User | None = None,
    thread: int | None = None,
    title: Title | None = None,
    now: datetime,
) -> Interaction:
    """Write one line, once for each `source` (e.g. "letter:12"); a repeat returns the line that is there.

    `branch`, `audience` and `language` default to the patron's. `tests` answers the questions the rule leaves to the
    event. With the patron's profile consent the line names them and score and stage follow at once; without it the
    line keeps no patron, time, title or thread. One query; one more each for an answer, where the stage moves, and for
    the first line of its kind in this process and after the rules changed.
    Raises UnknownKind, UnknownTest, EventInFuture, EventTooOld, PointsAboveCeiling, BadValue; then nothing is written.
    """
    event = Event(
        kind, source, at, patron, started_by, branch, audience, language, tests or {}, value, wait_minutes, minutes,
        staff, thread, title,
    )  # fmt: skip
    check_event(event, now)
    if connection.in_atomic_block:  # what is refused leaves the caller's transaction as it was
        return _record(event, now)
    with transaction.atomic():
        return _record(event, now)


@transaction.atomic
def correct_interaction(
    *, source: str, now: datetime, value: str | None = None, tests: Mapping[str, bool] | None = None
) -> bool:
    """Change the value of a line, or the tests its event answered; the patron is recounted. False: no such line.

    New answers are judged by the rules in force. Raises UnknownKind, UnknownTest, PointsAboveCeiling, BadValue.
    """
    check_value(value or "")
    line = _line_held(source)
    if line is None:
        return False
    before = (line.value, line.tests, line.answers, line.rules)
    if value is not None:
        line.value = value
    if tests is not None:
        _judge_again(line, tests)
    if before != (line.value, line.tests, line.answers, line.rules):
        line.save(update_fields=["value", "tests", "answers", "transactional", "relational", "rules"])
        _recount(line, now)
    return True


@transaction.atomic
def retract_interaction(*, source: str, now: datetime) -> bool:
    """Take a line out because it never happened (sending was undone); the patron is recounted. False: no such line."""
    line = _line_held(source)
    if line is None:
        return False
    line.delete()
    _recount(line, now)
    return True


def _record(event: Event, now: datetime) -> Interaction:
    if event.kind == ITS_ANSWER and event.patron is not None:
        hold_profile(event.patron)  # its sum reads other lines, as they are once nobody else is writing them
    written = None
    if rule := rule_seen(event.kind, branch=event.branch_id):
        with suppress(PointsAboveCeiling):  # the ceiling may be another by now
            written = _write_line(event, rule, now)
    while written is None:
        written = _write_line(event, rule_for(event.kind, branch=event.branch_id), now)
    if written.line is None:
        return Interaction.objects.get(source_key__in=source_keys(event.source))
    note_changed_months(days=[written.line.day], because=LATE, now=now)
    if written.line.patron_id is not None and event.patron is not None:
        _follow(event.kind, event.patron, written.standing, now)
    return written.line


class Written(NamedTuple):
    """The line, or None where its source was written down before.

    The score is told only as far as the stage depends on it, and is empty for a line without a patron.
    """

    line: Interaction | None
    standing: Standing


def _write_line(event: Event, rule: RuleInForce, now: datetime) -> Written | None:
    """The line and its addition to the score, as one statement; None when this rule is not in force any more."""
    facts = line_facts(event, judge_event(rule, event), zone=zone_named(rule.zone), now=now) | {"rules": rule.version}
    with connection.cursor() as cursor:
        record_statement(event.kind).execute(cursor, facts | {"table": rule.table, "zone": rule.zone, "now": now})
        still, named, number, *told = cursor.fetchone()
    if not still:
        return None
    if number is None:
        return Written(None, Standing(*told))
    kept = facts | {"id": number, "import_run": None} | ({} if named else dict.fromkeys(NAMING))
    return Written(Interaction.from_db(connection.alias, NAMES, [kept[fact] for fact in FACTS]), Standing(*told))


def _follow(kind: str, patron: Patron, standing: Standing, now: datetime) -> None:
    """The stage follows what was recorded; a contact of ours written down late may give an older answer its meaning."""
    if kind == OUR_CONTACT:
        recount_patron(patron=patron, now=now, because=kind)
    elif kind in MOVING_KINDS and stage_at(standing, now) != standing.stage:
        settle_stages(now=now, because=kind, patrons=[patron.pk])


def _line_held(source: str) -> Interaction | None:
    """The line of a source, read anew once its patron's consent row is held."""
    keys = source_keys(source)
    line = Interaction.objects.filter(source_key__in=keys).select_related("patron").first()
    if line is None or line.patron is None:
        return line
    hold_profile(line.patron)
    return Interaction.objects.filter(source_key__in=keys).first()


def _judge_again(line: Interaction, tests: Mapping[str, bool]) -> None:
    rule = rule_for(line.kind)
    said = answers_of(line.answers) | dict(tests)
    judged = judge_answers(rule, said, line.started_by)
    line.tests, line.answers, line.rules = judged.tests, letters_of(said), rule.version
    line.transactional, line.relational = judged.transactional, judged.relational


def _recount(line: Interaction, now: datetime) -> None:
    note_changed_months(days=[line.day], because=CORRECTED, now=now)
    if line.patron_id is not None:
        recount_patron(patron=Patron(pk=line.patron_id), now=now, because=line.kind)
