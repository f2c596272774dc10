"""How pages grow with the library: the desk's pages at a size, beside those at a hundredth of it, in the same run."""

from __future__ import annotations

import sys

from django.test import override_settings

from tests.bench.bench_desk import morning, visit_all
from tests.bench.bench_scores import result
from tests.bench.big_library import big_library, chosen

TURNS = 2
GROWTH = 2.0


def bench_page_growth() -> dict[str, object]:
    """The slowest kind of page: its 95th percentile at the full size, and at a hundredth. The goal is their ratio.

    What each kind took goes to standard error.
    """
    turns = [(_times(chosen["small"]), _times(chosen["large"])) for _ in range(TURNS)]
    small, large = ({kind: min(times[kind] for times in side) for kind in side[0]} for side in zip(*turns, strict=True))
    for kind in large:
        sys.stderr.write(f"  {kind}: {small[kind] * 1000:.0f} ms, then {large[kind] * 1000:.0f} ms\n")
    worst = max(large, key=lambda kind: large[kind] / small[kind])
    return result("page-growth", large[worst], small[worst], ratio=GROWTH)


def _times(patrons: int) -> dict[str, float]:
    # Pages are asked for by a client in this process.
    with big_library(patrons), override_settings(ALLOWED_HOSTS=["testserver"]):
        return visit_all(morning())
