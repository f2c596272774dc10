"""The chance of coming back: pure properties, and the weights every library starts with."""

from __future__ import annotations

import csv
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagement.services.drift_features import FEATURES, HORIZON, Facts
from engagement.services.drift_fit import auc, fit_histories, fit_weights, judge_weights, monthly_cuts, pool_histories
from engagement.services.drift_model import (
    PUBLISHED,
    PUBLISHED_QUALITY,
    Weights,
    chance_of_return,
    chances,
    level_of,
    read_weights,
    weighed_most,
)
from tests.bench.bench_drift import bench_score_drift
from tests.bench.drift_population import CUTS, SEED, town
from tests.catalog.material import material

DAY = timedelta(days=1)
ON = date(2026, 11, 24)
days = st.dates(date(2000, 1, 1), date(2030, 1, 1))
histories = st.lists(days, min_size=1, max_size=30)
# Any model that fitting can yield: signs as they must be.
models = st.tuples(*(st.floats(0, 3) if f.sign else st.floats(-3, 3) for f in FEATURES), st.floats(-5, 5)).map(
    lambda found: Weights(
        2,
        found[-1],
        {f.name: f.sign * size if f.sign else size for f, size in zip(FEATURES, found[:-1], strict=True)},
        dict.fromkeys(PUBLISHED.means, 0.5),
    )
)


@given(histories, st.integers(0, 20_000), models)
def test_a_chance_lies_between_none_and_certainty(history: list[date], wait: int, weights: Weights) -> None:
    assert 0 < chance_of_return(history, on=max(history) + wait * DAY, weights=weights) < 1


@given(histories, st.integers(0, 5_000), st.integers(1, 5_000), models)
def test_who_stays_away_longer_is_never_likelier_to_return(
    history: list[date], wait: int, longer: int, weights: Weights
) -> None:
    soon = max(history) + wait * DAY
    assert chance_of_return(history, on=soon + longer * DAY, weights=weights) <= chance_of_return(
        history, on=soon, weights=weights
    )


@given(st.integers(1, 400), st.integers(0, 4000), st.integers(0, 4000), st.integers(0, 900), models)
def test_of_two_readers_alike_the_one_seen_later_is_no_less_likely(
    visits: int, away: int, longer: int, rhythm: int, weights: Weights
) -> None:
    known = 9000.0
    facts = Facts(
        np.array([visits, visits], dtype=float),
        np.array([known, known]),
        np.array([away, away + longer], dtype=float),
        np.array([rhythm, rhythm], dtype=float),
    )
    later, earlier = chances(facts, weights)
    assert later >= earlier


@given(histories, st.randoms(use_true_random=False))
def test_order_and_repeats_do_not_matter(history: list[date], shuffled: object) -> None:
    mixed = history * 2
    shuffled.shuffle(mixed)  # type: ignore[attr-defined]  # (a Random)
    assert chance_of_return(mixed, on=max(history)) == chance_of_return(sorted(set(history)), on=max(history))


@given(histories, st.lists(days, max_size=10))
def test_what_comes_later_is_not_known_yet(history: list[date], more: list[date]) -> None:
    on = max(history)
    later = [day for day in more if day > on]
    assert chance_of_return(history + later, on=on) == chance_of_return(history, on=on)


def test_who_had_not_come_yet_has_no_chance() -> None:
    with pytest.raises(ValueError, match="Nobody had come by 2026-11-24"):
        chance_of_return([ON + DAY], on=ON)


def test_the_chance_by_hand() -> None:
    """Ten visits, one every 20 days, the last one 40 days ago, reckoned with nothing but the published weights."""
    visits = [ON - timedelta(days=40 + 20 * number) for number in range(10)]
    w = PUBLISHED.weights
    total = PUBLISHED.intercept + w["frequency"] * np.log(10) + w["pace"] * np.log(10 / (220 + 30))
    total += w["recency"] * np.log(1 + 40 / 7) + w["beyond_rhythm"] * np.log(1 + 40 / 27) + w["rhythm"] * np.log(0.9)
    assert chance_of_return(visits, on=ON) == pytest.approx(1 / (1 + np.exp(-total)), abs=1e-12)


def test_levels_are_the_published_ones() -> None:
    assert [level_of(chance) for chance in (1, 0.5, 0.4999, 0.2, 0.1999, 0)] == [
        "steady", "steady", "watch", "watch", "slipping", "slipping",
    ]  # fmt: skip


def test_the_fact_that_weighs_most_speaks_for_the_direction() -> None:
    weekly_but_gone = [ON - timedelta(days=120 + 7 * number) for number in range(12)]
    assert told(weekly_but_gone) == "rhythm"
    assert told([ON - timedelta(days=900)]) == "recency"
    assert told([ON - timedelta(days=40 * number) for number in range(60)]) in {"frequency", "rhythm"}


def told(visits: list[date]) -> str:
    facts, _back, _whose = pool_histories([visits], cuts=[ON])
    return weighed_most(facts)[0]


# Fitting


def test_the_published_weights_are_those_of_the_made_up_town() -> None:
    fitted = fit_histories(town(), cuts=CUTS, number=1)
    assert fitted.intercept == pytest.approx(PUBLISHED.intercept, abs=0.001)
    assert fitted.weights == pytest.approx(dict(PUBLISHED.weights), abs=0.001)
    assert fitted.means == pytest.approx(dict(PUBLISHED.means), abs=0.001)
    facts, back, _whose = pool_histories(town(seed=SEED + 1), cuts=CUTS)
    assert judge_weights(facts, back, PUBLISHED).as_json() == pytest.approx(PUBLISHED_QUALITY, abs=0.001)


def test_the_model_is_calibrated_on_another_town() -> None:
    """Of those told 30 in 100, about 30 in 100 come back; so for every tenth."""
    facts, back, _whose = pool_histories(town(1000, seed=SEED + 2), cuts=CUTS)
    chance = chances(facts)
    for tenth in range(10):
        rows = (chance >= tenth / 10) & (chance < (tenth + 1) / 10)
        assert back[rows].mean() == pytest.approx(chance[rows].mean(), abs=0.08)


def test_no_weight_ever_points_the_wrong_way() -> None:
    """Where those who stayed away longest came back, the features drop out rather than reward staying away."""
    facts = Facts(np.full(400, 5.0), np.full(400, 2000.0), np.arange(400.0), np.full(400, 20.0))
    fitted = fit_weights(facts, np.arange(400) > 200)
    assert all(fitted.weights[f.name] * f.sign >= 0 for f in FEATURES)
    assert fitted.weights["recency"] == fitted.weights["beyond_rhythm"] == 0


def test_fitting_needs_both_ends() -> None:
    facts, back, _whose = pool_histories([[ON - DAY]], cuts=[ON])
    with pytest.raises(ValueError, match="some readers have to come back and some not"):
        fit_weights(facts, back)


def test_back_means_within_180_days_after_the_cut() -> None:
    for gap, back in ((1, True), (HORIZON, True), (HORIZON + 1, False)):
        _facts, found, _whose = pool_histories([[ON - DAY, ON + gap * DAY]], cuts=[ON])
        assert found.tolist() == [back]


def test_auc_counts_pairs() -> None:
    back = np.array([True, False, True, False])
    assert auc(np.array([4.0, 3, 2, 1]), back) == 0.75
    assert auc(np.zeros(4), back) == 0.5
    assert auc(np.array([4.0, 3, 2, 1]), back, np.array([1.0, 1, 0, 1])) == 1


def test_stored_weights_are_read_back_or_refused() -> None:
    assert read_weights(1, PUBLISHED.as_json()) == PUBLISHED
    for broken in ({}, {**PUBLISHED.as_json(), "pace": 3}, {**PUBLISHED.as_json(), "intercept": "nan"}):
        with pytest.raises(ValueError, match="Drift model 3"):
            read_weights(3, broken)


# Real readers


def test_on_real_customers_the_order_is_no_worse_than_recency() -> None:
    """CDNOW as far as the summary tells: visits spread evenly between the first and the last day, one cut."""
    path = material("behaviour", "cdnow_customers_summary.csv")
    end = date(1997, 9, 30)
    with path.open(newline="") as stream:
        customers = [
            evenly(int(row["frequency"]), float(row["recency"]) * 7, float(row["T"]) * 7, end)
            for row in csv.DictReader(stream)
        ]
    facts, back, _whose = pool_histories(customers, cuts=[end - timedelta(days=HORIZON)])
    quality = judge_weights(facts, back, PUBLISHED)
    assert quality.rows == 2357
    assert quality.auc > quality.auc_recency - 0.01
    assert quality.brier < quality.brier_base


def evenly(again: int, recency: float, known: float, end: date) -> list[date]:
    first = end - timedelta(days=round(known))
    return [first + timedelta(days=round(recency * number / max(again, 1))) for number in range(again + 1)]


def test_on_a_real_lending_library_it_is_worth_more_than_recency() -> None:
    material("shakespeare", "borrows.csv")
    said = bench_score_drift(40)
    assert list(said)[:7] == ["bench", "value", "unit", "baseline", "ratio", "goal", "ok"]
    assert said["ok"] is True


def test_monthly_cuts_end_at_the_last() -> None:
    assert monthly_cuts(ON - timedelta(days=65), ON) == [ON - timedelta(days=60), ON - timedelta(days=30), ON]
