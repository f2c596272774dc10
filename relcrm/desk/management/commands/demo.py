"""manage.py demo: load the demo library."""

from __future__ import annotations

import json
import secrets
from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from relcrm.desk.services.demo import load_demo
from relcrm.desk.services.demo.load import STAFF
from relcrm.kit.arguments import moment


class Command(BaseCommand):
    help = "Load the demo library: staff, titles, readers and a year of history. Safe to repeat."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--now", type=moment, help="tell the year that ends at this time, ISO 8601")
        parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")

    def handle(self, *args: Any, **options: Any) -> None:
        fresh = self._load(options["now"] or timezone.now())
        if options["json"]:
            self.stdout.write(json.dumps({"loaded": fresh, "staff": [username for username, _, _ in STAFF]}))

    def _load(self, now: datetime) -> bool:
        logins = Path(settings.VAR) / "demo-logins"
        password = settings.DEMO_PASSWORD or _kept(logins) or secrets.token_urlsafe(12)
        fresh = load_demo(password=password, now=now, rng=Random(2026))  # noqa: S311  (invented history, no secret)
        if not fresh:
            self.stdout.write("The demo library is there already.")
            return False
        _keep(logins, password)
        self.stdout.write(f"The demo library is loaded. Sign in at {settings.PUBLIC_URL}/accounts/login/ as")
        for username, role, name in STAFF:
            self.stdout.write(f"  {username:<10} {password}   {name}, {role}")
        return True


def _kept(logins: Path) -> str:
    return logins.read_text().split()[-1] if logins.is_file() else ""


def _keep(logins: Path, password: str) -> None:
    logins.parent.mkdir(parents=True, exist_ok=True)
    logins.touch(mode=0o600)
    logins.write_text("".join(f"{username} {password}\n" for username, _, _ in STAFF))
