"""Publishing a rule table and looking up the one in force."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import Max, Min

from engagement.models import Interaction, Rule, RuleVersion
from engagement.services.judging import EVENT, NO, TESTS, YES
from engagement.services.rule_table import (
    FIRST_RULES,
    FIRST_S50_RELATIONAL,
    FIRST_S50_TRANSACTIONAL,
    SECOND_RULES,
    SECOND_S50_RELATIONAL,
    SECOND_S50_TRANSACTIONAL,
    RuleFacts,
)
from library.models import User
from relcrm.kit.prepared import Prepared

# What a row is called alike as data and in its table; the verdicts stand there in columns of their own.
PLAIN = tuple(field.name for field in fields(RuleFacts) if field.name != "verdicts")
# What the table in force says of a kind, and the zone of a branch: one row, or none for a kind it does not know.
IN_FORCE = "(SELECT id, number FROM engagement_ruleversion ORDER BY number DESC LIMIT 1)"
ZONE = "(SELECT time_zone FROM library_branch WHERE id = %(branch)s)"
RULE_IN_FORCE = Prepared(
    "relcrm_rule_in_force",
    f"""
    SELECT version.id, version.number, coalesce({ZONE}, ''), weight, ceiling, named_people, patron_took_part,
        used_knowledge, continued, gave_something
    FROM {IN_FORCE} AS version JOIN engagement_rule AS rule ON rule.version_id = version.id AND rule.kind = %(kind)s
    """,  # noqa: S608  (fixed words)
    {"kind": "varchar", "branch": "bigint"},
)
# Whether a rule that was looked up before is the one in force still, and the branch in the same zone.
STILL_IN_FORCE = f"(SELECT id FROM {IN_FORCE} AS version) = %(table)s AND coalesce({ZONE}, '') = %(zone)s"  # noqa: S608  (fixed words)


class UnknownKind(LookupError):
    """The rule table in force does not know this kind of interaction."""


class NotPublishable(ValueError):
    """A row of the table cannot be judged by: says which and why."""


class OwnTable(NamedTuple):
    """A table that comes with Relcrm."""

    number: int
    rules: Sequence[RuleFacts]
    s50_relational: float
    s50_transactional: float
    note: str


OWN_TABLES = (
    OwnTable(1, FIRST_RULES, FIRST_S50_RELATIONAL, FIRST_S50_TRANSACTIONAL, "The first table."),
    OwnTable(
        2, SECOND_RULES, SECOND_S50_RELATIONAL, SECOND_S50_TRANSACTIONAL,
        "Every channel of a library. What the first table had counts as before.",
    ),
)  # fmt: skip
MOST_WEIGHT = 100.0
MOST_POINTS = 500.0  # five times yes
LEAST_S50, MOST_S50 = 1.0, 10_000.0


@transaction.atomic
def publish_rules(
    *,
    number: int,
    rules: Iterable[RuleFacts],
    s50_relational: float,
    s50_transactional: float,
    note: str,
    by: User | None = None,
    now: datetime,
) -> RuleVersion:
    """Publish a rule table as version `number`; what is recorded from now on is judged by it.

    What was recorded before follows in a worker (engagement.services.rejudging).
    Raises NotPublishable for a table with a row that makes no sense, ValueError for a number that is taken.
    """
    table = list(rules)
    _check(table)
    check_scale(s50_relational, s50_transactional)
    if RuleVersion.objects.filter(number=number).exists():
        raise ValueError(f"Rules {number} are published already")
    first, last = Interaction.objects.aggregate(first=Min("pk"), last=Max("pk")).values()
    version = RuleVersion.objects.create(
        number=number,
        published_at=now,
        note=note,
        by=by,
        s50_relational=s50_relational,
        s50_transactional=s50_transactional,
        judged_to=(first or 1) - 1,
        judged_of=last or 0,
        judged_at=None if last else now,
    )
    Rule.objects.bulk_create([_row(version, rule) for rule in table])
    return version


def publish_own_rules(*, now: datetime) -> RuleVersion:
    """The tables that come with Relcrm, each published once however often this is called; the last of them."""
    for table in OWN_TABLES:
        own = RuleVersion.objects.filter(number=table.number).first() or publish_rules(**table._asdict(), now=now)
    return own


def rules_in_force() -> RuleVersion:
    """The newest published table."""
    return RuleVersion.objects.latest("number")


def kinds_in_force() -> list[str]:
    """The kinds the newest published table knows."""
    return list(Rule.objects.filter(version=rules_in_force()).order_by("kind").values_list("kind", flat=True))


@dataclass(frozen=True)
class RuleInForce:
    """How a kind is judged now, by which version of the rules, and the time zone of the branch that was asked for.

    `table` is the key of the version.
    """

    version: int
    weight: float
    ceiling: float
    verdicts: dict[str, str]
    zone: str = ""
    table: int = 0


_seen: dict[tuple[str, int | None], RuleInForce] = {}


def rule_for(kind: str, *, branch: int | None = None) -> RuleInForce:
    """The rule in force for this kind, and the zone of a branch. One query for both. Raises UnknownKind."""
    with connection.cursor() as cursor:
        RULE_IN_FORCE.execute(cursor, {"kind": kind, "branch": branch})
        row = cursor.fetchone()
    if row is None:
        raise UnknownKind(f"The rules know no interaction of the kind {kind!r}")
    table, version, zone, weight, ceiling, *verdicts = row
    rule = RuleInForce(version, weight, ceiling, dict(zip(TESTS, verdicts, strict=True)), zone, table)
    _seen[kind, branch] = rule
    return rule


def rule_seen(kind: str, *, branch: int | None = None) -> RuleInForce | None:
    """What `rule_for` said last in this process. Whoever judges by it has the database check STILL_IN_FORCE."""
    return _seen.get((kind, branch))


def table_of(version: RuleVersion) -> list[RuleFacts]:
    """The rows of a published table, in the order they were published in."""
    return [facts_of(rule) for rule in version.rules.order_by("pk")]


def facts_of(rule: Rule) -> RuleFacts:
    """One published row as data."""
    verdicts = {test: getattr(rule, test) for test in TESTS}
    return RuleFacts(**{name: getattr(rule, name) for name in PLAIN}, verdicts=verdicts)


def check_rule(rule: RuleFacts) -> None:
    """Whether one row can be judged by. Raises NotPublishable."""
    if set(rule.verdicts) != set(TESTS) or not set(rule.verdicts.values()) <= {YES, NO, EVENT}:
        raise NotPublishable(f"{rule.kind}: each of the five tests needs yes, no or event")
    for name, number, most in (("weight", rule.weight, MOST_WEIGHT), ("ceiling", rule.ceiling, MOST_POINTS)):
        if not (math.isfinite(number) and 0 <= number <= most):
            raise NotPublishable(f"{rule.kind}: the {name} is a number from 0 to {most:g}")


def check_scale(*s50: float) -> None:
    """Whether these points can show as 50. Raises NotPublishable."""
    if not all(math.isfinite(number) and LEAST_S50 <= number <= MOST_S50 for number in s50):
        raise NotPublishable(f"The points that show as 50 are a number from {LEAST_S50:g} to {MOST_S50:g}")


def _check(table: list[RuleFacts]) -> None:
    kinds = [rule.kind for rule in table]
    if not table or len(set(kinds)) != len(kinds):
        raise NotPublishable("A table has at least one row and every kind once")
    for rule in table:
        check_rule(rule)


def _row(version: RuleVersion, rule: RuleFacts) -> Rule:
    return Rule(version=version, **{name: getattr(rule, name) for name in PLAIN}, **rule.verdicts)
