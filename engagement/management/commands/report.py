"""`manage.py report engagement`: the report of any days as a file; as a PDF it is the board report."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from engagement.services.reports.exports import report_csv
from engagement.services.reports.facts import report_facts
from engagement.services.reports.periods import period_between
from engagement.services.reports.shapes import Report, Slice
from engagement.services.reports.whole import read_report
from engagement.services.reports.workbook import report_xlsx
from library.models import Branch
from relcrm.kit.arguments import day, moment


class Command(BaseCommand):
    requires_system_checks = ()  # they load every page, which takes longer than the report
    help = "Write a report with small numbers hidden, as on screen."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("report", choices=["engagement"])
        parser.add_argument("--from", dest="first", type=day, required=True, metavar="D", help="first day, YYYY-MM-DD")
        parser.add_argument("--to", dest="last", type=day, required=True, metavar="D", help="last day, counted too")
        parser.add_argument("--branch", default="", help="a branch by its short name (default: all)")
        parser.add_argument("--format", choices=["json", "csv", "xlsx", "pdf"], default="json")
        parser.add_argument("-o", dest="out", type=Path, required=True, metavar="FILE")
        parser.add_argument("--now", type=moment, help="the time it is to be, ISO 8601 (default: the clock)")
        parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")

    def handle(self, *args: Any, **options: Any) -> None:
        content = _content(self._read(options), options["format"])
        try:
            written = options["out"].write_bytes(content)
        except OSError as error:
            raise CommandError(f"{options['out']} cannot be written: {error.strerror}") from error
        self.stdout.write(f"Written to {options['out']}.")
        if options["json"]:
            facts = {"file": str(options["out"]), "format": options["format"], "bytes": written}
            self.stdout.write(json.dumps(facts))

    def _read(self, options: dict[str, Any]) -> Report:
        branch = Branch.objects.filter(slug=options["branch"]).first()
        if options["branch"] and branch is None:
            raise CommandError(f"There is no branch {options['branch']}")
        try:
            period = period_between(options["first"], options["last"])
        except ValueError as error:
            raise CommandError(str(error)) from error
        slice_ = Slice("branch", str(branch.pk), branch.name) if branch else Slice()
        return read_report(period=period, slice_=slice_, now=options["now"] or timezone.now())


def _content(report: Report, form: str) -> bytes:
    if form == "pdf":
        return _pdf(report)
    if form == "xlsx":
        return report_xlsx(report)
    if form == "csv":
        return report_csv(report).encode()
    return (json.dumps(report_facts(report), ensure_ascii=False, indent=2) + "\n").encode()


def _pdf(report: Report) -> bytes:
    from engagement.services.reports.board import board_report  # noqa: PLC0415  (the other forms need not wait for it)
    from engagement.services.reports.drawing import draw_picture  # noqa: PLC0415  (as above)

    return board_report(report=report, draw=draw_picture)
