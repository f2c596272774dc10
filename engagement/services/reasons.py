"""A patron's standing at a glance: the stored score, and only the reasons that weigh most.

`explaining` reads every line and is for exports and commands; a page that opens in a blink reads this.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Subquery, Value
from django.db.models.functions import Coalesce

from engagement.models import Interaction, Rule, RuleVersion, Score
from engagement.models.interaction import WEIGHT
from engagement.models.score import Stage
from engagement.services.decay import RELATIONAL_HALF_LIFE, TRANSACTIONAL_HALF_LIFE, shown, value_at
from engagement.services.explaining import READ, LineFacts, Reason, facts_of, reason_of, words_of
from engagement.services.rules import rules_in_force
from engagement.services.stages import stage_at, stage_by_facts
from patrons.models import Patron

STRONGEST = 5
COUNTED_UP_TO = 200
PAGE = 50


@dataclass(frozen=True)
class Standing:
    """Two numbers from 0 to 100, the stage, and the strongest reasons. `counted` None: more than COUNTED_UP_TO.

    `stage_by_facts` is another one than `stage` where staff set it.
    """

    transactional: int
    relational: int
    stage: Stage
    stage_since: datetime | None
    holds_until: datetime | None
    rules_version: int
    rules_published_at: datetime
    as_of: datetime
    counted: int | None
    strongest: tuple[Reason, ...]
    stage_by_facts: Stage


@dataclass(frozen=True)
class ReasonPage:
    """Everything that counts, the newest first. `after` names the last line, for the next page; empty: that was all."""

    reasons: tuple[Reason, ...]
    after: str


def read_standing(*, patron: Patron, now: datetime) -> Standing:
    """Where a patron with profile consent stands; two queries (one more where the score is not read yet)."""
    counting = Interaction.objects.of(patron).counting().values("pk")[: COUNTED_UP_TO + 1]
    rules = RuleVersion.objects.annotate(counting=ArraySubquery(counting)).latest("number")
    counted = len(getattr(rules, "counting", []))
    score = _score_of(patron, now)
    sums, numbers = _weigh(score, rules, now)
    stage = stage_at(score, now)
    return Standing(
        transactional=numbers[0],
        relational=numbers[1],
        stage=stage,
        stage_since=score.stage_since if score.stage == stage and counted else None,
        holds_until=score.holds_until if score.stage == stage else None,
        rules_version=rules.number,
        rules_published_at=rules.published_at,
        as_of=now,
        counted=counted if counted <= COUNTED_UP_TO else None,
        strongest=tuple(
            reason_of(line, {line.kind: words}, sums, numbers, now) for line, words in _strongest_lines(patron, rules)
        ),
        stage_by_facts=stage_by_facts(score, now),
    )


def page_of_reasons(*, patron: Patron, after: str, now: datetime) -> ReasonPage:
    """The lines that count from one on, the newest first; `after` as an earlier page gave it, else the first page."""
    rules, score = rules_in_force(), _score_of(patron, now)
    sums, numbers = _weigh(score, rules, now)
    lines = Interaction.objects.of(patron).counting()
    last = lines.filter(pk=int(after)).first() if after.isdecimal() and len(after) < 19 else None  # noqa: PLR2004  (fits a bigint)
    if last is not None:
        lines = lines.filter(at__lte=last.at).exclude(at=last.at, pk__gte=last.pk)
    rows = facts_of(lines[: PAGE + 1])
    further = str(rows[PAGE - 1].pk) if len(rows) > PAGE else ""
    known = words_of(rules)
    reasons = tuple(reason_of(line, known, sums, numbers, now) for line in rows[:PAGE])
    return ReasonPage(reasons, further)


def _score_of(patron: Patron, now: datetime) -> Score:
    score: Score | None = getattr(patron, "score", None)
    return score or Score(patron=patron, stage_since=now)


def _weigh(score: Score, rules: RuleVersion, now: datetime) -> tuple[tuple[float, float], tuple[int, int]]:
    """The two sums as they are worth now, and the two numbers shown for them."""
    transactional = value_at(score.transactional, now, TRANSACTIONAL_HALF_LIFE)
    relational = value_at(score.relational, now, RELATIONAL_HALF_LIFE)
    numbers = shown(transactional, rules.s50_transactional), shown(relational, rules.s50_relational)
    return (transactional, relational), numbers


def _strongest_lines(patron: Patron, rules: RuleVersion) -> list[tuple[LineFacts, tuple[str, str]]]:
    """Straight from the index, each with label and definition of its rule."""
    rule = Rule.objects.filter(version=rules.pk, kind=OuterRef("kind"))
    words = [Coalesce(Subquery(rule.values("label")), "kind"), Coalesce(Subquery(rule.values("definition")), Value(""))]
    lines = Interaction.objects.filter(patron=patron, relational__gt=0).order_by(WEIGHT.desc())[:STRONGEST]
    return [(LineFacts(*row[:-2]), (row[-2], row[-1])) for row in lines.values_list(*READ, *words)]
