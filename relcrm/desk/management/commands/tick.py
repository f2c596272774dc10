"""`manage.py tick`: do all that is due, mails included, in this process."""

from __future__ import annotations

import argparse
import json
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from outreach.models import Postbox
from relcrm.desk.services.tick import run_tick
from relcrm.kit.arguments import moment


class Command(BaseCommand):
    help = "Do all that is due at this time: queue check-ins, send mails, test stages again, forget who never answered."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--now", type=moment, help="the time it is to be, ISO 8601 (default: the clock)")
        parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")

    def handle(self, *args: Any, **options: Any) -> None:
        counts = run_tick(now=options["now"] or timezone.now(), seconds=None)
        done = [f"{name.replace('_', ' ')} {count}" for name, count in counts.items() if count]
        self.stdout.write(", ".join(done) or "Nothing was due.")
        if Postbox.objects.exclude(paused_at=None).exists():
            self.stdout.write("All mail is paused: what is due waits.")
        if options["json"]:
            self.stdout.write(json.dumps(counts))
        if counts["errors"]:
            raise SystemExit(1)
