"""A made-up town of readers, to which the weights were fitted that every library starts with.

    python -m tests.bench.drift_population

prints them. The numbers are round and chosen beforehand; no real reader is in them. In ten years 3,000 people come for
the first time, on any day. 35 of 100 never return. Of the others each has a pace of their own, around every four weeks
(half of them between two weeks and two months); the gaps between two days vary freely around it; after each visit 5 of
100 take a break of two to twelve months; and after each visit some leave for good, 1 in 10 on average, some people
much sooner than others.
"""

from __future__ import annotations

import json
import math
import sys
from datetime import date, timedelta
from random import Random

from engagement.services.drift_fit import fit_histories, judge_weights, monthly_cuts, pool_histories

PEOPLE, YEARS, SEED = 3000, 10, 7
FIRST = date(2000, 1, 1)
LAST = FIRST + timedelta(days=365 * YEARS)
CUTS = monthly_cuts(FIRST + timedelta(days=365), LAST - timedelta(days=180))
ONLY_ONCE, BREAK = 0.35, 0.05
PACE, SPREAD = 28.0, 1.0
LEAVES = (1.0, 9.0)


def town(people: int = PEOPLE, seed: int = SEED) -> list[list[date]]:
    """The days of everybody, each a list of their own."""
    chance = Random(seed)  # noqa: S311  (a town, not a secret)
    return [_days(chance) for _ in range(people)]


def _days(chance: Random) -> list[date]:
    end = 365 * YEARS
    at = chance.uniform(0, end)
    days = [int(at)]
    pace = math.exp(chance.gauss(math.log(PACE), SPREAD))
    leaves = chance.betavariate(*LEAVES)
    stays = chance.random() > ONLY_ONCE
    while stays:
        at += chance.expovariate(1 / pace)
        if chance.random() < BREAK:
            at += chance.uniform(60, 365)
        if at > end:
            break
        days.append(int(at))
        stays = chance.random() >= leaves
    return [FIRST + timedelta(days=day) for day in days]


def main() -> None:
    """Print the weights, and what they are worth on another town."""
    weights = fit_histories(town(), cuts=CUTS, number=1)
    facts, back, _whose = pool_histories(town(seed=SEED + 1), cuts=CUTS)
    said = weights.as_json() | {"quality": judge_weights(facts, back, weights).as_json()}
    sys.stdout.write(json.dumps(said, indent=1) + "\n")


if __name__ == "__main__":
    main()
