"""Fitting the model to histories, and judging it. Pure: lists of days in, weights and quality out.

Iteratively reweighted least squares with a small ridge on standardised features. A feature that would weigh the wrong
way (`Feature.sign`) is left out and the rest fitted again, the worst first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from engagement.services.drift_features import FEATURES, Facts, Floats, pool
from engagement.services.drift_model import Weights, chances

RIDGE = 1.0
STEPS, CLOSE = 50, 1e-9
DIGITS = 4  # as they are published and stored

type Back = NDArray[np.bool_]


@dataclass(frozen=True)
class Quality:
    """What a model is worth on readers and days it was not fitted to, beside plain recency and the base rate.

    auc: how often somebody who came back stands above somebody who did not. brier: mean squared distance of the chance
    from what happened, the smaller the better.
    """

    auc: float
    auc_recency: float
    brier: float
    brier_base: float
    rows: int
    back: int

    def as_json(self) -> dict[str, float]:
        """Rounded, as DriftModel keeps it."""
        return {name: round(value, DIGITS) for name, value in asdict(self).items()}


def fit_histories(histories: Iterable[Iterable[date]], *, cuts: Sequence[date], number: int = 0) -> Weights:
    """Weights fitted to readers' days, everybody pooled at every cut."""
    facts, back, _whose = pool_histories(histories, cuts=cuts)
    return fit_weights(facts, back, number=number)


def pool_histories(
    histories: Iterable[Iterable[date]], *, cuts: Sequence[date]
) -> tuple[Facts, Back, NDArray[np.int64]]:
    """Every reader at every cut by which they had come: the facts then, who was back in time, whose row it is."""
    days = [sorted({day.toordinal() for day in history}) for history in histories]
    return pool(days, sorted({cut.toordinal() for cut in cuts}))


def monthly_cuts(first: date, last: date) -> list[date]:
    """Every thirtieth day from `last` back to `first`, in order."""
    number = (last - first).days // 30
    return [last - timedelta(days=30 * back) for back in range(number, -1, -1)]


def fit_weights(facts: Facts, back: Back, *, number: int = 0, ridge: float = RIDGE) -> Weights:
    """The weights under which what happened was likeliest. Raises ValueError where all or none came back."""
    happened = back.astype(np.float64)
    if not 0 < happened.sum() < len(happened):
        raise ValueError("To fit a model, some readers have to come back and some not")
    table = np.stack([feature.reckon(facts) for feature in FEATURES], axis=1)
    centre, width = table.mean(axis=0), table.std(axis=0)
    width = np.where(width > CLOSE, width, np.inf)  # what is the same for everybody tells nothing
    scaled = (table - centre) / width
    signs = np.array([feature.sign for feature in FEATURES])
    used = np.isfinite(width)
    while True:
        found = _solve(scaled[:, used], happened, ridge)
        slopes = np.zeros(len(FEATURES))
        slopes[used] = found[1:]
        wrong = slopes * signs
        if not (wrong < 0).any():
            break
        used[wrong.argmin()] = False
    slopes = slopes / width
    weights = {feature.name: round(float(slope), DIGITS) for feature, slope in zip(FEATURES, slopes, strict=True)}
    means = {feature.name: _mean(feature.reckon(facts)[feature.holds(facts) & back]) for feature in FEATURES}
    return Weights(number, round(float(found[0] - slopes @ centre), DIGITS), weights, means)


def judge(facts: Facts, back: Back, chance: Floats) -> Quality:
    """How good these chances are, beside recency alone and the share that came back."""
    base = back.mean()
    return Quality(
        auc=auc(chance, back),
        auc_recency=auc(-facts.away, back),
        brier=float(((chance - back) ** 2).mean()),
        brier_base=float(((base - back) ** 2).mean()),
        rows=len(back),
        back=int(back.sum()),
    )


def judge_weights(facts: Facts, back: Back, weights: Weights) -> Quality:
    """The same for the chances a model gives."""
    return judge(facts, back, chances(facts, weights))


def auc(scores: Floats, back: Back, times: Floats | None = None) -> float:
    """How often one who came back has the higher score than one who did not; equal scores count half.

    `times`: how often each row counts, for resampling. 0.5 where there is nobody to compare.
    """
    times = np.ones(len(scores)) if times is None else times
    _, place = np.unique(scores, return_inverse=True)
    returned, stayed = (np.bincount(place, weights=times * group) for group in (back, ~back))
    below = np.cumsum(stayed) - stayed
    pairs = returned.sum() * stayed.sum()
    return float((returned * (below + stayed / 2)).sum() / pairs) if pairs else 0.5


def _solve(table: Floats, happened: Floats, ridge: float) -> Floats:
    """Intercept and slopes. The intercept is not held back by the ridge."""
    with_one = np.column_stack([np.ones(len(table)), table])
    held = np.full(with_one.shape[1], ridge)
    held[0] = 0.0
    found: Floats = np.zeros(with_one.shape[1])
    for _ in range(STEPS):
        chance = 1 / (1 + np.exp(-np.clip(with_one @ found, -30, 30)))
        spread = np.maximum(chance * (1 - chance), CLOSE)
        slope = with_one.T @ (happened - chance) - held * found
        step = np.linalg.solve((with_one * spread[:, None]).T @ with_one + np.diag(held), slope)
        found = found + step
        if np.abs(step).max() < CLOSE:
            break
    return found


def _mean(values: Floats) -> float:
    return round(float(values.mean()), DIGITS) if len(values) else 0.0
