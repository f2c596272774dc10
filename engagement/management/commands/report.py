"""`manage.py report engagement`: the report of any days as a file."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from engagement.services.reports.exports import overview_csv, overview_facts, overview_xlsx
from engagement.services.reports.overview import Overview, read_overview
from engagement.services.reports.periods import period_between
from library.models import Branch
from relcrm.kit.arguments import day, moment


class Command(BaseCommand):
    help = "Write a report with small numbers hidden, as on screen."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("report", choices=["engagement"])
        parser.add_argument("--from", dest="first", type=day, required=True, metavar="D", help="first day, YYYY-MM-DD")
        parser.add_argument("--to", dest="last", type=day, required=True, metavar="D", help="last day, counted too")
        parser.add_argument("--branch", default="", help="a branch by its short name (default: all)")
        parser.add_argument("--format", choices=["json", "csv", "xlsx"], default="json")
        parser.add_argument("-o", dest="out", type=Path, required=True, metavar="FILE")
        parser.add_argument("--now", type=moment, help="the time it is to be, ISO 8601 (default: the clock)")
        parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")

    def handle(self, *args: Any, **options: Any) -> None:
        overview = self._read(options)
        try:
            written = options["out"].write_bytes(_content(overview, options["format"]))
        except OSError as error:
            raise CommandError(f"{options['out']} cannot be written: {error.strerror}") from error
        self.stdout.write(f"Written to {options['out']}.")
        if options["json"]:
            facts = {"file": str(options["out"]), "format": options["format"], "bytes": written}
            self.stdout.write(json.dumps(facts))

    def _read(self, options: dict[str, Any]) -> Overview:
        branch = Branch.objects.filter(slug=options["branch"]).first()
        if options["branch"] and branch is None:
            raise CommandError(f"There is no branch {options['branch']}")
        try:
            period = period_between(options["first"], options["last"])
        except ValueError as error:
            raise CommandError(str(error)) from error
        return read_overview(period=period, branch=branch, now=options["now"] or timezone.now())


def _content(overview: Overview, form: str) -> bytes:
    if form == "xlsx":
        return overview_xlsx(overview)
    if form == "csv":
        return overview_csv(overview).encode()
    return (json.dumps(overview_facts(overview), ensure_ascii=False, indent=2) + "\n").encode()
