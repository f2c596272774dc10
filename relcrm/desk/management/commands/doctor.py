"""`manage.py doctor`: what is well and what is not, in plain words."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from relcrm.desk.services.doctor import examine
from relcrm.desk.services.health import FAILED, OK, WARNING
from relcrm.kit.arguments import moment

SIGNS = {OK: "well   ", WARNING: "look at", FAILED: "broken "}


class Command(BaseCommand):
    help = "Look at configuration, database, queue, clock, disk, backlog and mail, and say how they are."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--now", type=moment, help="the time it is to be, ISO 8601 (default: the clock)")
        parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")

    def handle(self, *args: Any, **options: Any) -> None:
        findings = examine(now=options["now"] or timezone.now())
        broken = sum(finding.state == FAILED for finding in findings)
        for finding in findings:
            self.stdout.write(f"{SIGNS[finding.state]}  {finding.name}: {finding.words}")
        if options["json"]:
            self.stdout.write(json.dumps({"broken": broken, "findings": [asdict(finding) for finding in findings]}))
        if broken:
            raise SystemExit(1)
