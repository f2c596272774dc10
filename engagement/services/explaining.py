"""Law 7: a score is shown with everything it came from, under the published rules that counted it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from engagement.models import Interaction, RuleVersion, Score
from engagement.models.score import Stage
from engagement.querysets import InteractionQuerySet
from engagement.services.decay import RELATIONAL_HALF_LIFE, TRANSACTIONAL_HALF_LIFE, faded, share, shown, value_at
from engagement.services.judging import TESTS
from engagement.services.overriding import Fixed, fixed_now
from engagement.services.rejudging import judge_as_then
from engagement.services.rules import rules_in_force
from engagement.services.stages import is_fixed, stage_at, stage_by_facts
from patrons.models import Consent, Patron

RULE_WORDS = ("kind", "label", "definition")
# Label and definition by kind.
Words = Mapping[str, tuple[str, str]]


class Reason(NamedTuple):
    """One interaction that counts: its points when it happened and its share of the two numbers shown today."""

    kind: str
    label: str
    definition: str
    day: date
    at: datetime
    value: str
    title: str
    started_by: str
    tests: Mapping[str, bool]
    transactional_points: float
    relational_points: float
    transactional_share: float
    relational_share: float
    pk: int = 0

    @property
    def points(self) -> float:
        """Both parts together, as they were when it happened."""
        return self.transactional_points + self.relational_points

    @property
    def share(self) -> float:
        """Both shares together."""
        return self.transactional_share + self.relational_share


# What LineFacts reads, in its order: a reader may have thousands of lines, and whole rows take ten times as long.
READ = ("pk", "kind", "day", "at", "value", "title__name", "started_by", "tests", "transactional", "relational")


@dataclass(slots=True)
class LineFacts:
    """What a reason says of one line."""

    pk: int
    kind: str
    day: date
    at: datetime | None
    value: str
    title: str | None
    started_by: str
    tests: str
    transactional: float
    relational: float


@dataclass(frozen=True)
class Explanation:
    """Where a patron stands at `as_of`: two numbers from 0 to 100, the stage, and every reason, newest first.

    `fixed`: the stage is what staff set; `stage_by_facts` is what it would be without.
    """

    transactional: int
    relational: int
    stage: Stage
    stage_since: datetime | None
    holds_until: datetime | None
    rules_version: int
    rules_published_at: datetime
    as_of: datetime
    interactions: int
    reasons: tuple[Reason, ...]
    stage_by_facts: Stage
    fixed: Fixed | None = None

    @property
    def strongest(self) -> tuple[Reason, ...]:
        """The reasons behind the relational number, the weightiest first."""
        behind = [reason for reason in self.reasons if reason.relational_share > 0]
        return tuple(sorted(behind, key=lambda reason: -reason.relational_share))


def explain_score(*, patron: Patron, now: datetime, rules: int | None = None) -> Explanation | None:
    """The patron's score and stage at `now` with every contributing interaction; None without profile consent.

    `rules`: the number of an older table, as which the ledger is judged instead. Raises RuleVersion.DoesNotExist.
    """
    if not Consent.objects.holds(patron, Consent.Purpose.PROFILE):
        return None
    score = Score.objects.filter(patron=patron).first() or Score(patron=patron, stage_since=now)
    lines = facts_of(Interaction.objects.of(patron))
    version = rules_in_force() if rules is None else RuleVersion.objects.get(number=rules)
    if rules is not None:
        score = judge_as_then(rules=version, score=score, lines=lines, now=now)
    return _explain(patron, version, score, lines, now)


def _explain(patron: Patron, rules: RuleVersion, score: Score, lines: list[LineFacts], now: datetime) -> Explanation:
    known = words_of(rules)
    sums = _sums(score, now)
    numbers = _numbers(sums, rules)
    stage = stage_at(score, now)
    return Explanation(
        transactional=numbers[0],
        relational=numbers[1],
        stage=stage,
        stage_since=score.stage_since if score.stage == stage and lines else None,
        holds_until=score.holds_until if score.stage == stage else None,
        rules_version=rules.number,
        rules_published_at=rules.published_at,
        as_of=now,
        interactions=len(lines),
        reasons=tuple(reason_of(line, known, sums, numbers, now) for line in lines if _counts(line)),
        stage_by_facts=stage_by_facts(score, now),
        fixed=fixed_now(patron, now=now) if is_fixed(score, now) else None,
    )


def facts_of(lines: InteractionQuerySet) -> list[LineFacts]:
    """Only what reasons say, in the order of the lines."""
    return [LineFacts(*row) for row in lines.values_list(*READ)]


def words_of(rules: RuleVersion) -> Words:
    """Label and definition of every kind."""
    return {kind: (label, definition) for kind, label, definition in rules.rules.values_list(*RULE_WORDS)}


def _counts(line: LineFacts) -> bool:
    return line.transactional > 0 or line.relational > 0


def _sums(score: Score, now: datetime) -> tuple[float, float]:
    return (
        value_at(score.transactional, now, TRANSACTIONAL_HALF_LIFE),
        value_at(score.relational, now, RELATIONAL_HALF_LIFE),
    )


def _numbers(sums: tuple[float, float], rules: RuleVersion) -> tuple[int, int]:
    return shown(sums[0], rules.s50_transactional), shown(sums[1], rules.s50_relational)


@cache
def _tests_in_words(letters: str) -> Mapping[str, bool]:
    return MappingProxyType({test: letter == "y" for test, letter in zip(TESTS, letters, strict=True)})


def reason_of(
    line: LineFacts, words: Words, sums: tuple[float, float], numbers: tuple[int, int], now: datetime
) -> Reason:
    """One line with its share of the two numbers; `sums` and `numbers`: transactional, relational."""
    at = line.at or now
    label, definition = words.get(line.kind, (line.kind, ""))
    transactional = faded(line.transactional, at, now, TRANSACTIONAL_HALF_LIFE)
    relational = faded(line.relational, at, now, RELATIONAL_HALF_LIFE)
    return Reason(
        kind=line.kind,
        label=label,
        definition=definition,
        day=line.day,
        at=at,
        value=line.value,
        title=line.title or "",
        started_by=line.started_by,
        tests=_tests_in_words(line.tests),
        transactional_points=line.transactional,
        relational_points=line.relational,
        transactional_share=share(numbers[0], transactional, sums[0]),
        relational_share=share(numbers[1], relational, sums[1]),
        pk=line.pk,
    )
