"""`manage.py rebuild_scores`: count every score and stage anew from the ledger."""

from __future__ import annotations

import argparse
import json
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from engagement.services.rules import rules_in_force
from engagement.services.scores import rebuild_scores
from relcrm.kit.arguments import moment
from relcrm.kit.stopwatch import Stopwatch


class Command(BaseCommand):
    help = "Count every score and stage anew from the ledger, under the rules in force. Changes nothing that was right."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--now", type=moment, help="the time it is to be, ISO 8601 (default: the clock)")
        parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")

    def handle(self, *args: Any, **options: Any) -> None:
        now = options["now"] or timezone.now()
        watch = Stopwatch(now)
        scores, seconds = rebuild_scores(now=now), round(watch.seconds, 3)
        self.stdout.write(f"{scores} scores counted anew in {seconds} s.")
        if options["json"]:
            self.stdout.write(
                json.dumps({"scores": scores, "rules_version": rules_in_force().number, "seconds": seconds})
            )
