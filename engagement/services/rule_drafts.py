"""The table a manager is working on: begun from a published one, changed row by row, published or set aside.

A kind that is published stays in every later table, because the house goes on recording it; one that is to count
nothing gets weight 0.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import datetime

from django.db import transaction

from engagement.models import RuleDraft, RuleVersion
from engagement.services.judging import most_points
from engagement.services.rule_table import RuleFacts
from engagement.services.rules import check_rule, check_scale, publish_rules, rules_in_force, table_of
from library.models import User
from library.services.audit import write_line

KIND = re.compile(r"[a-z][a-z0-9_]{1,39}")


class NoDraft(LookupError):
    """There is no open draft."""


class DraftOpen(Exception):
    """Somebody is working on a draft already."""


class DraftMovedOn(Exception):
    """The draft, or the row of it, was changed since whoever publishes or keeps it looked."""


class NothingChanged(ValueError):
    """The draft is the table in force."""


class BadRow(ValueError):
    """A row that cannot be judged by: says which of its fields, and what to do."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field = field


def open_draft() -> RuleDraft | None:
    """The draft there is, unless it was set aside."""
    return RuleDraft.objects.filter(set_aside_at=None).select_related("by").first()


def rows_of(draft: RuleDraft) -> list[RuleFacts]:
    """The rows of the draft, in its order."""
    return [RuleFacts(**row) for row in draft.table]


@transaction.atomic
def begin_draft(*, of: RuleVersion, by: User, now: datetime) -> RuleDraft:
    """Make a published table the draft; whatever was set aside before goes. Raises DraftOpen.

    Kinds it did not know yet stand in it with weight 0, which is what they counted under it.
    """
    if RuleDraft.objects.select_for_update().filter(set_aside_at=None).exists():
        raise DraftOpen
    present = {rule.kind: rule for rule in table_of(rules_in_force())}
    rows = [_placed(rule, present.get(rule.kind)) for rule in table_of(of)]
    known = {rule.kind for rule in rows}
    rows += [replace(rule, weight=0.0) for rule in present.values() if rule.kind not in known]
    draft = RuleDraft(pk=1, s50_relational=of.s50_relational, s50_transactional=of.s50_transactional, by=by)
    _put(draft, rows, now)
    return draft


@transaction.atomic
def keep_row(*, row: RuleFacts, new: bool, seen: str = "", by: User, now: datetime) -> None:
    """Put a row into the draft, or in place of the one of its kind where that is still in the state that was `seen`.

    Raises NoDraft, DraftMovedOn, BadRow, NotPublishable.
    """
    draft, rows = _held()
    place = next((number for number, one in enumerate(rows) if one.kind == row.kind), len(rows))
    known = rows[place : place + 1]
    if new and known:
        raise BadRow("kind", f"There is a kind {row.kind} already: change that row instead")
    if not new and not known:
        raise NoDraft
    if seen and known and seen != known[0].state:
        raise DraftMovedOn
    _check(row)
    rows[place : place + 1] = [row]
    _put(draft, rows, now, by)


@transaction.atomic
def put_back_row(*, kind: str, by: User, now: datetime) -> bool:
    """The row as it is in force; a kind that is in no published table leaves the draft. False: no such row."""
    draft, rows = _held()
    present = {rule.kind: rule for rule in table_of(rules_in_force())}
    if kind not in {row.kind for row in rows}:
        return False
    back = [present.get(kind) if row.kind == kind else row for row in rows]
    _put(draft, [row for row in back if row is not None], now, by)
    return True


@transaction.atomic
def keep_scale(*, s50_relational: float, s50_transactional: float, by: User, now: datetime) -> None:
    """How many points show as 50. Raises NoDraft, NotPublishable."""
    check_scale(s50_relational, s50_transactional)
    draft, rows = _held()
    draft.s50_relational, draft.s50_transactional = s50_relational, s50_transactional
    _put(draft, rows, now, by)


@transaction.atomic
def set_draft_aside(*, now: datetime) -> None:
    """Stop working on the draft; `take_draft_up` is the way back. Raises NoDraft."""
    draft, _rows = _held()
    draft.set_aside_at = now
    draft.save(update_fields=["set_aside_at"])


@transaction.atomic
def take_draft_up() -> bool:
    """Go on with the draft that was set aside; False: another one was begun, or there is none."""
    return RuleDraft.objects.exclude(set_aside_at=None).update(set_aside_at=None) > 0


@transaction.atomic
def publish_draft(*, note: str, seen: str, by: User, now: datetime) -> RuleVersion:
    """Put the draft in force as the next version; `seen` is the state that was looked at (`state_of`).

    What was recorded before follows in a worker. Raises NoDraft, DraftMovedOn, NothingChanged, BadRow, NotPublishable.
    """
    draft, rows = _held()
    if seen != state_of(draft):
        raise DraftMovedOn
    present = rules_in_force()
    if is_as_in_force(draft, rows, present):
        raise NothingChanged
    for row in rows:
        _check(row)
    version = publish_rules(
        number=present.number + 1,
        rules=rows,
        s50_relational=draft.s50_relational,
        s50_transactional=draft.s50_transactional,
        note=note,
        by=by,
        now=now,
    )
    draft.delete()
    write_line(what="rules.published", thing="rules", reference=str(version.number), by=by, now=now)
    return version


def state_of(draft: RuleDraft) -> str:
    """What tells one state of the draft from another."""
    return draft.saved_at.isoformat()


def is_as_in_force(draft: RuleDraft, rows: Iterable[RuleFacts], present: RuleVersion) -> bool:
    """Whether publishing would change nothing."""
    scale = (draft.s50_relational, draft.s50_transactional) == (present.s50_relational, present.s50_transactional)
    return scale and {row.kind: row for row in rows} == {row.kind: row for row in table_of(present)}


def _held() -> tuple[RuleDraft, list[RuleFacts]]:
    draft = RuleDraft.objects.select_for_update().filter(set_aside_at=None).first()
    if draft is None:
        raise NoDraft
    return draft, rows_of(draft)


def _put(draft: RuleDraft, rows: list[RuleFacts], now: datetime, by: User | None = None) -> None:
    draft.table, draft.saved_at, draft.by = [asdict(row) for row in rows], now, by or draft.by
    draft.save()


def _check(row: RuleFacts) -> None:
    if not KIND.fullmatch(row.kind):
        raise BadRow("kind", "A kind is 2 to 40 small letters, numbers and _, and begins with a letter")
    check_rule(row)
    most = most_points(row.verdicts, row.weight)
    if row.ceiling < most:
        raise BadRow(
            "ceiling", f"One event can bring {most:g} points with these answers: allow as many, or leave it empty"
        )


def _placed(rule: RuleFacts, present: RuleFacts | None) -> RuleFacts:
    """The first table did not say where its kinds stand in reports; they stand where they do now."""
    if rule.channel or present is None:
        return rule
    return replace(
        rule, channel=present.channel, group=present.group, outcome=present.outcome, shows_use=present.shows_use
    )
