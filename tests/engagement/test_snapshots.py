"""Counts of months and quarters: taken once, again when something changed, and equal to counting on the spot."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from engagement.models import ChangedMonth, Need, NeedAsk, Pulse, Snapshot, SnapshotCell
from engagement.services.changed_months import NEEDS, PROMISES, note_every_month
from engagement.services.corrections import disown_line, own_line
from engagement.services.imports.interactions import run_import, undo_import
from engagement.services.ledger import correct_interaction, retract_interaction
from engagement.services.merging import merge_records
from engagement.services.needs import log_need, take_back_ask
from engagement.services.promises import keep_promise, make_promise, reopen_promise, withdraw_promise
from engagement.services.reports import counts as counts_module
from engagement.services.reports import stored as stored_module
from engagement.services.reports.counts import Counts, read_counts
from engagement.services.reports.periods import Period, month_of, quarter_of
from engagement.services.reports.shapes import Slice
from engagement.services.reports.spot import count_now
from engagement.services.scores import forget_profile
from engagement.services.snapshots import next_quarter, take_snapshots
from library.services.imports import open_run
from tests.builders import NOON, make_branch, make_patron, make_staff
from tests.engagement.events import record

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
RUNNING = quarter_of(NOON.date())
OVER = quarter_of(date(2026, 8, 1))
AUGUST = datetime(2026, 8, 10, 12, tzinfo=UTC)
WHOLE = Slice()


def counts(period: Period = OVER, slice_: Slice = WHOLE, now: datetime = NOON) -> Counts:
    return read_counts(period=period, slice_=slice_, now=now)


def versions(grain: str = "quarter", first: date = OVER.first) -> list[tuple[int, str]]:
    found = Snapshot.objects.filter(grain=grain, first=first).order_by("version")
    return list(found.values_list("version", "because"))


@pytest.fixture
def months() -> None:
    """A dozen readers with loans in May, August and now."""
    branch = make_branch()
    for number in range(12):
        patron = make_patron("profile", branch=branch)
        for at in (AUGUST - 90 * DAY, AUGUST, AUGUST + DAY, NOON):
            record("loan", patron, at, source=f"loan:{number}:{at:%m%d}", now=NOON)


def test_a_library_without_any_line_takes_no_snapshot() -> None:
    assert take_snapshots(now=NOON) == 0
    assert not Snapshot.objects.exists()


@pytest.mark.usefixtures("months")
def test_history_is_counted_once_and_the_running_quarter_every_night() -> None:
    assert take_snapshots(now=NOON, seconds=None) == 3
    assert versions() == [(1, "first count")]
    assert versions("month", date(2026, 8, 1)) == [(1, "first count")]
    assert versions(first=RUNNING.first) == [(0, "the period still runs")]
    assert versions("month", date(2026, 10, 1)) == [(1, "first count")]
    assert versions("month", date(2026, 11, 1)) == [(0, "the period still runs")]
    assert take_snapshots(now=NOON + timedelta(hours=1)) == 0
    assert take_snapshots(now=NOON + DAY) == 1
    assert Snapshot.objects.get(grain="quarter", first=RUNNING.first).taken_at == NOON + DAY
    assert not ChangedMonth.objects.exists()


@pytest.mark.usefixtures("months")
def test_one_quarter_at_least_however_little_time_there_is() -> None:
    assert [take_snapshots(now=NOON, seconds=0) for _ in range(4)] == [1, 1, 1, 0]
    assert next_quarter(NOON) is None


@pytest.mark.usefixtures("months")
def test_stored_and_on_the_spot_say_the_same() -> None:
    for number in range(3):
        record(
            "visit", make_patron("profile", branch=make_branch(), language="fr"), AUGUST, source=f"v:{number}", now=NOON
        )
    fresh = count_now([OVER], NOON)[OVER]
    take_snapshots(now=NOON, seconds=None)
    for place, cells in fresh.items():
        period = month_of(date.fromisoformat(f"{place.month}-01")) if place.month else OVER
        stored = counts(period, Slice(place.by, place.slice))
        assert stored.counted.startswith("as counted on 24 Nov 2026, 12:00")
        assert {name: cell.hidden for name, cell in stored.cells.items()} == {n: c.hidden for n, c in cells.items()}
        assert {n: stored.shown(n) for n in cells} == {n: "*" if c.hidden else round(c.value) for n, c in cells.items()}


@pytest.mark.usefixtures("months")
def test_a_late_line_makes_a_new_version_that_says_so() -> None:
    take_snapshots(now=NOON, seconds=None)
    record("loan", make_patron("profile"), AUGUST, now=NOON)
    assert counts().shown("lines:loan") == 25
    assert counts().counted == "counted just now"
    assert take_snapshots(now=NOON + timedelta(minutes=1)) == 1
    assert versions() == [(1, "first count"), (2, "late lines")]
    assert versions("month", date(2026, 8, 1))[-1] == (2, "late lines")
    assert versions("month", date(2026, 7, 1)) == [(1, "first count")]
    assert counts().counted == "as counted on 24 Nov 2026, 12:01; 2nd count: late lines"
    assert counts().shown("lines:loan") == 25
    assert SnapshotCell.objects.get(snapshot__version=1, snapshot__grain="quarter", snapshot__first=OVER.first,
        measure="lines:loan", by="").value == 24  # fmt: skip


@pytest.mark.usefixtures("months")
def test_only_the_last_five_versions_are_kept() -> None:
    take_snapshots(now=NOON, seconds=None)
    for number in range(6):
        note_every_month(because=f"rules {number} published", now=NOON)
        take_snapshots(now=NOON, seconds=None)
    assert [version for version, _ in versions()] == [3, 4, 5, 6, 7]
    assert versions()[-1] == (7, "rules 5 published")


@pytest.mark.usefixtures("months")
def test_a_large_period_is_not_counted_on_the_spot(monkeypatch: pytest.MonkeyPatch) -> None:
    take_snapshots(now=NOON, seconds=None)
    monkeypatch.setattr(stored_module, "SMALL", 10)
    monkeypatch.setattr("engagement.services.snapshots.SMALL", 10)
    monkeypatch.setattr(counts_module, "count_now", None)
    record("loan", make_patron("profile"), AUGUST, now=NOON)
    assert counts().shown("lines:loan") == 24
    assert counts(RUNNING).shown("lines:loan") == 12
    assert counts(RUNNING).counted == "as counted on 24 Nov 2026, 12:00"
    assert take_snapshots(now=NOON + timedelta(hours=1)) == 0
    assert take_snapshots(now=NOON + timedelta(hours=7)) == 1
    assert counts().shown("lines:loan") == 25


@pytest.mark.usefixtures("months")
def test_a_quarter_that_is_over_is_counted_for_good() -> None:
    take_snapshots(now=NOON, seconds=None)
    take_snapshots(now=NOON + 60 * DAY, seconds=None)
    assert versions(first=RUNNING.first) == [(1, "first count")]
    assert versions("month", date(2026, 11, 1)) == [(1, "first count")]


@pytest.mark.usefixtures("months")
def test_a_month_is_counted_for_good_an_hour_after_its_end() -> None:
    """A line of the last second may be written while the next month has begun; it notes no change."""
    midnight = datetime(2026, 12, 1, tzinfo=UTC)
    take_snapshots(now=NOON, seconds=None)
    november = ("month", date(2026, 11, 1))
    assert take_snapshots(now=midnight + timedelta(minutes=59), seconds=None) == 0
    assert versions(*november) == [(0, "the period still runs")]
    record("loan", make_patron("profile"), midnight - timedelta(seconds=1), now=midnight - timedelta(seconds=1))
    assert not ChangedMonth.objects.exists()
    assert take_snapshots(now=midnight + timedelta(hours=1), seconds=None) == 1
    assert versions(*november) == [(1, "first count")]
    assert counts(month_of(date(2026, 11, 1)), now=midnight).shown("lines:loan") == 13


@pytest.mark.usefixtures("months")
def test_in_that_hour_the_history_before_it_is_counted_all_the_same() -> None:
    new_year = datetime(2027, 1, 1, 0, 30, tzinfo=UTC)
    assert take_snapshots(now=new_year, seconds=None) == 2
    assert not versions(first=RUNNING.first)
    assert take_snapshots(now=new_year + timedelta(hours=1), seconds=None) == 1
    assert versions(first=RUNNING.first) == [(1, "first count")]


def changed() -> set[tuple[str, str]]:
    found = {(f"{note.month:%Y-%m}", note.because) for note in ChangedMonth.objects.all()}
    ChangedMonth.objects.all().delete()
    return found


def test_whoever_changes_a_closed_month_says_so() -> None:
    patron, other = make_patron("profile"), make_patron("profile")
    line = record("loan", patron, AUGUST, source="loan:1", now=NOON)
    record("loan", patron, NOON, source="loan:2", now=NOON)
    assert changed() == {("2026-08", "late lines")}
    correct_interaction(source="loan:1", value="kept", now=NOON)
    correct_interaction(source="loan:2", value="kept", now=NOON)
    assert changed() == {("2026-08", "lines corrected")}
    known = disown_line(patron=patron, line=line.pk, now=NOON)
    assert changed() == {("2026-08", "lines corrected")}
    assert known
    own_line(patron=patron, known=known, now=NOON)
    assert changed() == {("2026-08", "lines corrected")}
    merge_records(gone=patron, kept=other, now=NOON)
    assert changed() == {("2026-08", "two records joined")}
    forget_profile(patron=other, now=NOON)
    assert changed() == {("2026-08", "readers forgotten")}
    retract_interaction(source="loan:1", now=NOON)
    assert changed() == {("2026-08", "lines corrected")}


def test_a_promise_kept_withdrawn_or_opened_after_its_month_says_so() -> None:
    first, second, timely = (
        make_promise(kind="letter", patron=make_patron(), branch=None, due_at=due, now=AUGUST)
        for due in (AUGUST + DAY, AUGUST + DAY, NOON + DAY)
    )
    keep_promise(promise=timely, now=NOON)
    assert changed() == set()
    keep_promise(promise=first, now=NOON)
    assert changed() == {("2026-08", PROMISES)}
    keep_promise(promise=first, now=NOON)
    assert changed() == set()
    withdraw_promise(promise=second, now=AUGUST + 30 * DAY)
    assert changed() == {("2026-08", PROMISES)}
    reopen_promise(promise=second, now=NOON)  # so it was waiting in September and October too
    assert changed() == {(month, PROMISES) for month in ("2026-08", "2026-09", "2026-10")}
    reopen_promise(promise=timely, now=NOON)
    assert changed() == set()


def test_a_late_letter_is_in_the_next_count_of_the_quarter_it_was_due_in() -> None:
    late = [
        make_promise(kind="letter", patron=make_patron(), branch=None, due_at=AUGUST + DAY, now=AUGUST)
        for _ in range(9)
    ]
    for promise in late:
        record("request", promise.patron, AUGUST, now=NOON)
    take_snapshots(now=NOON, seconds=None)
    assert (counts().shown("promises:late"), counts().shown("promise_wait:median")) == (9, 0)
    for promise in late:
        keep_promise(promise=promise, now=AUGUST + 10 * DAY)
    assert not ChangedMonth.objects.exists()  # August still ran then
    for promise in late:
        reopen_promise(promise=promise, now=NOON)
        keep_promise(promise=promise, now=NOON)
    assert counts().counted == "counted just now"
    take_snapshots(now=NOON + timedelta(minutes=1))
    assert versions()[-1] == (2, PROMISES)
    assert counts().shown("promise_wait:median") == 106 * 24 * 60


def test_a_promise_a_need_and_a_pulse_of_somebody_forgotten_or_joined_say_so_too() -> None:
    gone, kept = make_patron(), make_patron()
    need = Need.objects.create(name="large print", created_at=AUGUST)
    make_promise(kind="letter", patron=gone, branch=None, due_at=AUGUST - 60 * DAY, now=AUGUST - 70 * DAY)
    NeedAsk.objects.create(need=need, patron=gone, met=False, at=AUGUST - 30 * DAY)
    Pulse.objects.create(wave="weekly", patron=gone, audience="adult", language="en", asked_at=AUGUST)
    Pulse.objects.create(wave="weekly", patron=gone, audience="adult", language="en", asked_at=NOON)
    summer = ("2026-06", "2026-07", "2026-08")
    merge_records(gone=gone, kept=kept, now=NOON)
    assert changed() == {(month, "two records joined") for month in summer}
    forget_profile(patron=kept, now=NOON)
    assert changed() == {(month, "readers forgotten") for month in summer}


def test_a_need_taken_back_in_the_next_month_says_so() -> None:
    midnight = datetime(2026, 11, 1, tzinfo=UTC)
    librarian, patron = make_staff(), make_patron()
    ask = log_need(
        name="board games", patron=patron, branch=None, met=False, by=librarian, now=midnight - timedelta(seconds=20)
    )
    take_back_ask(ask=ask, by=librarian, now=midnight + timedelta(seconds=20))
    assert changed() == {("2026-10", NEEDS)}


def test_only_a_line_of_a_closed_month_costs_a_query_more() -> None:
    patron = make_patron("profile")
    record("loan", patron, NOON, now=NOON)
    asked = []
    for at in (NOON, AUGUST):
        with CaptureQueriesContext(connection) as queries:
            record("loan", patron, at, now=NOON)
        asked.append(len(queries))
    assert asked == [asked[0], asked[0] + 1]


def test_imports_and_taking_them_back_change_months_that_were_over(tmp_path: Path) -> None:
    file = tmp_path / "visits.csv"
    file.write_text("id,kind,time\n1,visit,2026-08-10 12:00\n2,visit,2026-11-10 12:00\n")
    run = open_run(what="interactions", file_name=file.name, now=NOON)
    run_import(run=run, path=file, clock=lambda: NOON)
    assert changed() == {("2026-08", "late lines from an import of 24 Nov")}
    undo_import(run=run, now=NOON)
    assert changed() == {("2026-08", "an import taken back on 24 Nov")}
