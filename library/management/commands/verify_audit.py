"""`manage.py verify_audit`: whether the audit lines are all there, as they were written."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from library.services.audit import keep_head, verify_chain


class Command(BaseCommand):
    help = "Read all audit lines and name the first that was changed, taken out or put in. Ends with 1 if there is one."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--restored", action="store_true", help="an older database was restored: take its end for the end"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["restored"] and keep_head(folder=settings.AUDIT_FOLDER, anyway=True):
            self.stdout.write("The newest line of this database now counts as the end.")
        verdict = verify_chain(folder=settings.AUDIT_FOLDER)
        self.stdout.write(f"{verdict.lines} audit lines read. {verdict.words}")
        if options["json"]:
            self.stdout.write(json.dumps(asdict(verdict)))
        if not verdict.whole:
            raise SystemExit(1)
