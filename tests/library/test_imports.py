"""Runs of an import."""

from __future__ import annotations

import csv
import io
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction

from library.models import ImportRun
from library.services.importing import Cancelled, UnreadableFile
from library.services.imports import (
    DEAD_AFTER,
    INTERRUPTED,
    AnotherRunning,
    Issue,
    add_issues,
    ask_to_cancel,
    beat,
    end_dead_runs,
    end_run,
    ended_by_errors,
    finish_run,
    hold_run,
    one_at_a_time,
    open_run,
    rejected_csv,
    start_run,
    stop_if_asked,
)
from tests.builders import make_staff

pytestmark = pytest.mark.django_db
DATABASE = pytest.mark.django_db(transaction=True)


def a_run(now: datetime, what: str = "patrons") -> ImportRun:
    return open_run(what=what, file_name="people.csv", now=now)


def test_a_run_is_open_until_it_is_finished_with_its_counts(now: datetime) -> None:
    run = open_run(what="titles", file_name="x" * 300, now=now)
    assert (run.state, run.finished_at, len(run.file_name)) == ("running", None, 255)
    finish_run(run=run, counts={"created": 3}, now=now + timedelta(minutes=1))
    kept = ImportRun.objects.get()
    assert (kept.state, kept.counts, kept.error) == ("done", {"created": 3}, "")
    assert kept.finished_at == now + timedelta(minutes=1)


def test_a_run_that_was_stopped_keeps_what_stopped_it(now: datetime) -> None:
    run = finish_run(run=open_run(what="titles", file_name="f", now=now), counts={}, now=now, error="No space left")
    assert (run.state, run.error) == ("failed", "No space left")


def test_a_run_remembers_how_it_was_asked_for(now: datetime) -> None:
    by = make_staff("admin")
    how = {"preset": "koha", "mapping": {"fields": {}}, "options": {"full": True}, "dry_run": True, "size": 7}
    run = open_run(what="patrons", file_name="f", now=now, by=by, stored_as="abc", **how)  # type: ignore[arg-type]  # as named
    kept = ImportRun.objects.get(pk=run.pk)
    assert {name: getattr(kept, name) for name in how} == how
    assert (kept.by, kept.stored_as, kept.beat_at) == (by, "abc", now)


def test_issues_are_cut_to_fit_and_cleared_of_nul_bytes(now: datetime) -> None:
    run = open_run(what="titles", file_name="f", now=now)
    long = Issue(1, "f" * 100, "v\0" * 300, "r" * 400, rejected=False)
    assert add_issues(run=run, issues=[long, Issue(2, "", "", "Broken.")]) == 2
    first, second = run.issues.order_by("line")
    assert (len(first.field), len(first.value), len(first.reason), first.rejected) == (60, 200, 300, False)
    assert (second.line, second.rejected) == (2, True)


def test_a_beat_keeps_how_far_the_run_is(now: datetime) -> None:
    ours = a_run(now)
    start_run(run=ours, phase="reading", now=now + timedelta(hours=1))
    assert ImportRun.objects.get().started_at == now
    ours.delete()
    run = open_run(what="patrons", file_name="f", now=now, stored_as="abc")
    start_run(run=run, phase="reading", now=now + timedelta(hours=1))
    beat(run=run, phase="reading", rows=10_000, bytes_read=1_000_000, now=now + timedelta(hours=2))
    beat(run=run, phase="planning", now=now + timedelta(hours=3))
    kept = ImportRun.objects.get()
    assert (kept.phase, kept.rows_read, kept.bytes_read) == ("planning", 10_000, 1_000_000)
    assert (kept.started_at, kept.beat_at) == (now + timedelta(hours=1), now + timedelta(hours=3))


def test_a_run_stops_at_the_beat_after_somebody_asked(now: datetime) -> None:
    run = a_run(now)
    stop_if_asked(run=run)
    assert ask_to_cancel(run=ImportRun.objects.get())
    with pytest.raises(Cancelled):
        stop_if_asked(run=run)
    with pytest.raises(Cancelled), ended_by_errors(run, lambda: now):
        beat(run=run, phase="reading", now=now)
    assert ImportRun.objects.get().state == "cancelled"
    assert not ask_to_cancel(run=run)


def test_a_run_asked_to_stop_is_not_done_and_an_ended_one_not_ended_again(now: datetime) -> None:
    run = a_run(now)
    ask_to_cancel(run=run)
    with pytest.raises(Cancelled):
        finish_run(run=run, counts={"created": 1}, now=now)
    end_run(run=run, state="failed", error="First.", now=now)
    end_run(run=run, state="failed", error="Second.", now=now)
    assert ImportRun.objects.get().error == "First."


@pytest.mark.parametrize(
    ("stopped", "error"),
    [
        (UnreadableFile("The file is a picture."), "The file is a picture."),
        (KeyboardInterrupt(), INTERRUPTED),
        (ValueError("Ada Lovelace"), "The import stopped (ValueError); nothing was written."),
    ],
)
def test_what_stops_the_work_ends_the_run_and_passes_through(now: datetime, stopped: BaseException, error: str) -> None:
    run = a_run(now)
    with pytest.raises(type(stopped)), ended_by_errors(run, lambda: now):
        raise stopped
    kept = ImportRun.objects.get()
    assert (kept.state, kept.error, kept.finished_at) == ("failed", error, now)


def test_dead_runs_are_ended_and_living_ones_are_not(now: datetime) -> None:
    dead, alive, done = a_run(now), a_run(now), a_run(now)
    finish_run(run=done, counts={}, now=now)
    beat(run=alive, phase="reading", now=now + DEAD_AFTER)
    assert end_dead_runs(now=now + DEAD_AFTER + timedelta(seconds=1)) == 1
    states = dict(ImportRun.objects.values_list("pk", "state"))
    assert states == {dead.pk: "failed", alive.pk: "running", done.pk: "done"}
    dead.refresh_from_db()
    assert dead.error == INTERRUPTED
    with pytest.raises(Cancelled):
        beat(run=dead, phase="planning", now=now)


@DATABASE
def test_a_run_that_writes_for_long_is_not_dead_and_can_be_asked_to_stop(now: datetime) -> None:
    run = a_run(now)
    with transaction.atomic():
        hold_run(run=run)
        ended, asked = _elsewhere(lambda: (end_dead_runs(now=now + DEAD_AFTER * 9), ask_to_cancel(run=run)))
        assert (ended, asked) == (0, True)
        with pytest.raises(Cancelled):
            stop_if_asked(run=run)
    assert end_dead_runs(now=now + DEAD_AFTER * 9) == 1


@DATABASE
def test_one_import_of_a_kind_at_a_time() -> None:
    def again(what: str) -> str:
        try:
            with one_at_a_time(what):
                return "free"
        except AnotherRunning as busy:
            return str(busy)

    with one_at_a_time("patrons"):
        assert "patrons is running" in _elsewhere(lambda: again("patrons"))
        assert _elsewhere(lambda: again("loans")) == "free"
    assert _elsewhere(lambda: again("patrons")) == "free"


def _elsewhere[Result](work: Callable[[], Result]) -> Result:
    """What another process would get: over a connection of its own."""
    results: list[Result] = []

    def run() -> None:
        try:
            results.append(work())
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(30)
    return results[0]


def test_rejected_rows_as_csv_are_safe_for_a_spreadsheet_and_stream(now: datetime) -> None:
    run = a_run(now)
    issues = [Issue(n, "card", f"=cmd({n})", 'No, "never".') for n in range(1200, 0, -1)]
    add_issues(run=run, issues=[*issues, Issue(5, "phone", "x", "Left out.", rejected=False)])
    pieces = list(rejected_csv(run))
    assert len(pieces) == 4
    rows = list(csv.reader(io.StringIO("".join(pieces).removeprefix("\ufeff"))))
    assert rows[:2] == [["line", "field", "value", "reason"], ["1", "card", "'=cmd(1)", 'No, "never".']]
    assert (len(rows), rows[-1][0]) == (1201, "1200")
