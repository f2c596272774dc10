"""Runs of an import."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from library.models import ImportRun
from library.services.imports import Issue, add_issues, finish_run, open_run

pytestmark = pytest.mark.django_db


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


def test_issues_are_cut_to_fit_and_cleared_of_nul_bytes(now: datetime) -> None:
    run = open_run(what="titles", file_name="f", now=now)
    long = Issue(1, "f" * 100, "v\0" * 300, "r" * 400, rejected=False)
    assert add_issues(run=run, issues=[long, Issue(2, "", "", "Broken.")]) == 2
    first, second = run.issues.order_by("line")
    assert (len(first.field), len(first.value), len(first.reason), first.rejected) == (60, 200, 300, False)
    assert (second.line, second.rejected) == (2, True)
