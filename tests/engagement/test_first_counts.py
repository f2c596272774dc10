"""A quarter that nobody counted yet: a page counts it at once in a small library, and waits for it in a large one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from engagement.models import Snapshot
from engagement.services.reports.periods import quarter_of
from engagement.services.reports.shapes import Slice
from engagement.services.reports.spot import NotCounted
from engagement.services.reports.whole import read_report
from engagement.services.snapshots import take_snapshots
from tests.builders import make_patron
from tests.engagement.events import record
from tests.engagement.test_report_pages import sign_in

pytestmark = pytest.mark.django_db
ADDRESSES = ("", "people/", "definitions/", "figure/letters/", "overview.csv", "overview.xlsx", "board.pdf")
VIEWS = ("reports", "report_files", "report_figures")


@pytest.fixture
def last() -> str:
    """The quarter that is over, with ten loans."""
    quarter = quarter_of(timezone.localdate()).before
    assert quarter is not None
    at = datetime.combine(quarter.first, datetime.min.time(), UTC) + timedelta(days=20, hours=12)
    for _ in range(10):
        record("loan", make_patron("profile"), at, now=at)
    return quarter.key


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten loans are more than a page counts."""
    for view in VIEWS:
        monkeypatch.setattr(f"engagement.views.{view}.SMALL", 9)


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.usefixtures("large")
def test_in_a_large_library_it_is_counted_by_a_worker_and_the_page_looks_again(
    address: str, last: str, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks() as woken:
        page = sign_in().get(f"/reports/{address}?quarter={last}")
    assert (page.status_code, page["Refresh"], len(woken)) == (200, "20", 1)
    assert "is being counted" in page.content.decode()
    assert not Snapshot.objects.exists()
    take_snapshots(now=timezone.now())
    shown = sign_in("viewer").get(f"/reports/{address}?quarter={last}")
    assert "Refresh" not in shown
    assert b"being counted" not in shown.content


def test_in_a_small_library_it_is_counted_at_once(last: str) -> None:
    page = sign_in().get(f"/reports/?quarter={last}")
    assert "Refresh" not in page
    assert "10" in page.content.decode()


def test_a_command_counts_however_many_there_are(last: str) -> None:
    quarter = quarter_of(timezone.localdate()).before
    assert quarter is not None
    with pytest.raises(NotCounted):
        read_report(period=quarter, slice_=Slice(), parts=("overview",), now=timezone.now(), most_lines=9)
    assert read_report(period=quarter, slice_=Slice(), parts=("overview",), now=timezone.now()).parts
