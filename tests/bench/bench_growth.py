"""How pages grow with the library: the desk's pages at a size, beside those at a hundredth of it, in the same run."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Sequence
from functools import partial

from django.test import Client, override_settings

from library.models import User
from patrons.models import Patron
from tests.bench.bench_scores import result, seconds
from tests.bench.big_library import big_library, chosen

VISITS, TURNS = 25, 2
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
        desk = Client()
        desk.force_login(User.objects.get(username="bench"))
        kinds = _pages()
        for path in (paths[0] for paths in kinds.values()):
            open_page(desk, path)
        return {
            kind: ninety_fifth([seconds(partial(open_page, desk, path)) for path in paths])
            for kind, paths in kinds.items()
        }


def _pages() -> dict[str, list[str]]:
    """What a librarian opens in a morning; readers differ from visit to visit, with much and with little."""
    count = Patron.objects.count()
    cards = [f"/desk/patrons/B-{1 + number * (count - 1) // VISITS}/" for number in range(VISITS)]
    visits = range(VISITS)
    return {
        "today": [f"/desk/?visit={number}" for number in visits],
        "requests": [f"/desk/requests/?visit={number}" for number in visits],
        "answered requests": [f"/desk/requests/?state=answered&page={1 + number % 3}" for number in visits],
        "readers": [f"/desk/patrons/?visit={number}" for number in visits],
        "card": cards,
    }


def open_page(client: Client, path: str) -> None:
    answer = client.get(path)
    if answer.status_code != 200:  # noqa: PLR2004  (found)
        raise RuntimeError(f"{path} answered {answer.status_code}")


def ninety_fifth(times: Sequence[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]
