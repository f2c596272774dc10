"""`manage.py retention`: let go of what is past its limit, or count it."""

from __future__ import annotations

import argparse
import json
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from relcrm.desk.services.retention import count_what_would_go, let_go
from relcrm.kit.arguments import moment


class Command(BaseCommand):
    help = "Let go of what is kept for longer than the settings allow. The nightly job does the same."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="count what would go, and let nothing go")
        parser.add_argument("--now", type=moment, help="the time it is to be, ISO 8601 (default: the clock)")
        parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")

    def handle(self, *args: Any, **options: Any) -> None:
        now = options["now"] or timezone.now()
        counts = count_what_would_go(now=now) if options["dry_run"] else let_go(now=now)
        done = [f"{name.replace('_', ' ')} {count}" for name, count in counts.items() if count]
        verb = "Would go: " if options["dry_run"] else "Gone: "
        self.stdout.write(verb + ", ".join(done) if done else "Nothing is past its limit.")
        if options["json"]:
            self.stdout.write(json.dumps(counts))
