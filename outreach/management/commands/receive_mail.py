"""`manage.py receive_mail`: take in one mail from standard input, as a mail server's pipe hands it over."""

from __future__ import annotations

import argparse
import json
import os
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, InterfaceError
from django.utils import timezone

from outreach.services.receiving import Taken, take_in
from relcrm.kit.arguments import moment

LARGEST = 60_000_000
# What mail servers read as "try again later" (sysexits.h, EX_TEMPFAIL).
TRY_AGAIN = 75
KINDS = {
    "reply": "written by a person",
    "auto_reply": "answered by a machine",
    "bounce": "a delivery report",
    "complaint": "a complaint",
    "other": "something else",
}


class Command(BaseCommand):
    help = (
        "Take in one mail (RFC 5322) from standard input: an answer, an automatic answer, a delivery report, a"
        " complaint. The same mail again changes nothing. Ends with 75 when the database is away: the mail server"
        " keeps the mail and tries again."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--envelope-to", default="", metavar="ADDRESS", help="whom the mail server delivers it to")
        parser.add_argument("--now", type=moment, help="the time it is to be, ISO 8601 (default: the clock)")
        parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")

    def handle(self, *args: Any, **options: Any) -> None:
        raw = sys.stdin.buffer.read(LARGEST + 1)
        if not raw.strip():
            raise CommandError("No mail came in on standard input.")
        if len(raw) > LARGEST:
            raise CommandError(f"The mail is larger than {LARGEST // 1_000_000} MB; nothing of it was taken in.")
        envelope_to = options["envelope_to"] or os.environ.get("ORIGINAL_RECIPIENT", "")
        try:
            taken = take_in(raw=raw, envelope_to=envelope_to, now=options["now"] or timezone.now())
        except (DatabaseError, InterfaceError) as error:
            why = " ".join(str(error).split())[:200]
            raise CommandError(f"The database does not answer; try again: {why}", returncode=TRY_AGAIN) from error
        self.stdout.write(said_of(taken))
        if options["json"]:
            self.stdout.write(json.dumps(facts(taken)))


def facts(taken: Taken) -> dict[str, object]:
    """What came in, as plain values."""
    return {
        "kind": taken.kind,
        "text": taken.mail.text,
        "address": taken.address,
        "status": taken.mail.status,
        "permanent": taken.mail.permanent,
        "matched": taken.matched,
        "again": taken.again,
        "reply": taken.reply.pk,
    }


def said_of(taken: Taken) -> str:
    """The same in a sentence."""
    address = taken.address or "nobody we can name"
    if taken.again:
        return f"This mail is here already: {KINDS[taken.kind]}, {address}."
    where = "tray of mails that belong to nothing yet"
    if taken.reply.thread_id:
        where = f"thread {taken.reply.thread_id}"
    elif taken.matched:
        where = f"message {taken.reply.about_id}"
    return f"Taken in: {KINDS[taken.kind]}, {address}, into {where}."
