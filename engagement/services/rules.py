"""Publishing a rule table and looking up the one in force."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from engagement.models import Rule, RuleVersion
from engagement.services.judging import EVENT, NO, TESTS, YES
from engagement.services.rule_table import FIRST_RULES, FIRST_S50_RELATIONAL, FIRST_S50_TRANSACTIONAL, RuleFacts

RULE_IN_FORCE = """
SELECT version.number, weight, ceiling, named_people, patron_took_part, used_knowledge, continued, gave_something
FROM engagement_rule AS rule JOIN engagement_ruleversion AS version ON version.id = rule.version_id
WHERE kind = %s AND version.number = (SELECT max(number) FROM engagement_ruleversion)
"""


class UnknownKind(LookupError):
    """The rule table in force does not know this kind of interaction."""


class NotPublishable(ValueError):
    """A row of the table cannot be judged by: says which and why."""


@transaction.atomic
def publish_rules(
    *,
    number: int,
    rules: Iterable[RuleFacts],
    s50_relational: float,
    s50_transactional: float,
    note: str,
    now: datetime,
) -> RuleVersion:
    """Publish a rule table as version `number`; what is recorded from now on is judged by it.

    Raises NotPublishable for a table with a row that makes no sense, ValueError for a number that is taken.
    """
    table = list(rules)
    _check(table)
    if RuleVersion.objects.filter(number=number).exists():
        raise ValueError(f"Rules {number} are published already")
    version = RuleVersion.objects.create(
        number=number, published_at=now, note=note, s50_relational=s50_relational, s50_transactional=s50_transactional
    )
    Rule.objects.bulk_create([_row(version, rule) for rule in table])
    return version


def publish_first_rules(*, now: datetime) -> RuleVersion:
    """The first rule table, published once however often this is called."""
    return RuleVersion.objects.filter(number=1).first() or publish_rules(
        number=1,
        rules=FIRST_RULES,
        s50_relational=FIRST_S50_RELATIONAL,
        s50_transactional=FIRST_S50_TRANSACTIONAL,
        note="The first table.",
        now=now,
    )


def rules_in_force() -> RuleVersion:
    """The newest published table."""
    return RuleVersion.objects.latest("number")


@dataclass(frozen=True)
class RuleInForce:
    """How a kind is judged now, and by which version of the rules."""

    version: int
    weight: float
    ceiling: float
    verdicts: dict[str, str]


def rule_for(kind: str) -> RuleInForce:
    """The rule in force for this kind (one query, written out: every interaction asks it). Raises UnknownKind."""
    with connection.cursor() as cursor:
        cursor.execute(RULE_IN_FORCE, [kind])
        row = cursor.fetchone()
    if row is None:
        raise UnknownKind(f"The rules know no interaction of the kind {kind!r}")
    version, weight, ceiling, *verdicts = row
    return RuleInForce(version, weight, ceiling, dict(zip(TESTS, verdicts, strict=True)))


def _check(table: list[RuleFacts]) -> None:
    kinds = [rule.kind for rule in table]
    if not table or len(set(kinds)) != len(kinds):
        raise NotPublishable("A table has at least one row and every kind once")
    for rule in table:
        if set(rule.verdicts) != set(TESTS) or not set(rule.verdicts.values()) <= {YES, NO, EVENT}:
            raise NotPublishable(f"{rule.kind}: each of the five tests needs yes, no or event")
        if not all(math.isfinite(number) and number >= 0 for number in (rule.weight, rule.ceiling)):
            raise NotPublishable(f"{rule.kind}: weight and ceiling are numbers from 0")


def _row(version: RuleVersion, rule: RuleFacts) -> Rule:
    return Rule(
        version=version,
        kind=rule.kind,
        label=rule.label,
        definition=rule.definition,
        weight=rule.weight,
        ceiling=rule.ceiling,
        **rule.verdicts,
    )
