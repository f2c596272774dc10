"""How long the desk's pages take in the large library: what a librarian opens in a morning."""

from __future__ import annotations

import gc
import statistics
import sys
from collections.abc import Sequence
from functools import partial

from django.test import Client, override_settings
from django.utils.http import urlencode

from library.models import User
from outreach.models import Request
from patrons.models import Patron
from tests.bench.bench_scores import result, seconds
from tests.bench.big_library import big_library

VISITS = 25
GOAL_MS = 150.0


def bench_desk(patrons: int = 0) -> dict[str, object]:
    """The slowest kind of page by its 95th percentile, beside the sign-in page, which asks for nothing of this.

    What each kind took goes to standard error.
    """
    # Pages are asked for by a client in this process.
    with big_library(patrons), override_settings(ALLOWED_HOSTS=["testserver"]):
        taken = visit_all(morning() | searches())
        stranger = Client()
        open_page(stranger, "/accounts/login/")
        plain = statistics.median(seconds(partial(open_page, stranger, "/accounts/login/")) for _ in range(VISITS))
    for kind, took in taken.items():
        sys.stderr.write(f"  {kind}: {took * 1000:.0f} ms\n")
    return result("page-desk", max(taken.values()), plain, ms=GOAL_MS)


def visit_all(kinds: dict[str, list[str]]) -> dict[str, float]:
    """The 95th percentile of each kind, in seconds, once every page was opened: then its rows are in memory.

    What opening them for the first time took goes to standard error. What is loaded by then is left alone by the
    collector, as in a worker of `relcrm.serve.gunicorn`.
    """
    desk = Client()
    desk.force_login(User.objects.get(username="bench"))
    open_page(desk, "/desk/")
    gc.freeze()
    first, taken = ({kind: _taken(desk, paths) for kind, paths in kinds.items()} for _ in range(2))
    gc.unfreeze()
    said = ", ".join(f"{kind} {took * 1000:.0f}" for kind, took in first.items())
    sys.stderr.write(f"  for the first time, ms: {said}\n")
    return taken


def _taken(desk: Client, paths: list[str]) -> float:
    return ninety_fifth([seconds(partial(open_page, desk, path)) for path in paths])


def morning() -> dict[str, list[str]]:
    """What a librarian opens; readers differ from visit to visit, with much and with little."""
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


def searches() -> dict[str, list[str]]:
    """What a librarian looks for: names, common ones too, and references; what the readers wrote has its own words."""
    asked = list(Request.objects.select_related("patron").order_by("pk")[:: max(1, Request.objects.count() // VISITS)])
    names = [one.patron.name for one in asked]
    return {
        "requests by name": _searched("requests", names),
        "requests by a common name": _searched("requests", ["maria", "garcia", "smith", "li"] * 6),
        "requests by words": _searched("requests", ["sea", "quiet", "family", "quxphlorb"] * 6),
        "requests by reference": _searched("requests", [one.reference for one in asked]),
        "readers by name": _searched("patrons", names),
    }


def _searched(page: str, words: list[str]) -> list[str]:
    state = {"state": "any"} if page == "requests" else {}
    return [f"/desk/{page}/?{urlencode(state | {'q': one})}" for one in words]


def open_page(client: Client, path: str) -> None:
    """Ask for a page that is there; RuntimeError when it answers anything but 200."""
    answer = client.get(path)
    if answer.status_code != 200:  # noqa: PLR2004  (found)
        raise RuntimeError(f"{path} answered {answer.status_code}")


def ninety_fifth(times: Sequence[float]) -> float:
    """The 95th percentile."""
    return statistics.quantiles(times, n=20)[-1]
