"""Law 7: a score is shown with everything it came from, under the published rules that counted it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from engagement.models import Interaction, Rule, RuleVersion, Score
from engagement.models.score import Stage
from engagement.services.decay import RELATIONAL_HALF_LIFE, TRANSACTIONAL_HALF_LIFE, faded, share, shown, value_at
from engagement.services.judging import TESTS
from engagement.services.rules import rules_in_force
from engagement.services.stages import stage_at
from patrons.models import Consent, Patron


@dataclass(frozen=True)
class Reason:
    """One interaction that counts: its points when it happened and its share of the two numbers shown today."""

    kind: str
    label: str
    definition: str
    day: date
    at: datetime
    value: str
    title: str
    started_by: str
    tests: dict[str, bool]
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


@dataclass(frozen=True)
class Explanation:
    """Where a patron stands at `as_of`: two numbers from 0 to 100, the stage, and every reason, newest first."""

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

    @property
    def strongest(self) -> tuple[Reason, ...]:
        """The reasons behind the relational number, the weightiest first."""
        behind = [reason for reason in self.reasons if reason.relational_share > 0]
        return tuple(sorted(behind, key=lambda reason: -reason.relational_share))


def explain_score(*, patron: Patron, now: datetime) -> Explanation | None:
    """The patron's score and stage at `now` with every contributing interaction; None without profile consent."""
    if not Consent.objects.holds(patron, Consent.Purpose.PROFILE):
        return None
    rules = rules_in_force()
    score = Score.objects.filter(patron=patron).first() or Score(patron=patron, stage_since=now)
    lines = list(Interaction.objects.of(patron).select_related("title"))
    known = {rule.kind: rule for rule in rules.rules.all()}
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
        reasons=tuple(reason_of(line, known.get(line.kind), sums, numbers, now) for line in lines if _counts(line)),
    )


def _counts(line: Interaction) -> bool:
    return line.transactional > 0 or line.relational > 0


def _sums(score: Score, now: datetime) -> tuple[float, float]:
    return (
        value_at(score.transactional, now, TRANSACTIONAL_HALF_LIFE),
        value_at(score.relational, now, RELATIONAL_HALF_LIFE),
    )


def _numbers(sums: tuple[float, float], rules: RuleVersion) -> tuple[int, int]:
    return shown(sums[0], rules.s50_transactional), shown(sums[1], rules.s50_relational)


def reason_of(
    line: Interaction, rule: Rule | None, sums: tuple[float, float], numbers: tuple[int, int], now: datetime
) -> Reason:
    """One line with its share of the two numbers; `sums` and `numbers`: transactional, relational."""
    at = line.at or now
    transactional = faded(line.transactional, at, now, TRANSACTIONAL_HALF_LIFE)
    relational = faded(line.relational, at, now, RELATIONAL_HALF_LIFE)
    return Reason(
        kind=line.kind,
        label=rule.label if rule else line.kind,
        definition=rule.definition if rule else "",
        day=line.day,
        at=at,
        value=line.value,
        title=line.title.name if line.title else "",
        started_by=line.started_by,
        tests={test: letter == "y" for test, letter in zip(TESTS, line.tests, strict=True)},
        transactional_points=line.transactional,
        relational_points=line.relational,
        transactional_share=share(numbers[0], transactional, sums[0]),
        relational_share=share(numbers[1], relational, sums[1]),
        pk=line.pk,
    )
