"""Titles by words or ISBN, as the desk finds them."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from catalog.models import Title
from catalog.services.isbn import isbn13_of
from catalog.services.search import find_titles

AUDIENCES = ("adult", "teen", "child")
MOST = 1000


class Command(BaseCommand):
    requires_system_checks = ()  # they load every page, which takes longer than a small file
    help = (
        "Finds titles by words of the title or the author, in any order, misspelt or cut short, or by ISBN (10 or 13 "
        "digits, hyphens or not). Best first."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("words", nargs="*", metavar="WORDS", help="what to look for")
        parser.add_argument("--audience", default="", help="only titles known to be for adult, teen or child")
        parser.add_argument("--isbn", default="", help="only titles with this ISBN")
        parser.add_argument(
            "--limit", type=int, default=20, help=f"at most so many (default 20, never more than {MOST:,})"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object with the list 'titles'")

    def handle(self, *args: Any, **options: Any) -> None:
        words, isbn, audience = " ".join(options["words"]), options["isbn"], options["audience"]
        if not words.strip() and not isbn:
            raise CommandError("Name words of a title or an author, or an ISBN.")
        if isbn and not isbn13_of(isbn):
            raise CommandError(
                f"{isbn} is no ISBN: 10 or 13 digits are needed, and the last one has to fit the others."
            )
        if audience and audience not in AUDIENCES:
            raise CommandError(f"--audience is one of {', '.join(AUDIENCES)}.")
        titles = find_titles(words, audience=audience, isbn=isbn, limit=min(max(1, options["limit"]), MOST))
        if options["json"]:
            self.stdout.write(json.dumps({"titles": [_as_dict(title) for title in titles]}))
            return
        for title in titles:
            self.stdout.write(f"{title.pk}  {title.name} / {title.by}  {' '.join(title.isbns)}")
        if not titles:
            self.stdout.write("Nothing was found.")


def _as_dict(title: Title) -> dict[str, object]:
    return {
        "id": title.pk,
        "title": title.name,
        "authors": title.authors,
        "isbns": title.isbns,
        "audience": title.audience,
    }
