"""Two at once: one line for one source, no lost points, and no patron on a line once consent is withdrawn."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from django.db import connection, transaction

from engagement.models import ChangedMonth, Interaction, Score, Snapshot, SnapshotCell
from engagement.services import snapshots
from engagement.services.decay import RELATIONAL_HALF_LIFE, at_landmark
from engagement.services.reports.periods import quarter_of
from engagement.services.scores import forget_profile, rebuild_scores, recount_patron
from engagement.services.snapshots import count_quarter, take_snapshots
from patrons.models import Consent, Patron
from tests.builders import NOON, make_patron, make_title
from tests.engagement.events import record

pytestmark = pytest.mark.django_db(transaction=True)
WAIT = 20
DAY = timedelta(days=1)


def at_once(*works: Callable[[], object]) -> None:
    """Run the works in threads of their own, all starting together; errors come back to the test."""
    start, errors = threading.Barrier(len(works)), []

    def run(work: Callable[[], object]) -> None:
        try:
            start.wait(WAIT)
            work()
        except Exception as error:  # noqa: BLE001  (handed to the test below)
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT)
    assert not errors, errors
    assert not any(thread.is_alive() for thread in threads)


def letter(patron: Patron, source: str) -> Callable[[], object]:
    return lambda: record("letter", patron, source=source, started_by="library")


def test_one_source_recorded_by_six_at_once_is_one_line_counted_once() -> None:
    patron = make_patron("profile")
    at_once(*[letter(patron, "letter:1")] * 6)
    assert Interaction.objects.count() == 1
    assert Score.objects.get().relational == pytest.approx(at_landmark(6, NOON, RELATIONAL_HALF_LIFE), rel=1e-9)


def test_no_points_are_lost_between_recorders_recounts_and_a_rebuild() -> None:
    patron = make_patron("profile")
    recorders = [letter(patron, f"letter:{number}") for number in range(6)]
    at_once(*recorders, lambda: recount_patron(patron=patron, now=NOON), lambda: rebuild_scores(now=NOON))
    score = Score.objects.get()
    assert score.relational == pytest.approx(6 * at_landmark(6, NOON, RELATIONAL_HALF_LIFE), rel=1e-9)
    assert score.stage == "reactive"


def test_a_line_on_its_way_while_consent_is_withdrawn_ends_without_a_patron() -> None:
    patron = make_patron("profile")
    record("request", patron)
    line_written, withdrawn = threading.Event(), threading.Event()

    def slow_recorder() -> None:
        with transaction.atomic():
            record("letter", patron, source="letter:1", started_by="library")
            line_written.set()
            withdrawn.wait(0.5)

    def withdraw() -> None:
        line_written.wait(WAIT)
        with transaction.atomic():
            Consent.objects.filter(patron=patron).update(withdrawn_at=NOON)
            forget_profile(patron=patron, now=NOON)
        withdrawn.set()
        record("reply", patron, source="reply:1")

    at_once(slow_recorder, withdraw)
    assert Interaction.objects.count() == 3
    assert not Interaction.objects.exclude(patron=None).exists()
    assert not Score.objects.exists()


def test_a_line_that_waits_for_consent_to_be_withdrawn_names_nobody() -> None:
    patron = make_patron("profile")
    record("letter", patron)
    withdrawing, asked = threading.Event(), threading.Event()

    def withdraw() -> None:
        with transaction.atomic():
            Consent.objects.filter(patron=patron).update(withdrawn_at=NOON)
            withdrawing.set()
            asked.wait(WAIT)
            time.sleep(0.3)  # the other is waiting by then
            forget_profile(patron=patron, now=NOON)

    def answer() -> None:
        withdrawing.wait(WAIT)
        asked.set()
        record("letter", patron, source="letter:2", started_by="library", title=make_title(), thread=7)

    at_once(withdraw, answer)
    assert Interaction.objects.count() == 2
    assert all(
        value is None for line in Interaction.objects.values_list("patron", "at", "title", "thread") for value in line
    )
    assert not Score.objects.exists()


def test_a_change_that_comes_while_its_month_is_counted_waits_for_the_next_count(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    patrons = [make_patron("profile") for _ in range(9)]
    for patron in patrons:
        record("loan", patron, NOON - 90 * DAY, now=NOON)
    take_snapshots(now=NOON, seconds=None)
    record("loan", patrons[0], NOON - 90 * DAY, now=NOON)
    settle = snapshots._settle

    def settle_late(quarter: Snapshot, months: Sequence[Snapshot]) -> None:
        at_once(lambda: record("loan", patrons[0], NOON - 90 * DAY, now=NOON))
        settle(quarter, months)

    monkeypatch.setattr(snapshots, "_settle", settle_late)
    assert count_quarter(quarter=quarter_of((NOON - 90 * DAY).date()), now=NOON)
    monkeypatch.undo()
    assert [_loans(version) for version in (1, 2)] == [9, 10]
    assert ChangedMonth.objects.count() == 1
    assert take_snapshots(now=NOON, seconds=None) == 1
    assert (_loans(3), ChangedMonth.objects.count()) == (11, 0)


def _loans(version: int) -> float:
    over = {"snapshot__grain": "quarter", "snapshot__version": version, "measure": "lines:loan", "by": ""}
    return SnapshotCell.objects.get(**over).value
