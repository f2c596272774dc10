"""import_patrons on real files: whole or not at all, whatever happens."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from library.models import ImportIssue, ImportRun
from library.services.imports import DEAD_AFTER, end_dead_runs
from patrons.models import Card, Consent, Patron, PatronChange
from tests.bench.koha_file import HEADER, write_koha
from tests.builders import make_branch, make_patron
from tests.patrons.imports.people import COUNTED, later

NOBODY = ",".join(HEADER) + "\n"


def import_file(path: Path, *arguments: str) -> dict[str, Any]:
    """What the command says in its last line."""
    out = io.StringIO()
    call_command("import_patrons", str(path), "--json", *arguments, stdout=out)
    return dict(json.loads(out.getvalue().splitlines()[-1]))


def counted(result: dict[str, Any]) -> dict[str, int]:
    return {name: result[name] for name in COUNTED if result[name]}


@pytest.mark.django_db
def test_a_koha_file_comes_in_and_the_second_time_changes_nothing(tmp_path: Path) -> None:
    make_branch(slug="harbour", ils_codes=["HRB"])
    file, rejected = tmp_path / "koha.csv", tmp_path / "rejected.csv"
    write_koha(file, 500)
    first = import_file(file, "--rejected", str(rejected), "--now", "2026-11-24T12:00:00Z")
    assert counted(first) == {"created": 495, "rejected": 5}
    assert set(first) >= {"repaired", "ambiguous", "seconds", "run"}
    rows = list(csv.reader(io.StringIO(rejected.read_text(encoding="utf-8-sig"))))
    assert rows[0] == ["line", "field", "value", "reason"]
    assert [row[0] for row in rows[1:]] == ["51", "151", "251", "351", "451"]
    faults = ImportIssue.objects.filter(rejected=False).exclude(field="branch")
    assert sorted(faults.values_list("line", "field"))[:2] == [(3, "email"), (4, "birth_date")]
    reader = Patron.objects.get(cards__number="2900000000")
    assert (reader.name, reader.branch and reader.branch.slug) == ("Ada Ada Okafor", "harbour")
    assert reader.created_at.isoformat() == "2026-11-24T12:00:00+00:00"
    run = ImportRun.objects.get()
    assert (run.preset, run.state, run.size, run.bytes_read) == ("koha", "done", file.stat().st_size, run.size)
    assert counted(import_file(file, "--preset", "koha")) == {"unchanged": 495, "rejected": 5}


@pytest.mark.django_db
def test_a_map_rules_consents_a_dry_run_and_undoing(tmp_path: Path) -> None:
    file, map_file = tmp_path / "people.csv", tmp_path / "map.json"
    file.write_text("no;who\n1;Ada\n2;Bo\n", encoding="utf-8")
    map_file.write_text(json.dumps({"what": "patrons", "fields": {"ils_id": "no", "name": "who"}}), encoding="utf-8")
    known = make_patron(ils_id="1", name="Ours", by_hand=["name"])
    how = ("--map", str(map_file), "--consent", "profile=paper-1")
    assert counted(import_file(file, *how, "--dry-run")) == {"created": 1, "unchanged": 1}
    assert not Consent.objects.exists()
    result = import_file(file, *how, "--rule", "name=ils")
    assert counted(result) == {"created": 1, "updated": 1}
    assert Consent.objects.count() == 2
    out = io.StringIO()
    call_command("import_patrons", "--undo", str(result["run"]), "--json", stdout=out)
    assert json.loads(out.getvalue().splitlines()[-1]) == {"run": result["run"], "reversed": 2, "kept": 0, "gone": 0}
    assert list(Patron.objects.values_list("pk", "name", "by_hand")) == [(known.pk, "Ours", ["name"])]
    with pytest.raises(CommandError, match="not undone yet"):
        call_command("import_patrons", "--undo", str(result["run"]))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "arguments", "reason"),
    [
        ("a,b\n1,2\n", [], "koha"),
        ("", [], "empty"),
        (NOBODY, ["--preset", "kohaa"], "kohaa"),
        (NOBODY, ["--rule", "name=mine"], "not a rule"),
        (NOBODY, ["--rule", "reading_history=ils"], "not a rule"),
        (NOBODY, ["--consent", "everything=1"], "not a consent"),
        (NOBODY, ["--full"], "Nobody could be read"),
        (NOBODY, ["--map", "/nowhere.json"], "cannot be read"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(tmp_path: Path, text: str, arguments: list[str], reason: str) -> None:
    make_patron(ils_id="1")
    file = tmp_path / "people.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(CommandError, match=reason) as refused:
        call_command("import_patrons", str(file), *arguments)
    assert (refused.value.returncode, "\n" in str(refused.value)) == (1, False)
    assert not Patron.objects.exclude(gone_at=None).exists()
    assert not ImportRun.objects.filter(state__in=["running", "done"]).exists()


@pytest.mark.django_db
def test_the_file_being_read_is_not_overwritten_by_its_rejects(tmp_path: Path) -> None:
    file = tmp_path / "koha.csv"
    write_koha(file, 3)
    before = file.read_bytes()
    with pytest.raises(CommandError, match="being read"):
        call_command("import_patrons", str(file), "--rejected", str(file))
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("import_patrons", str(file), "--rejected", str(tmp_path / "none" / "x.csv"))
    assert file.read_bytes() == before
    assert not ImportRun.objects.exists()


HELD = """
CREATE FUNCTION hold_import() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_sleep(3); RETURN NULL; END $$;
CREATE TRIGGER hold_import AFTER INSERT ON {table} FOR EACH STATEMENT EXECUTE FUNCTION hold_import();
"""
LET_GO = "DROP TRIGGER hold_import ON {table}; DROP FUNCTION hold_import();"
HELD_UP = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'"


@pytest.mark.faults
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("table", ["patrons_patron", "patrons_card", "patrons_patronchange", "library_importissue"])
def test_killed_in_the_middle_of_writing_nothing_is_there_and_the_next_run_does_it_all(
    tmp_path: Path, table: str
) -> None:
    """The command is killed by SIGKILL while the database is at work for it, after each kind of row."""
    file = tmp_path / "koha.csv"
    write_koha(file, 300)
    known = make_patron(name="Ada", ils_id="1")
    _sql(HELD.format(table=table))
    try:
        _kill_while_held(file)
    finally:
        _sql(LET_GO.format(table=table))  # waits until what the dead one had begun is over
    run = ImportRun.objects.get()
    assert (run.state, run.phase, run.rows_read) == ("running", "writing", 297)
    assert list(Patron.objects.all()) == [known]
    assert not Card.objects.exists()
    assert not PatronChange.objects.exists()
    assert not ImportIssue.objects.exists()
    last = run.beat_at or run.started_at
    assert end_dead_runs(now=last + DEAD_AFTER / 2) == 0
    assert end_dead_runs(now=last + DEAD_AFTER * 2) == 1
    run.refresh_from_db()
    assert (run.state, "nothing was written" in run.error) == ("failed", True)
    assert counted(import_file(file, "--now", later().isoformat())) == {"created": 297, "rejected": 3}


def _kill_while_held(file: Path) -> None:
    """Start the command on the tests' own database; kill it once the database sleeps for it."""
    place = os.environ["DATABASE_URL"].rsplit("/", 1)[0]
    environment = os.environ | {"DATABASE_URL": f"{place}/{connection.settings_dict['NAME']}"}
    command = [sys.executable, "manage.py", "import_patrons", str(file), "--preset", "koha"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as process:  # noqa: S603  (our own)
        deadline = time.monotonic() + 60
        while not _sql(HELD_UP) and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        alive = process.poll() is None
        process.send_signal(signal.SIGKILL)
    assert alive


def _sql(statement: str) -> int:
    """Run it; the number it gives, if it is a query."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
        row = cursor.fetchone() if cursor.description else None
    return int(row[0]) if row else 0
