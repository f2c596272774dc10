"""How long reports take in the large library: every page, through the view, by a viewer; and the board report."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from unittest.mock import patch

from django.core.cache import cache
from django.db import connection
from django.test import Client, override_settings

from engagement.models import Snapshot
from engagement.services.reports.periods import quarter_of
from engagement.services.reports.shapes import Slice
from engagement.services.snapshots import take_snapshots
from engagement.views.reports import PAGES, PARTS
from library.models import User
from tests.bench.bench_scores import result, seconds
from tests.bench.big_library import big_library

COLD_MS, WARM_MS, PDF_MS = 1000.0, 200.0, 5000.0
# The running one, the one a page opens with, and the one beside it.
QUARTERS = 3
WARM_VISITS = 5


def bench_report_pages(patrons: int = 0) -> dict[str, object]:
    """The slowest page at its first visit, with nothing in memory; beside it the slowest of the next visits.

    Snapshots are there, as the nightly tick leaves them; pictures are a worker's. What each page took goes to standard
    error.
    """
    with counted(patrons), override_settings(ALLOWED_HOSTS=["testserver"]), patch("engagement.views.reports._wake"):
        viewer = Client()
        viewer.force_login(User.objects.get(username="board"))
        _open(viewer, "/reports/definitions/")  # templates and statements are in memory in any process that serves
        taken = {path: _cold_and_warm(viewer, path) for path in _paths()}
    for path, (cold, warm) in taken.items():
        sys.stderr.write(f"  {path}: {cold * 1000:.0f} ms cold, {warm * 1000:.0f} ms warm\n")
    cold, warm = (max(times) for times in zip(*taken.values(), strict=True))
    said = result("report-pages", cold, warm, ms=COLD_MS)
    return said | {"ok": cold * 1000 <= COLD_MS and warm * 1000 <= WARM_MS}


def bench_report_pdf(patrons: int = 0) -> dict[str, object]:
    """The board report of the last whole quarter, from the numbers to the PDF with no picture drawn; beside it a second
    one with all pictures there.
    """
    with counted(patrons) as now:
        write = partial(_write_board_report, now)
        write()  # Altair and Typst are loaded in any worker that has set one
        cache.clear()
        cold = seconds(write)
        warm = seconds(write)
    return result("report-pdf", cold, warm, ms=PDF_MS)


@contextmanager
def counted(patrons: int) -> Iterator[datetime]:
    """The large library with the snapshots of its last quarters; they stay in it."""
    with big_library(patrons) as now:
        while Snapshot.objects.filter(grain="quarter").values("first").distinct().count() < QUARTERS:
            took = seconds(partial(take_snapshots, now=now, seconds=0))
            newest = Snapshot.objects.filter(grain="quarter").latest("taken_at", "pk")
            sys.stderr.write(f"  the quarter from {newest.first} is counted after {took:.0f} s\n")
        yield now


def _write_board_report(now: datetime) -> None:
    from engagement.services.reports.board import board_report  # noqa: PLC0415  (Typst and Altair, as a worker does)
    from engagement.services.reports.drawing import draw_picture  # noqa: PLC0415  (as above)
    from engagement.services.reports.whole import read_report  # noqa: PLC0415  (as above)

    period = quarter_of(now.date()).before
    assert period is not None  # noqa: S101  (there is always an earlier quarter)
    report = read_report(period=period, slice_=Slice("", "", "all branches"), parts=PARTS, now=now)
    board_report(report=report, draw=draw_picture)


def _paths() -> list[str]:
    return ["/reports/", *(f"/reports/{address}/" for address, _, _ in PAGES), "/reports/definitions/"]


def _cold_and_warm(client: Client, path: str) -> tuple[float, float]:
    """The first visit over a new connection with an empty cache, and the slowest of the next."""
    cache.clear()
    connection.close()
    cold = seconds(partial(_open, client, path))
    return cold, max(seconds(partial(_open, client, path)) for _ in range(WARM_VISITS))


def _open(client: Client, path: str) -> None:
    answer = client.get(path)
    if answer.status_code != 200:  # noqa: PLR2004  (found)
        raise RuntimeError(f"{path} answered {answer.status_code}")
