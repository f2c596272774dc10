"""The benchmarks run and say what `make bench` expects, on a small table; the numbers are not judged here."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engagement.models import Interaction
from tests.bench.bench_desk import bench_desk
from tests.bench.bench_scores import bench_score_event, bench_score_rank, bench_score_rebuild


@pytest.mark.django_db
@pytest.mark.parametrize("bench", [bench_score_event, bench_score_rebuild, bench_score_rank, bench_desk])
def test_a_benchmark_says_its_result_and_leaves_nothing(bench: Callable[[int], dict[str, object]]) -> None:
    said = bench(200)
    assert list(said) == ["bench", "value", "unit", "baseline", "ratio", "goal", "ok"]
    assert not Interaction.objects.exists()
