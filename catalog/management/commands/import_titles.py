"""Titles from a MARC 21, MARCXML or CSV file."""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from catalog.services.readers.opening import open_titles
from catalog.services.titles_importer import bring_in, undo_import
from library.models import ImportRun
from library.services.importing import Cancelled, UndoTooLate, UnreadableFile
from library.services.imports import Issue, open_run
from relcrm.kit.arguments import moment
from relcrm.kit.csvio import safe_cell

WORDS = {
    "created": "created",
    "updated": "updated",
    "unchanged": "unchanged",
    "rejected": "rejected",
    "not_books": "not books, passed over",
    "repaired": "ISBNs repaired",
    "ambiguous": "ISBNs ambiguous, left out",
    "not_repairable": "ISBNs not repairable, left out",
    "blank": "without an ISBN in the file",
}


class Command(BaseCommand):
    requires_system_checks = ()  # they load every page, which takes longer than a small file
    help = (
        "Reads titles from a MARC 21, MARCXML or CSV file (told by its content) into the catalogue. The same file "
        "again changes nothing; an interrupted import leaves nothing behind. A CSV file needs a 'title' "
        "column; docs/catalog.md lists the others, the MARC fields and the rules for damaged ISBNs."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("file", type=Path, metavar="FILE", nargs="?", help="the file to read")
        what.add_argument("--undo", type=int, metavar="RUN", help="take the import with this number back")
        parser.add_argument("--dry-run", action="store_true", help="count what would happen and write nothing")
        parser.add_argument(
            "--rejected", type=Path, metavar="FILE", help="write rejected records (line, field, reason) as CSV"
        )
        parser.add_argument("--source", default="", help="name of the catalogue that the numbers in the file belong to")
        parser.add_argument("--json", action="store_true", help="print the counts as one JSON object in the last line")
        parser.add_argument(
            "--now", type=moment, metavar="ISO", help="the time to record, e.g. 2026-11-24T12:00Z (default: the clock)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        now, begun = options["now"] or timezone.now(), time.monotonic()
        if options["undo"] is not None:
            self._undo(options["undo"], now, as_json=options["json"])
            return
        file: Path = options["file"]
        try:
            records = open_titles(file, source=options["source"][:40])
        except UnreadableFile as error:
            raise CommandError(str(error)) from None
        with _rejected_file(options["rejected"], file) as show:
            run = open_run(what="titles", file_name=file.name, now=now, dry_run=options["dry_run"])
            try:
                bring_in(
                    run=run, records=records, clock=lambda: now + timedelta(seconds=time.monotonic() - begun), show=show
                )
            except (Cancelled, UnreadableFile) as stopped:
                raise CommandError(str(stopped) or "Somebody asked this import to stop; nothing was written.") from None
        if options["dry_run"]:
            ImportRun.objects.filter(pk=run.pk).delete()
        self._tell(run.counts, time.monotonic() - begun, dry_run=options["dry_run"], as_json=options["json"])

    def _undo(self, number: int, now: datetime, *, as_json: bool) -> None:
        run = ImportRun.objects.filter(pk=number, what="titles").first()
        if run is None:
            raise CommandError(f"There is no import of titles with the number {number}.")
        try:
            counts = undo_import(run=run, now=now)
        except UndoTooLate as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{counts['reversed']} taken back, {counts['kept']} kept, {counts['gone']} gone already.")
        if as_json:
            self.stdout.write(json.dumps({"run": run.pk, **counts}))

    def _tell(self, numbers: Mapping[str, int], seconds: float, *, dry_run: bool, as_json: bool) -> None:
        heading = f"Dry run, nothing was written. {seconds:.1f} seconds." if dry_run else f"{seconds:.1f} seconds."
        self.stdout.write(heading)
        for name, words in WORDS.items():
            self.stdout.write(f"{numbers[name]:>9}  {words}")
        if as_json:
            self.stdout.write(json.dumps(dict(numbers) | {"seconds": round(seconds, 2)}))


@contextmanager
def _rejected_file(path: Path | None, source: Path) -> Iterator[Callable[[Sequence[Issue]], None]]:
    """What to do with issues: write the rejected records to `path`, or nothing without one."""
    if path is None:
        yield lambda issues: None
        return
    if path.exists() and path.samefile(source):
        raise CommandError("--rejected names the file that is being read.")
    try:
        out = path.open("w", encoding="utf-8-sig", newline="")
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}.") from None
    with out:
        writer = csv.writer(out)
        writer.writerow(["line", "field", "value", "reason"])

        def write(issues: Sequence[Issue]) -> None:
            rows = ((issue.line, issue.field, issue.value, issue.reason) for issue in issues if issue.rejected)
            writer.writerows([safe_cell(cell) for cell in row] for row in rows)

        yield write
