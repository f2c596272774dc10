"""Counts of months and quarters: taken once, again when something changed, and equal to counting on the spot."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from engagement.models import ChangedMonth, Snapshot, SnapshotCell
from engagement.services.changed_months import note_every_month
from engagement.services.corrections import disown_line, own_line
from engagement.services.imports.interactions import run_import, undo_import
from engagement.services.ledger import correct_interaction, retract_interaction
from engagement.services.merging import merge_records
from engagement.services.reports import counts as counts_module
from engagement.services.reports import stored as stored_module
from engagement.services.reports.counts import Counts, read_counts
from engagement.services.reports.periods import Period, month_of, quarter_of
from engagement.services.reports.shapes import Slice
from engagement.services.reports.spot import count_now
from engagement.services.scores import forget_profile
from engagement.services.snapshots import next_quarter, take_snapshots
from library.services.imports import open_run
from tests.builders import NOON, make_branch, make_patron
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


def test_a_line_of_the_running_month_costs_no_query_more(django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    patron = make_patron("profile")
    record("loan", patron, NOON, now=NOON)
    with django_assert_num_queries(3):
        record("loan", patron, NOON, now=NOON)
    with django_assert_num_queries(4):
        record("loan", patron, AUGUST, now=NOON)


def test_imports_and_taking_them_back_change_months_that_were_over(tmp_path: Path) -> None:
    file = tmp_path / "visits.csv"
    file.write_text("id,kind,time\n1,visit,2026-08-10 12:00\n2,visit,2026-11-10 12:00\n")
    run = open_run(what="interactions", file_name=file.name, now=NOON)
    run_import(run=run, path=file, clock=lambda: NOON)
    assert changed() == {("2026-08", "late lines from an import of 24 Nov")}
    undo_import(run=run, now=NOON)
    assert changed() == {("2026-08", "an import taken back on 24 Nov")}
