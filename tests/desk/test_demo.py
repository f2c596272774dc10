"""The demo library: what a newcomer sees stays, is believable, and fills the report of the last quarter."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time
from random import Random

import pytest

from catalog.models import Title
from engagement.services.reports.periods import quarters_until
from engagement.services.reports.shapes import Slice
from engagement.services.reports.whole import read_report
from outreach.models import ContactReason, Letter, Message, Pick, Request
from patrons.models import Patron
from relcrm.desk.services.demo import load_demo
from relcrm.desk.services.forgetting import forget_unproved

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
RECENT_DAYS = 100
WORD = "a-demo-password"


def load() -> bool:
    return load_demo(password=WORD, now=NOW, rng=Random(2026))  # noqa: S311  (invented history, no secret)


@pytest.fixture
def demo(db: None) -> None:
    load()


@pytest.mark.usefixtures("demo")
def test_the_demo_library_is_whole_believable_and_stays() -> None:
    assert Patron.objects.count() >= 60
    assert Title.objects.count() > 280
    assert forget_unproved(now=NOW) == 0
    assert load() is False
    states = set(Request.objects.values_list("state", flat=True))
    assert states == {"waiting", "held", "answered", "withdrawn"}
    assert not Message.objects.exclude(state__in=["sent", "cancelled"]).exists()
    for address in Patron.objects.exclude(email="").values_list("email", flat=True):
        assert re.fullmatch(r"[a-z0-9]+([.-][a-z0-9]+)*@example\.(org|com)", address)
    for sent_at in Letter.objects.values_list("sent_at", flat=True):
        assert sent_at is not None
        assert time(9) <= sent_at.time() < time(19)
    oldest = ContactReason.objects.filter(closed_at=None).order_by("opened_at").first()
    assert oldest is not None
    assert (NOW - oldest.opened_at).days <= RECENT_DAYS
    assert ContactReason.objects.filter(closed_at=None).values("kind").distinct().count() >= 4
    _no_book_twice()
    _report_has_numbers()


def _no_book_twice() -> None:
    sent = list(
        Pick.objects.filter(letter__request__audience="adult", letter__request__language="en").values_list(
            "letter__request__patron__email", "title_id"
        )
    )
    assert len(sent) == len(set(sent))


def _report_has_numbers() -> None:
    last = quarters_until(NOW.date())[1]
    overview = read_report(period=last, slice_=Slice(), parts=("overview",), now=NOW).parts[0]
    hidden = {figure.key for figure in overview.figures if not isinstance(figure.value, int | float)}
    assert hidden <= {"promises_kept"}  # a library that promises what it keeps has few readers on the other side
    points = next(table for table in overview.tables if table.key == "points")
    assert all(isinstance(value, int) for value in points.rows[-1][1:])
