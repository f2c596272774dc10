"""How a reader's stage moved, with the fact behind each move, and what staff set; from rows read beside a patron."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Subquery
from django.db.models.functions import JSONObject

from engagement.models import Rule, RuleVersion, StageChange, StageOverride
from engagement.models.score import Stage
from engagement.services.overriding import Fixed
from engagement.services.stages import BY_STAFF
from library.models import User
from patrons.models import Patron
from patrons.querysets import PatronQuerySet

MOST_MOVES = 20
WHY = {
    "time": "what carried the stage is more than a year old",
    "rules": "counted anew",
    BY_STAFF: "what staff had set came to its end",
}


@dataclass(frozen=True)
class Move:
    """One move on the ladder. `kind`: the kind of interaction behind it; empty where it was none."""

    before: Stage
    after: Stage
    at: datetime
    kind: str
    words: str

    @property
    def up(self) -> bool:
        return Stage.values.index(self.after) > Stage.values.index(self.before)


@dataclass(frozen=True)
class StageHistory:
    """Moves, the newest first, and what staff set that still holds (None: the facts decide)."""

    moves: tuple[Move, ...]
    fixed: Fixed | None


def with_moves(patrons: PatronQuerySet) -> PatronQuerySet:
    """Patrons with the rows `read_history` tells from, in the same query."""
    mine = {"patron": OuterRef("pk")}
    newest = RuleVersion.objects.order_by("-number").values("pk")[:1]
    label = Rule.objects.filter(version=Subquery(newest), kind=OuterRef("because")).values("label")
    moves = StageChange.objects.filter(**mine).order_by("-at", "-pk").annotate(label=Subquery(label))
    move = JSONObject(before="before", after="after", at="at", because="because", label="label")
    said = StageOverride.objects.filter(**mine).order_by("-made_at", "-pk")
    names = ("stage", "reason", "made_at", "until", "ended_at", "by__name", "by__username", "by__role")
    return patrons.annotate(
        stage_moves=ArraySubquery(moves.values(json=move)[:MOST_MOVES]),
        stages_set=ArraySubquery(said.values(json=JSONObject(**{name: name for name in names}))[:MOST_MOVES]),
    )


def read_history(patron: Patron, *, now: datetime) -> StageHistory:
    """The history of a patron taken from `with_moves`."""
    rows: list[dict[str, Any]] = getattr(patron, "stages_set", [])
    said = {_time(row["made_at"]): row for row in rows}
    moves = tuple(_move(row, said) for row in getattr(patron, "stage_moves", []))
    holding = [row for row in rows if row["ended_at"] is None and _time(row["until"]) > now]
    return StageHistory(moves, _fixed(holding[0]) if holding else None)


def _move(row: dict[str, Any], said: dict[datetime, dict[str, Any]]) -> Move:
    at, because = _time(row["at"]), row["because"]
    words = row["label"] or WHY.get(because) or because.replace("_", " ")
    if because == BY_STAFF and at in said:
        words = f"set by {_name(said[at]) or 'someone who has left'}: {said[at]['reason']}"
    return Move(Stage(row["before"]), Stage(row["after"]), at, "" if because in WHY else because, words)


def _fixed(row: dict[str, Any]) -> Fixed:
    role = str(User.Role(row["by__role"]).label) if row["by__role"] else ""
    return Fixed(Stage(row["stage"]), row["reason"], _time(row["made_at"]), _time(row["until"]), _name(row), role)


def _name(row: dict[str, Any]) -> str:
    return row["by__name"] or row["by__username"] or ""


def _time(words: str) -> datetime:
    return datetime.fromisoformat(words)
