"""What the commands that bring in a table have in common; each says which importer it runs."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from library.models import ImportRun
from library.services.importing import Cancelled, Importer, UndoTooLate, UnreadableFile
from library.services.imports import open_run, rejected_csv
from relcrm.kit.arguments import moment


class ImportCommand(BaseCommand):
    """FILE in, or a run back. A subclass names its `importer` and the words for each count that is told."""

    requires_system_checks = ()  # they load every page, which takes longer than a small file
    importer: Importer
    words: Mapping[str, str]
    with_full = ""
    gone_since = "gone already"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", nargs="?", help="the file to read")
        how = parser.add_mutually_exclusive_group()
        known = ", ".join(self.importer.PRESETS)
        how.add_argument("--preset", default="", help=f"where the file is from: {known} (default: recognised)")
        how.add_argument("--map", type=Path, metavar="FILE", help="a JSON file that says which column holds what")
        how.add_argument("--undo", type=int, metavar="RUN", help="take the import with this number back")
        parser.add_argument("--dry-run", action="store_true", help="count what would happen and write nothing")
        if self.with_full:
            parser.add_argument("--full", action="store_true", help=self.with_full)
        parser.add_argument(
            "--rejected", type=Path, metavar="FILE", help="write rejected rows (line, field, value, reason) as CSV"
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
        _check_rejected(options["rejected"], file)
        begun = time.monotonic()
        run = self._import(file, options, now, begun)
        if options["rejected"]:
            with options["rejected"].open("w", encoding="utf-8", newline="") as out:
                out.writelines(rejected_csv(run))
        self._tell(run, time.monotonic() - begun, as_json=options["json"])

    def _import(self, file: Path, options: Mapping[str, Any], now: datetime, begun: float) -> ImportRun:
        if not file.is_file():
            raise CommandError(f"There is no file {file}.")
        run = open_run(
            what=self.importer.WHAT,
            file_name=file.name,
            now=now,
            preset=options["preset"],
            mapping=_read_map(options["map"]),
            options=self.run_options(options),
            dry_run=options["dry_run"],
            size=file.stat().st_size,
        )
        try:
            return self.importer.run_import(
                run=run, path=file, clock=lambda: now + timedelta(seconds=time.monotonic() - begun)
            )
        except (UnreadableFile, Cancelled) as stopped:
            raise CommandError(str(stopped) or "Somebody asked this import to stop; nothing was written.") from None
        except KeyboardInterrupt:
            raise CommandError("Stopped; nothing was written.") from None

    def run_options(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """What the run is told besides the file."""
        return {"full": bool(options.get("full"))}

    def tell_more(self, run: ImportRun) -> None:
        """What this kind of import tells besides its counts."""

    def _undo(self, number: int, now: datetime, *, as_json: bool) -> None:
        run = ImportRun.objects.filter(pk=number, what=self.importer.WHAT).first()
        if run is None:
            raise CommandError(f"There is no import of {self.importer.WHAT} with the number {number}.")
        try:
            counts = self.importer.undo_import(run=run, now=now)
        except UndoTooLate as error:
            raise CommandError(str(error)) from None
        self.stdout.write(
            f"{counts['reversed']} taken back, {counts['kept']} kept, {counts['gone']} {self.gone_since}."
        )
        if as_json:
            self.stdout.write(json.dumps({"run": run.pk, **counts}))

    def _tell(self, run: ImportRun, seconds: float, *, as_json: bool) -> None:
        heading = "Dry run, nothing was written. " if run.dry_run else ""
        self.stdout.write(f"{heading}{seconds:.1f} seconds. Run {run.pk}.")
        for name, words in self.words.items():
            self.stdout.write(f"{run.counts[name]:>9}  {words}")
        self.tell_more(run)
        if as_json:
            self.stdout.write(json.dumps(run.counts | {"seconds": round(seconds, 2), "run": run.pk}))


def _read_map(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
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
