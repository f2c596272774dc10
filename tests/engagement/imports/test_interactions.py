"""Interactions brought in: judged by the rules in force, each source once, taken back whole."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engagement.models import Interaction, Score
from engagement.services.imports.interactions import bring_in, undo_import
from engagement.services.imports.rows import CleanInteraction
from engagement.services.ledger import record_interaction
from library.models import ImportIssue, ImportRun
from library.services.importing import UndoTooLate
from library.services.imports import Issue, open_run
from tests.builders import NOON, make_branch, make_patron

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def event(number: int = 1, **over: Any) -> CleanInteraction:
    values: dict[str, Any] = {"line": number + 1, "source": f"gate-{number}", "kind": "visit", "patron": "77"}
    return CleanInteraction(**(values | {"at": NOON - number * DAY} | over))


def bring(*rows: CleanInteraction | Issue, dry_run: bool = False) -> ImportRun:
    run = open_run(what="interactions", file_name="visits.csv", now=NOON, dry_run=dry_run)
    return bring_in(run=run, items=rows, clock=lambda: NOON)


def told(run: ImportRun) -> dict[str, int]:
    return {name: count for name, count in run.counts.items() if count}


@pytest.mark.parametrize("kind", ["visit", "programme", "hold", "database_use", "donation", "desk_talk", "referral"])
def test_a_row_becomes_the_line_that_the_ledger_itself_would_write(kind: str) -> None:
    branch = make_branch(time_zone="Pacific/Auckland")
    patron = make_patron("profile", ils_id="77", branch=branch)
    assert told(bring(event(kind=kind, minutes=12, value="a pen"))) == {"created": 1}
    mine = Interaction.objects.get()
    twin = record_interaction(
        kind=kind, source="twin", at=NOON - DAY, patron=patron, started_by="patron", minutes=12, value="a pen", now=NOON
    )
    for name in (f.attname for f in Interaction._meta.fields if f.name not in {"id", "source_key", "import_run"}):
        assert getattr(mine, name) == getattr(twin, name), name


def test_each_source_is_taken_once() -> None:
    make_patron("profile", ils_id="77")
    rows = [event(1), event(2), event(2, line=9, value="again")]
    assert told(bring(*rows)) == {"created": 2, "unchanged": 1}
    before = (list(Interaction.objects.order_by("pk").values()), list(Score.objects.values()))
    assert told(bring(*rows)) == {"unchanged": 3}
    assert (list(Interaction.objects.order_by("pk").values()), list(Score.objects.values())) == before


def test_unknown_kinds_and_days_out_of_reach_are_rejected_by_line() -> None:
    run = bring(
        event(1, kind="levitation"),
        event(2, at=NOON + 2 * DAY),
        event(3, at=datetime(1812, 1, 1, tzinfo=UTC)),
        event(4, patron=""),
        event(5, patron="nobody"),
        Issue(9, "source", "", "No key."),
    )
    assert told(run) == {"created": 2, "rejected": 4, "without_person": 2}
    rejected = ImportIssue.objects.filter(run=run, rejected=True).order_by("line").values_list("line", "field")
    assert list(rejected) == [(2, "kind"), (3, "at"), (4, "at"), (9, "source")]
    assert list(ImportIssue.objects.filter(run=run, rejected=False).values_list("line", flat=True)) == [6]


def test_without_consent_a_line_names_nobody() -> None:
    make_patron(ils_id="77", audience="child")
    bring(event())
    line = Interaction.objects.get()
    assert (line.patron, line.at, line.audience, line.transactional) == (None, None, "child", 0.5)
    assert not Score.objects.exists()


def test_a_dry_run_writes_no_line() -> None:
    assert told(bring(event(), dry_run=True)) == {"created": 1, "without_person": 1}
    assert not Interaction.objects.exists()


def test_undoing_takes_the_lines_of_that_run_only() -> None:
    make_patron("profile", ils_id="77")
    bring(event(1))
    run = bring(event(1), event(2), event(3))
    points = Score.objects.get().transactional
    assert undo_import(run=run, now=NOON) == {"reversed": 2, "kept": 0, "gone": 0}
    assert Interaction.objects.count() == 1
    assert Score.objects.get().transactional < points
    with pytest.raises(UndoTooLate):
        undo_import(run=run, now=NOON)
