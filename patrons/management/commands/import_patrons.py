"""Patrons from a library system's file; and taking such an import back."""

from __future__ import annotations

from argparse import ArgumentTypeError
from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandParser

from library.management.importing import ImportCommand
from library.models import ImportRun
from patrons.services.imports import importer


class Command(ImportCommand):
    help = (
        "Reads patrons from a library system's file: all of it or nothing. The same file again changes nothing. "
        "docs/imports.md lists the presets, the form of a map, and how a row finds its reader."
    )
    importer = importer
    words = {
        "created": "created",
        "updated": "updated",
        "unchanged": "unchanged",
        "rejected": "rejected",
        "gone": "gone from the library system",
    }
    with_full = "the file has everyone: who is missing is marked gone"
    gone_since = "erased since"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--consent",
            action="append",
            default=[],
            type=pair,
            metavar="PURPOSE=VERSION",
            help="record this consent, given on paper or in the library system (repeatable)",
        )
        parser.add_argument(
            "--rule",
            action="append",
            default=[],
            type=pair,
            metavar="FIELD=ils|ours",
            help="whose value stays where somebody changed this field here (repeatable; default: ours)",
        )

    def run_options(self, options: Mapping[str, Any]) -> dict[str, Any]:
        return super().run_options(options) | {"rules": dict(options["rule"]), "consents": dict(options["consent"])}

    def tell_more(self, run: ImportRun) -> None:
        for name, kept in run.counts["kept_by_hand"].items():
            self.stdout.write(f"{kept:>9}  times {name} was changed here and stays")


def pair(words: str) -> tuple[str, str]:
    """NAME=VALUE."""
    name, equals, value = words.partition("=")
    if not (name and equals and value):
        raise ArgumentTypeError(f"{words} is not of the form NAME=VALUE")
    return name.strip(), value.strip()
