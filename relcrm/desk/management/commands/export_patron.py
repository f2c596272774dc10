"""`manage.py export_patron PATRON -o FILE`: everything kept about a person, as one JSON file."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from patrons.models import Patron
from patrons.services.finding import find_patrons
from relcrm.desk.services.privacy import export_patron, record_export
from relcrm.kit.arguments import moment


def the_patron(words: str) -> Patron:
    """The one patron these words name. Exit 1: nobody; exit 2: several, with their public ids."""
    found = find_patrons(words)
    if not found:
        raise CommandError(f"Nobody has the card number, e-mail address or public id {words}")
    if len(found) > 1:
        names = "\n".join(patron.public_id for patron in found)
        raise CommandError(f"Several patrons fit; name one by public id:\n{names}", returncode=2)
    return found[0]


class Command(BaseCommand):
    help = "Write everything kept about a person into one JSON file."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("patron", metavar="PATRON", help="card number, e-mail address or public id")
        parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help="the file to write")
        parser.add_argument("--now", type=moment, help="the time it is to be, ISO 8601 (default: the clock)")
        parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")

    def handle(self, *args: Any, **options: Any) -> None:
        patron = the_patron(options["patron"])
        now = options["now"] or timezone.now()
        kept = export_patron(patron=patron, now=now)
        words = json.dumps(kept, ensure_ascii=False, indent=2) + "\n"
        try:
            _write_for_us_only(options["output"], words)
        except OSError as error:
            raise CommandError(f"The file {options['output']} cannot be written: {error.strerror}") from error
        record_export(patron=patron, now=now)
        self.stdout.write(f"Everything about {patron.public_id} is in {options['output']}")
        if options["json"]:
            self.stdout.write(json.dumps({"patron": patron.public_id, "file": str(options["output"])}))


def _write_for_us_only(path: Path, words: str) -> None:
    """A new file is readable by whoever asked for it, and by nobody else."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(words)
