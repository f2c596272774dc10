"""`manage.py erase_patron PATRON`: erase a person everywhere."""

from __future__ import annotations

import argparse
import json
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from relcrm.desk.management.commands.export_patron import the_patron
from relcrm.desk.services.privacy import erase_patron
from relcrm.kit.arguments import moment


class Command(BaseCommand):
    help = "Erase a person everywhere, at once and for good. What is counted stays, without a name."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("patron", metavar="PATRON", help="card number, e-mail address or public id")
        parser.add_argument("--now", type=moment, help="the time it is to be, ISO 8601 (default: the clock)")
        parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")

    def handle(self, *args: Any, **options: Any) -> None:
        patron = the_patron(options["patron"])
        public_id = patron.public_id
        erase_patron(patron=patron, now=options["now"] or timezone.now())
        self.stdout.write(f"{public_id} is erased")
        if options["json"]:
            self.stdout.write(json.dumps({"erased": public_id}))
