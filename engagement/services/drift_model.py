"""How likely a reader is to come back within 180 days: one calibrated logistic model, its weights published.

The weights a library starts with were fitted to a made-up population (tests/bench/drift_population.py), so they know
no real reader; `drift_refit` fits its own once there is enough history. Who has a list of days needs only this:

    chance_of_return(days, on=date(2026, 11, 24))
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from engagement.services.drift_features import FEATURES, Facts, Floats, facts_of

# At least this chance: steady; at least that: watch; below: slipping. Published in docs/engagement.md.
STEADY, WATCH = 0.5, 0.2
LEVELS = ("steady", "watch", "slipping")
FACTS = ("recency", "rhythm", "frequency")  # as models.Drift.Fact
FARTHEST = 30.0  # of the sum before it becomes a chance: further out nothing changes but the last digits


@dataclass(frozen=True)
class Weights:
    """A fitted model. `means`: each feature's average among those who came back and whom it is about."""

    number: int
    intercept: float
    weights: Mapping[str, float]
    means: Mapping[str, float]

    def as_json(self) -> dict[str, Any]:
        """As DriftModel keeps it."""
        features = {name: {"weight": self.weights[name], "mean": self.means[name]} for name in self.weights}
        return {"intercept": self.intercept, **features}

    def as_facts(self) -> dict[str, float]:
        """As parameters of a statement: intercept, and w_ and m_ with the name of each feature."""
        named = {f"w_{name}": value for name, value in self.weights.items()}
        return {"intercept": self.intercept, **named, **{f"m_{name}": value for name, value in self.means.items()}}


PUBLISHED = Weights(
    number=1,
    intercept=2.9518,
    weights={
        "recency": 0.0,
        "recency_once": -1.0507,
        "once": -0.332,
        "frequency": 0.3419,
        "pace": 0.3584,
        "beyond_rhythm": -1.6318,
        "rhythm": -0.3886,
    },
    means={
        "recency": 1.913,
        "recency_once": 2.0894,
        "once": 0.0772,
        "frequency": 2.2801,
        "pace": -3.958,
        "beyond_rhythm": 0.8898,
        "rhythm": 0.1808,
    },
)
# On another town of the same kind.
PUBLISHED_QUALITY = {
    "auc": 0.9466,
    "auc_recency": 0.9357,
    "brier": 0.0737,
    "brier_base": 0.1552,
    "rows": 163986,
    "back": 31500,
}


def chance_of_return(days: Iterable[date], *, on: date, weights: Weights = PUBLISHED) -> float:
    """Of one reader, from the days on which they did something with the library, as known on a day.

    Order and repeats do not matter, and days after `on` are not looked at. Raises ValueError where none is left.
    """
    return float(chances(facts_of(days, on=on), weights)[0])


def chances(facts: Facts, weights: Weights = PUBLISHED) -> Floats:
    """The same for any number of readers at once, from their facts."""
    total = np.full(len(facts), weights.intercept)
    for feature in FEATURES:
        total += weights.weights[feature.name] * feature.reckon(facts)
    chance: Floats = 1 / (1 + np.exp(-np.clip(total, -FARTHEST, FARTHEST)))
    return chance


def weighed_most(facts: Facts, weights: Weights = PUBLISHED) -> list[str]:
    """For each reader the fact that sets them most apart from the average of those who come back, in the direction in
    which they stand apart."""
    parts = {fact: np.zeros(len(facts)) for fact in FACTS}
    for feature in FEATURES:
        apart = weights.weights[feature.name] * (feature.reckon(facts) - weights.means[feature.name])
        parts[feature.fact] += np.where(feature.holds(facts), apart, 0.0)
    table = np.stack(list(parts.values()))
    towards = np.where(table.sum(axis=0) < 0, -1.0, 1.0)
    return [FACTS[place] for place in (table * towards).argmax(axis=0)]


def level_of(chance: float) -> str:
    """steady, watch or slipping."""
    return LEVELS[0] if chance >= STEADY else LEVELS[1] if chance >= WATCH else LEVELS[2]


def read_weights(number: int, stored: Mapping[str, Any]) -> Weights:
    """Weights as they are stored. Raises ValueError for any that are missing, or are no numbers."""
    try:
        intercept = float(stored["intercept"])
        pairs = {feature.name: stored[feature.name] for feature in FEATURES}
        found = {name: (float(pair["weight"]), float(pair["mean"])) for name, pair in pairs.items()}
    except (KeyError, TypeError) as error:
        raise ValueError(f"Drift model {number} lacks {error}") from error
    if not all(map(math.isfinite, (intercept, *(value for pair in found.values() for value in pair)))):
        raise ValueError(f"Drift model {number} holds no numbers")
    weights, means = ({name: pair[place] for name, pair in found.items()} for place in (0, 1))
    return Weights(number, intercept, weights, means)
