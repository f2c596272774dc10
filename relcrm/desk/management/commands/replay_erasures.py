"""`manage.py replay_erasures`: after a restore, erase again whoever was erased since the dump was made."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from relcrm.desk.services.replay import replay_erasures
from relcrm.kit.arguments import moment


class Command(BaseCommand):
    help = "After a restore: erase again whoever was erased since the dump was made, by the file beside the database."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--now", type=moment, help="the time it is to be, ISO 8601 (default: the clock)")
        parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")

    def handle(self, *args: Any, **options: Any) -> None:
        done = replay_erasures(now=options["now"] or timezone.now())
        self.stdout.write(
            f"{done.looked_at} patrons looked at, {done.erased} erased again,"
            f" {done.restored} of {done.tombstones} tombstones brought back from the file"
        )
        if options["json"]:
            self.stdout.write(json.dumps(asdict(done)))
