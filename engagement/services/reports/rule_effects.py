"""What publishing the draft would change, as words and numbers; all of it is suppressed already."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engagement.models import RuleDraft
from engagement.services.reports.shapes import COUNT, PEOPLE, POINTS
from engagement.services.reports.wording import say_value
from engagement.services.rule_drafts import rows_of, state_of

MOVES = {
    "down_much": "falls by 10 or more",
    "down": "falls by less than 10",
    "same": "stays",
    "up": "rises by less than 10",
    "up_much": "rises by 10 or more",
}
STAGES = {"down": "goes down", "same": "stays", "up": "goes up"}


@dataclass(frozen=True)
class Move:
    """How many readers' numbers move like this."""

    label: str
    relational: str
    transactional: str


@dataclass(frozen=True)
class KindMoved:
    """The points of one kind in the last year, now and under the draft."""

    label: str
    lines: str
    before: str
    after: str


@dataclass(frozen=True)
class Effect:
    """`is_fresh`: counted for the draft as it stands now."""

    counted_at: datetime
    is_fresh: bool
    covered: str
    moves: tuple[Move, ...]
    stages: tuple[tuple[str, str], ...]
    kinds: tuple[KindMoved, ...]


def effect_of(draft: RuleDraft) -> Effect | None:
    """What was counted for this draft; None: nothing yet."""
    said: dict[str, Any] = draft.effect
    if not said:
        return None
    labels = {row.kind: row.label for row in rows_of(draft)}
    return Effect(
        counted_at=datetime.fromisoformat(said["at"]),
        is_fresh=said["of"] == state_of(draft),
        covered=say_value(said["covered"], PEOPLE),
        moves=tuple(
            Move(words, *(say_value(said[side][how], PEOPLE) for side in ("relational", "transactional")))
            for how, words in MOVES.items()
        ),
        stages=tuple((words, say_value(said["stage"][how], PEOPLE)) for how, words in STAGES.items()),
        kinds=tuple(
            KindMoved(
                labels.get(one["kind"], one["kind"]),
                say_value(one["lines"], COUNT),
                *(say_value(one[when], POINTS) for when in ("before", "after")),
            )
            for one in said["kinds"]
        ),
    )
