"""Interactions brought in: judged by the rules in force, each source once, taken back whole."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from engagement.models import Interaction, Rule, Score
from engagement.services.imports.interactions import bring_in, run_import, undo_import
from engagement.services.imports.rows import CleanInteraction
from engagement.services.ledger import record_interaction
from engagement.services.rule_table import SECOND_RULES, RuleFacts
from engagement.services.rules import publish_rules
from library.models import ImportIssue, ImportRun
from library.services.importing import UndoTooLate, UnreadableFile
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


def test_a_file_that_names_two_versions_of_the_rules_is_not_begun(tmp_path: Path) -> None:
    path = tmp_path / "visits.csv"
    path.write_text(
        "kind,card,time,source,rules\nvisit,1,2026-01-01,a,2\nvisit,1,2026-01-02,b,\nvisit,1,2026-01-03,c,1\n"
    )
    run = open_run(what="interactions", file_name="visits.csv", now=NOON)
    with pytest.raises(UnreadableFile, match="two versions of the rules: 2 in line 2 and 1 in line 4"):
        run_import(run=run, path=path, clock=lambda: NOON)
    run.refresh_from_db()
    assert (run.state, Interaction.objects.count()) == ("failed", 0)
    assert "make a file for each" in run.error


def test_a_file_may_name_one_version_that_is_published() -> None:
    assert told(bring(event(1, rules=2), event(2, rules=2), event(3))) == {"created": 3, "without_person": 3}
    with pytest.raises(UnreadableFile, match="rules 9, which are not published here; the newest are 2"):
        bring(event(4, rules=9))
    run = bring(event(5, rules=1))
    [said] = ImportIssue.objects.filter(run=run, field="rules")
    assert (said.rejected, "those of rules 2" in said.reason) == (False, True)
    assert set(Interaction.objects.values_list("rules", flat=True)) == {2}


def test_points_come_from_the_rules_and_too_many_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "visits.csv"
    rows = ["a,0.5", "b,1000000000", "c,-1", "d,NaN", "e,1e9", "f,"]
    path.write_text("kind,card,time,source,points\n" + "".join(f"visit,1,2026-01-01,{row}\n" for row in rows))
    run = open_run(what="interactions", file_name="visits.csv", now=NOON)
    assert told(run_import(run=run, path=path, clock=lambda: NOON))["rejected"] == 4
    reasons = dict(ImportIssue.objects.filter(run=run, rejected=True).values_list("line", "reason"))
    assert "brings at most 0.5 points" in reasons[3]
    assert set(reasons) == {3, 4, 5, 6}
    assert list(Interaction.objects.values_list("transactional", flat=True)) == [0.5, 0.5]


def test_what_only_the_library_can_begin_was_begun_by_it_and_new_kinds_can_be_named() -> None:
    rows = [*SECOND_RULES, RuleFacts("book_swap", "Swapped", "A swap.", SECOND_RULES[0].verdicts, 1, 1)]
    publish_rules(number=3, rules=rows, s50_relational=40, s50_transactional=20, note="", now=NOON)
    bring(event(1, kind="event_ticket"), event(2, kind="book_swap"))
    assert set(Interaction.objects.values_list("kind", "started_by")) == {
        ("event_ticket", "library"),
        ("book_swap", "patron"),
    }


def test_a_kind_nobody_knows_is_told_which_there_are_in_whole_words(tmp_path: Path) -> None:
    path = tmp_path / "visits.csv"
    path.write_text("kind,card,time,source\nteleport,1,2026-01-01,a\n")
    run = open_run(what="interactions", file_name="visits.csv", now=NOON)
    assert told(run_import(run=run, path=path, clock=lambda: NOON)) == {"rejected": 1}
    names = ImportIssue.objects.get(run=run).reason.partition("Known: ")[2].partition(", and more")[0].split(", ")
    assert len(names) > 5
    assert set(names) <= set(Rule.objects.values_list("kind", flat=True))


@pytest.mark.parametrize("day", ["2999-01-01", "1889-12-31", "1812-01-01", "2026-11-27"])
def test_days_out_of_reach_are_refused_in_words(tmp_path: Path, day: str) -> None:
    path = tmp_path / "visits.csv"
    path.write_text(f"kind,card,time,source\nvisit,1,{day},a\n")
    run = open_run(what="interactions", file_name="visits.csv", now=NOON)
    assert told(run_import(run=run, path=path, clock=lambda: NOON)) == {"rejected": 1}
    reason = ImportIssue.objects.get(run=run).reason
    assert reason
    assert not Interaction.objects.exists()
