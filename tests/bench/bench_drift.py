"""Whether the chance of coming back is worth more than the day of the last visit, on a real lending library.

Every month of shared/data/shakespeare is one cut; whoever had borrowed by then is one row, and who borrows within 180
days is back. Each member is judged by weights fitted to other members only, and by the published weights, which were
fitted to nobody real.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from engagement.services.drift_features import Facts, Floats
from engagement.services.drift_fit import Back, auc, fit_weights, judge, judge_weights, pool_histories
from engagement.services.drift_model import PUBLISHED, chances

LOANS = Path(__file__).resolve().parents[3] / "shared" / "data" / "shakespeare" / "borrows.csv"
# The lending library's cards are whole from 1920 to the end of 1941; a cut needs 180 days after it.
FIRST, LAST = date(1920, 1, 1), date(1941, 6, 1)
FOLDS, SAMPLES, SEED = 5, 1000, 1919
GOAL = -0.01
UNIT = "AUC above plain recency"
NOTHING: dict[str, object] = {
    "bench": "score-drift",
    "value": None,
    "unit": UNIT,
    "baseline": None,
    "ratio": None,
    "goal": GOAL,
    "ok": False,
}


@dataclass(frozen=True)
class Judged:
    """AUC above plain recency with its 95 % interval, and the rest of the quality."""

    above: float
    low: float
    high: float
    said: dict[str, float]

    @property
    def ok(self) -> bool:
        """Not worse than recency, and closer to what happened than the base rate."""
        return self.high > GOAL and self.said["brier"] < self.said["brier_base"]


def bench_score_drift(size: int = SAMPLES) -> dict[str, object]:
    """AUC of the model less that of recency; `size`: how many times members are drawn anew for the interval."""
    if not LOANS.exists():
        return NOTHING | {"missing": f"There is no {LOANS.name} under shared/data/shakespeare."}
    facts, back, whose = pool_histories(read_loans(LOANS).values(), cuts=months(FIRST, LAST))
    fitted = judge_apart(facts, back, whose, cross_fitted(facts, back, whose), size)
    shipped = judge_apart(facts, back, whose, chances(facts, PUBLISHED), size)
    plain = judge_weights(facts, back, PUBLISHED).auc_recency
    return {
        "bench": "score-drift",
        "value": round(fitted.above, 4),
        "unit": UNIT,
        "baseline": round(plain, 4),
        "ratio": round((plain + fitted.above) / plain, 4),
        "goal": GOAL,
        "ok": fitted.ok and shipped.ok,
        "interval": [round(fitted.low, 4), round(fitted.high, 4)],
        "quality": fitted.said,
        "published": {"value": round(shipped.above, 4), "interval": [round(shipped.low, 4), round(shipped.high, 4)]}
        | {"quality": shipped.said},
    }


def read_loans(path: Path) -> dict[str, list[date]]:
    """The days of each member; loans whose day is not known are left out."""
    days: dict[str, list[date]] = {}
    with path.open(encoding="utf-8-sig", newline="") as stream:
        for row in csv.DictReader(stream):
            if len(row["event_start"]) == len("1920-01-01"):
                days.setdefault(row["member"], []).append(date.fromisoformat(row["event_start"]))
    return days


def months(first: date, last: date) -> list[date]:
    """The first of every month."""
    return [
        date(year, month, 1)
        for year in range(first.year, last.year + 1)
        for month in range(1, 13)
        if first <= date(year, month, 1) <= last
    ]


def cross_fitted(facts: Facts, back: Back, whose: np.ndarray) -> Floats:
    """The chance of each row by weights fitted to other members only."""
    fold = np.random.default_rng(SEED).integers(0, FOLDS, whose.max() + 1)[whose]
    found = np.zeros(len(back))
    for one in range(FOLDS):
        weights = fit_weights(facts.only(fold != one), back[fold != one])
        found[fold == one] = chances(facts.only(fold == one), weights)
    return found


def judge_apart(facts: Facts, back: Back, whose: np.ndarray, chance: Floats, samples: int) -> Judged:
    """The difference to recency, and its interval with members drawn anew, all rows of a member together."""
    draw = np.random.default_rng(SEED)
    members = int(whose.max()) + 1
    apart = []
    for _ in range(samples):
        times = np.bincount(draw.integers(0, members, members), minlength=members)[whose].astype(float)
        apart.append(auc(chance, back, times) - auc(-facts.away, back, times))
    said = judge(facts, back, chance)
    low, high = np.quantile(apart, [0.025, 0.975])
    return Judged(said.auc - said.auc_recency, float(low), float(high), said.as_json())
