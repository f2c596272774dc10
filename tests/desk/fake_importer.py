"""An importer of four columns that writes nothing, for the tests of the pages around it."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from library.models import ImportRun
from library.services.importing import Clock, Field, Preview, UnreadableFile
from library.services.imports import Issue, add_issues, beat, ended_by_errors, finish_run, hold_run

KNOWN = ["cardnumber", "surname", "email"]
KOHA = b"cardnumber,surname,email\n1,Iris,iris@example.org\n2,,nobody\n3,Rosa,rosa@example.org\n"
OTHER = b"barcode,who,mail\n1,Iris,iris@example.org\n2,Rosa,rosa@example.org\n"


class FakeImporter:
    """`during` is called while a run reads, and while one is undone: the moment to cancel, to break, to look."""

    WHAT = "patrons"
    FIELDS: Sequence[Field] = (
        Field("card", "Card number", required=True),
        Field("name", "Name", by_rule=True),
        Field("email", "E-mail", by_rule=True),
    )
    PRESETS: Mapping[str, str] = {"koha": "Koha (CSV)"}

    def __init__(self) -> None:
        self.during: Callable[[ImportRun], None] = lambda run: None
        self.undone: list[int] = []

    def preview_file(self, *, path: Path, preset: str, mapping: Mapping[str, Any], now: datetime) -> Preview:
        header, rows, issues, preset = self._read(path, preset, mapping)
        return Preview(preset, header, rows[:20], issues)

    def run_import(self, *, run: ImportRun, path: Path, clock: Clock) -> ImportRun:
        with ended_by_errors(run, clock):
            _header, rows, issues, _preset = self._read(path, run.preset, run.mapping)
            beat(run=run, phase="reading", rows=len(rows), bytes_read=run.size, now=clock())
            self.during(run)
            beat(run=run, phase="writing", now=clock())
            with transaction.atomic():
                hold_run(run=run)
                add_issues(run=run, issues=issues)
                counts = {"created": len(rows) - len(issues), "updated": 0, "unchanged": 0, "rejected": len(issues)}
                finish_run(run=run, counts=counts, now=clock())
        return run

    def undo_import(self, *, run: ImportRun, now: datetime) -> Mapping[str, int]:
        self.during(run)
        self.undone.append(run.pk)
        run.state, run.undone_at, run.undone_counts = "undone", now, {"reversed": 2, "kept": 1, "gone": 0}
        run.save(update_fields=["state", "undone_at", "undone_counts"])
        return dict(run.undone_counts)

    def _read(
        self, path: Path, preset: str, mapping: Mapping[str, Any]
    ) -> tuple[list[str], list[dict[str, Any]], list[Issue], str]:
        text = path.read_text()
        if "," not in text:
            raise UnreadableFile("This is no table. Export it as CSV.")
        lines = list(csv.DictReader(text.splitlines()))
        header = list(lines[0])
        columns = mapping.get("fields") or {"card": "cardnumber", "name": "surname", "email": "email"}
        if not mapping and header != KNOWN:
            raise UnreadableFile("These are not the patrons of a system we know.")
        rows: list[dict[str, Any]] = [
            {"line": line, **{name: row[column] for name, column in columns.items()}}
            for line, row in enumerate(lines, 2)
        ]
        issues = [
            Issue(r["line"], "email", r["email"], "No address is written like this.")
            for r in rows
            if "@" not in r["email"]
        ]
        return header, rows, issues, "" if mapping else preset or "koha"
