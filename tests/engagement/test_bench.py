"""The benchmarks run and say what `make bench` expects, on a small table; the numbers are not judged here."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.db import connection

from engagement.models import Interaction, Score
from patrons.models import Patron
from tests.bench import big_library
from tests.bench.bench_desk import bench_desk
from tests.bench.bench_scores import (
    bench_ledger_forget,
    bench_ledger_size,
    bench_score_event,
    bench_score_explain,
    bench_score_rank,
    bench_score_rebuild,
)

RESULT = ["bench", "value", "unit", "baseline", "ratio", "goal", "ok"]
READERS = 700


@pytest.fixture
def libraries(transactional_db: None) -> Iterator[None]:
    """Libraries of the benches stand in databases of their own, beside the tests'."""
    yield
    big_library.wipe()


def test_benches_share_one_library_and_leave_it_as_it_was(libraries: None) -> None:
    benches: tuple[Callable[[int], dict[str, object]], ...] = (
        bench_score_event,
        bench_score_rebuild,
        bench_score_rank,
        bench_score_explain,
        bench_ledger_forget,
        bench_ledger_size,
        bench_desk,
    )
    for bench in benches:
        assert list(bench(READERS)) == RESULT
    assert not Interaction.objects.exists()
    with big_library.big_library(READERS) as now:
        assert connection.settings_dict["NAME"].endswith(f"_{READERS}")
        assert Patron.objects.count() == READERS
        assert Interaction.objects.count() == READERS * big_library.LINES_PER_PATRON
        named = Interaction.objects.exclude(patron=None)
        assert 0.6 < named.count() / Interaction.objects.count() < 0.8
        assert Score.objects.count() == named.values("patron").distinct().count()
        assert Score.objects.exclude(stage="basic").exists()
        assert not named.filter(at__gt=now).exists()
