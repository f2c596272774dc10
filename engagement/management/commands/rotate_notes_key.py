"""`manage.py rotate_notes_key`: lock the words of all notes with the newest key of NOTES_KEY."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from engagement.services.notes_key import NoKey, rotate_keys


class Command(BaseCommand):
    help = (
        "Lock the words of every note with the newest key. Put the new key first in NOTES_KEY, a comma, then the old"
        " one; restart; run this; then take the old key out. Safe while people work, and safe to repeat."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            outcome = rotate_keys()
        except NoKey as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{outcome.rotated} notes locked anew; {outcome.current} are under the newest key ({outcome.key_id})."
        )
        if outcome.missing:
            self.stderr.write(f"{outcome.missing} notes need a key NOTES_KEY no longer holds; put it back at the end.")
        if outcome.damaged:
            self.stderr.write(f"{outcome.damaged} notes do not open with their key; restore them from a backup.")
        if options["json"]:
            self.stdout.write(json.dumps(asdict(outcome)))
        if outcome.missing or outcome.damaged:
            raise CommandError("Not every note could be locked anew.")
