"""Patrons from a library system's file; and taking such an import back."""

from __future__ import annotations

import json
import time
from argparse import ArgumentTypeError
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from library.models import ImportRun
from library.services.importing import Cancelled, UndoTooLate, UnreadableFile
from library.services.imports import open_run, rejected_csv
from library.services.reading.opening import open_table
from patrons.services.imports.importer import PRESETS, WHAT, run_import, undo_import
from patrons.services.imports.sources import recognise
from relcrm.kit.arguments import moment

WORDS = {
    "created": "created",
    "updated": "updated",
    "unchanged": "unchanged",
    "rejected": "rejected",
    "gone": "gone from the library system",
}


class Command(BaseCommand):
    requires_system_checks = ()  # they load every page, which takes longer than a small file
    help = (
        "Reads patrons from a library system's file: all of it or nothing. The same file again changes nothing. "
        "docs/imports.md lists the presets, the form of a map, and how a row finds its reader."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", nargs="?", help="the file to read")
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--preset", default="", help=f"the library system: {', '.join(PRESETS)} (default: recognised)")
        how.add_argument("--map", type=Path, metavar="FILE", help="a JSON file that says which column holds what")
        how.add_argument("--undo", type=int, metavar="RUN", help="take the import with this number back")
        parser.add_argument("--dry-run", action="store_true", help="count what would happen and write nothing")
        parser.add_argument("--full", action="store_true", help="the file has everyone: who is missing is marked gone")
        parser.add_argument(
            "--rejected", type=Path, metavar="FILE", help="write rejected rows (line, field, value, reason) as CSV"
        )
        parser.add_argument(
            "--consent",
            action="append",
            default=[],
            type=pair,
            metavar="PURPOSE=VERSION",
            help="record this consent, given on paper or in the library system (repeatable)",
        )
        parser.add_argument(
            "--rule",
            action="append",
            default=[],
            type=pair,
            metavar="FIELD=ils|ours",
            help="whose value stays where somebody changed this field here (repeatable; default: ours)",
        )
        parser.add_argument("--json", action="store_true", help="print the counts as one JSON object in the last line")
        parser.add_argument(
            "--now", type=moment, metavar="ISO", help="the time to record, e.g. 2026-11-24T12:00Z (default: the clock)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        now: datetime = options["now"] or timezone.now()
        if options["undo"] is not None:
            self._undo(options["undo"], now, as_json=options["json"])
            return
        file: Path | None = options["file"]
        if file is None:
            raise CommandError("Name the file to read, or a run to take back with --undo.")
        mapping = _read_map(options["map"]) if options["map"] else {}
        _check_rejected(options["rejected"], file)
        begun = time.monotonic()
        try:
            run = _import(file, mapping, options, now, begun)
        except (UnreadableFile, Cancelled) as stopped:
            raise CommandError(str(stopped) or "Somebody asked this import to stop; nothing was written.") from None
        except KeyboardInterrupt:
            raise CommandError("Stopped; nothing was written.") from None
        if options["rejected"]:
            with options["rejected"].open("w", encoding="utf-8", newline="") as out:
                out.writelines(rejected_csv(run))
        self._tell(run, time.monotonic() - begun, as_json=options["json"])

    def _undo(self, number: int, now: datetime, *, as_json: bool) -> None:
        run = ImportRun.objects.filter(pk=number, what=WHAT).first()
        if run is None:
            raise CommandError(f"There is no import of patrons with the number {number}.")
        try:
            counts = undo_import(run=run, now=now)
        except (UndoTooLate, UnreadableFile) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{counts['reversed']} taken back, {counts['kept']} kept, {counts['gone']} erased since.")
        if as_json:
            self.stdout.write(json.dumps({"run": run.pk, **counts}))

    def _tell(self, run: ImportRun, seconds: float, *, as_json: bool) -> None:
        heading = "Dry run, nothing was written. " if run.dry_run else ""
        self.stdout.write(f"{heading}{seconds:.1f} seconds. Run {run.pk}.")
        for name, words in WORDS.items():
            self.stdout.write(f"{run.counts[name]:>9}  {words}")
        for name, kept in run.counts["kept_by_hand"].items():
            self.stdout.write(f"{kept:>9}  times {name} was changed here and stays")
        if as_json:
            self.stdout.write(json.dumps(run.counts | {"seconds": round(seconds, 2), "run": run.pk}))


def pair(words: str) -> tuple[str, str]:
    """NAME=VALUE."""
    name, equals, value = words.partition("=")
    if not (name and equals and value):
        raise ArgumentTypeError(f"{words} is not of the form NAME=VALUE")
    return name.strip(), value.strip()


def _import(
    file: Path, mapping: Mapping[str, Any], options: Mapping[str, Any], now: datetime, begun: float
) -> ImportRun:
    if not mapping and not options["preset"] and not recognise(open_table(file).header):
        known = ", ".join(PRESETS)
        raise UnreadableFile(f"No library system we know has these columns. Name one with --preset ({known}) or --map.")
    run = open_run(
        what=WHAT,
        file_name=file.name,
        now=now,
        preset=options["preset"],
        mapping=mapping,
        options={
            "full": options["full"],
            "rules": dict(options["rule"]),
            "consents": dict(options["consent"]),
        },
        dry_run=options["dry_run"],
        size=file.stat().st_size,
    )
    return run_import(run=run, path=file, clock=lambda: now + timedelta(seconds=time.monotonic() - begun))


def _read_map(path: Path) -> dict[str, Any]:
    try:
        mapping = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from None
    except ValueError:
        raise CommandError(f"{path} is not JSON. docs/imports.md shows the form of a map.") from None
    if not isinstance(mapping, dict) or not mapping:
        raise CommandError(f"{path} holds no map. docs/imports.md shows the form of one.")
    return mapping


def _check_rejected(path: Path | None, source: Path) -> None:
    """Told before the work, not after it."""
    if path is None:
        return
    if path.exists() and source.exists() and path.samefile(source):
        raise CommandError("--rejected names the file that is being read.")
    if path.is_dir() or not path.parent.is_dir():
        raise CommandError(f"{path} cannot be written.")
